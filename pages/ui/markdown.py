"""Text from people and models, where Streamlit takes nothing but markdown."""

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|:$~^&])")


def escape(text: str) -> str:
    """The text on one line, none of which is read as markdown."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
