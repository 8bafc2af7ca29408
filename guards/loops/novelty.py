"""Find acts that go on and on, and bring nothing new."""

from collections.abc import Sequence
from itertools import takewhile

from .acts import WINDOW, Act


def stale_run(acts: Sequence[Act]) -> int:
    """Return how many of the newest acts, in a row, only repeat one before, in whatever order.

    An act is news when its call was not made among the 16 acts before it, or returned something
    else there. A batch of look-ups that all find nothing is news each time; a walk to and fro
    among the same few calls is not.
    """
    repeats = (
        any(map(act.repeats, acts[count + 1 : count + 1 + WINDOW]))
        for count, act in enumerate(acts)
    )
    return sum(takewhile(bool, repeats))
