"""Word lists, written as text."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text, which are split at white space."""
    return frozenset(text.split())


def word_list(text: str) -> tuple[str, ...]:
    """Return the words of a text in order."""
    return tuple(text.split())
