"""Lists of words, written as text."""


def word_set(text: str) -> frozenset[str]:
    """The words of a text, which may run over several lines."""
    return frozenset(text.split())
