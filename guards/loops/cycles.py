"""Find the cycle that a run of acts ends in."""

from collections.abc import Sequence
from typing import NamedTuple

from .acts import WINDOW, Act


class Cycle(NamedTuple):
    """What a run of acts ends in.

    Attributes:
        size: Acts in one lap.
        laps: Whole laps done.
        span: Acts that fit the cycle, those of a lap not yet whole among them.
    """

    size: int
    laps: int
    span: int


def cycle_of(acts: Sequence[Act], longest: int, most: int) -> Cycle:
    """Return the cycle with the most laps that the acts, newest first, end in; of two the shorter.

    Cost: at most `most` x `size` comparisons of neighbours for each size.

    Args:
        acts: What was done, newest first.
        longest: The longest cycle looked for, in acts.
        most: Laps beyond which nobody asks.
    """
    best = Cycle(1, 1 if acts else 0, min(1, len(acts)))
    for size in range(1, min(longest, len(acts) // 2) + 1):
        if best.laps >= len(acts) // size:
            break  # a longer cycle cannot have more laps
        same, limit = 0, min(size * most, len(acts)) - size
        while same < limit and acts[same].repeats(acts[same + size]):
            same += 1
        laps = (same + size) // size
        if laps > best.laps:
            best = Cycle(size, laps, same + size)
    return best


def is_back(acts: Sequence[Act]) -> bool:
    """Return whether the newest act was blocked a while ago, and nothing has changed since.

    Then it is blocked at once when it is repeated: hysteresis. Something has changed when it
    returned something else since, or when another call is known to have changed the world.
    """
    known = ""
    blocked = False
    for act in acts[1 : WINDOW + 1]:
        if act.changed and act.name != acts[0].name:
            return False
        if act.name != acts[0].name or act.args != acts[0].args:
            continue
        blocked = blocked or act.blocked
        if act.result and known and act.result != known:
            return False
        known = known or act.result
    return blocked
