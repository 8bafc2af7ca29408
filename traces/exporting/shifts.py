"""Old traces moved into the day that a server takes."""

from dataclasses import dataclass

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
OLDEST = 23 * HOUR
"""From this age on a trace is old: LangSmith refuses runs that began more than 24 hours ago."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the times of a trace are moved.

    Attributes:
        by: Nanoseconds that are added to each time.
        floor: The earliest time there may be after that.
    """

    by: int = 0
    floor: int = 0

    def at(self, time: int) -> int:
        """Return where a time is moved to."""
        return max(time + self.by, self.floor)


def shifted(oldest: int, newest: int, now: int) -> Shift:
    """Return the shift that brings a trace into the last 23 hours.

    Its beginning comes to an hour ago, so that traces that are shifted one after the other stay
    in their order; that of a longer one comes as late as its end allows.
    """
    start = now - max(newest - oldest, HOUR)
    return Shift(by=start - oldest, floor=now - OLDEST + HOUR)
