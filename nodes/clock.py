"""The time that nodes read: the machine's, or in a replay that of the recorded run."""

import time

from ..guards.timekeeping import heard


def now() -> float:
    """Return Unix time in seconds."""
    return heard("now", time.time)


def running() -> float:
    """Return seconds of a clock that is never put back, to tell how long something took."""
    return heard("running", time.monotonic)
