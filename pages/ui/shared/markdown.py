"""Show text from people and models where Streamlit accepts only Markdown."""

import re

from burn_core.room.visible import drop_turns

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|:$~^&])")
# Streamlit turns addresses into links even when they are escaped. An invisible word joiner inside
# them prevents it.
_ADDRESS = re.compile(r"(?<=http|ttps)(?=://)|(?<=www)(?=\.)|(?<=[\w.+-])(?=@)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def escape(text: str) -> str:
    """The text on one line, with nothing in it read as Markdown."""
    joined = _ADDRESS.sub(_WORD_JOINER, " ".join(drop_turns(text).split()))
    return _MARKS.sub(r"\\\1", joined)
