"""Word lists written as text."""


def word_set(text: str) -> frozenset[str]:
    """The words of a text, which can have several lines."""
    return frozenset(text.split())
