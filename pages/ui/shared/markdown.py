"""Text from people and models, where Streamlit takes nothing but markdown."""

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|:$~^&])")
# Addresses become links whatever is escaped in them, unless a word joiner, which nobody sees,
# stands in them.
_ADDRESS = re.compile(r"(?<=http|ttps)(?=://)|(?<=www)(?=\.)|(?<=[\w.+-])(?=@)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def escape(text: str) -> str:
    """The text on one line, none of which is read as markdown."""
    joined = _ADDRESS.sub(_WORD_JOINER, " ".join(text.split()))
    return _MARKS.sub(r"\\\1", joined)
