"""Cleans up what people type: no markup, no emoji, no control characters."""

import re
import unicodedata

# Longer messages exist, but nobody states facts about themselves this far in.
_LIMIT = 4000

# Done before quotation marks are unified, because some people type ` as a quotation mark.
_CODE = re.compile(r"```.*?(?:```|$)|`[^`\n]*`", re.DOTALL)
_MARKUP = (
    (re.compile(r"(https?://|www\.)\S+", re.IGNORECASE), " , "),
    (re.compile(r"(?<!\S)\S[^\s@]*@\S+\.\w+"), " , "),
    (re.compile(r"<[^<>\n]{0,80}>"), " "),
    (re.compile(r"^[^\S\n]*>.*$", re.MULTILINE), " "),
    (re.compile(r"^[^\S\n]*([-*•]|\d{1,2}[.)])\s+", re.MULTILINE), "\n"),
    (re.compile(r"[:;=]-?[)(DPpO/|]+(?=\s|$)|\bxD\b|<3"), " , "),
    # Quotations aren't about the writer.
    (
        re.compile(r"\b(said|says|say|goes|asked|told \w+|was like|is like)[,:]?\s*\"[^\"\n]*\""),
        " . ",
    ),
    (re.compile(r"^[^\S\n]*\"[^\"\n]*\"\s*(-|–|—)?", re.MULTILINE), " . "),
    (re.compile(r"[*_~#|\"“”«»\\{}\[\]^]"), " "),
)
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "…": "...",
                         "–": " — ", "‑": "-", "\u00a0": " ", "\r": "\n"})  # fmt: skip
# "I ❤ pizza" becomes words; a heart after a sentence doesn't.
_HEART = re.compile(r"(?<=\b[Ii]) ?[❤♥💙💚💛💜🖤🤍🧡]\ufe0f?")


def clean(text: str) -> str:
    """Plain words and punctuation, in the writer's own case. Line breaks are kept."""
    if len(text) > _LIMIT:
        # Don't cut a word in two: half of it could be another word.
        text = text[:_LIMIT].rpartition(" ")[0]
    text = unicodedata.normalize("NFC", text)
    text = _HEART.sub(" love ", _CODE.sub(" . ", text)).translate(_QUOTES)
    for pattern, instead in _MARKUP:
        text = pattern.sub(instead, text)
    text = "".join(_plain(character) for character in text)
    # "soooo" → "so", "loooove" → "love".
    text = re.sub(r"([a-zA-Z])\1{2,}", r"\1", text)
    return re.sub(r"[ \t]+", " ", text)


def _plain(character: str) -> str:
    kind = unicodedata.category(character)
    if character == "\n" or kind[0] in "LN" or character in " .,;:!?'&/+-—()%£$€@":
        return character
    if kind in ("So", "Sk"):
        return " , "
    return "" if kind in ("Mn", "Cf") else " "


def shorten(text: str, limit: int) -> str:
    """The text on one line, without control characters or angle brackets, cut between words."""
    kept = (c if c.isprintable() and c not in "<>" else " " for c in text)
    words = "".join(kept).split()
    while len(" ".join(words)) > limit and len(words) > 1:
        words.pop()
    return " ".join(words)[:limit].strip(" ,;:-")
