"""Who else hears of a time that is read: a record keeps it, and a replay gives it again.

Nothing here reads a clock: nodes do, through `heard`.
"""

from collections.abc import Callable

Read = Callable[[], float]
"""Reads a clock, in seconds."""
Hearing = Callable[[str, Read], float]
"""Is told which clock is about to be read and how, and returns the time."""

_hearing: list[Hearing] = []


def heard(clock: str, read: Read) -> float:
    """Return the time of a clock; what is listening may give another."""
    return _hearing[-1](clock, read) if _hearing else read()


def listen(hearing: Hearing) -> Callable[[], None]:
    """Have every reading of a clock pass by; return what ends that."""
    _hearing.append(hearing)
    return lambda: _hearing.remove(hearing)
