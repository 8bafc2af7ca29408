"""The rungs of the ladder, and when each is reached."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import GuardConfigError
from ..verdict import Action

NAMES = ("nudge", "block", "wrap_up", "last")
_WATCHES = re.compile(
    r"(?<![a-z])(poll|polls|wait|waits|sleep|status|progress|pending|heartbeat)(?![a-z])"
)
PATIENCE = 2
"""How many times as often a tool that waits or watches may repeat."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """How often something must repeat for each rung.

    Attributes:
        nudge: At which to nudge.
        block: At which the call is not run.
        wrap_up: At which to wrap up.
        last: At which to ask a person, or to stop.
    """

    nudge: int
    block: int
    wrap_up: int
    last: int

    def rung(self, count: int, *, unattended: bool) -> Action:
        """Return the rung that a count has reached."""
        if count >= self.last:
            return "stop" if unattended else "escalate"
        if count >= self.wrap_up:
            return "wrap_up"
        if count >= self.block:
            return "block"
        return "nudge" if count >= self.nudge else "none"

    def later(self, nudge: int, rest: int) -> "Ladder":
        """Return a ladder whose rungs come later by so many repeats."""
        return Ladder(self.nudge + nudge, self.block + rest, self.wrap_up + rest, self.last + rest)

    def times(self, factor: int) -> "Ladder":
        """Return a ladder whose rungs come so many times as late."""
        return Ladder(
            self.nudge * factor, self.block * factor, self.wrap_up * factor, self.last * factor
        )

    def with_rungs(self, rungs: Mapping[str, int]) -> "Ladder":
        """Return a ladder with some rungs moved; others give way, as far as the order needs."""
        block = rungs.get("block", max(self.block, rungs.get("nudge", 0) + 1))
        wrap_up = rungs.get("wrap_up", max(self.wrap_up, block + 1))
        last = rungs.get("last", max(self.last, wrap_up + 1))
        return Ladder(rungs.get("nudge", max(2, min(self.nudge, block - 1))), block, wrap_up, last)


def check_order(ladder: Ladder, whose: str) -> None:
    """Refuse rungs out of order.

    Raises:
        GuardConfigError: They are.
    """
    if not 2 <= ladder.nudge < ladder.block < ladder.wrap_up < ladder.last:
        raise GuardConfigError(
            f"{whose}(nudge={ladder.nudge}, block={ladder.block}, wrap_up={ladder.wrap_up}, "
            f"last={ladder.last}): use 2 <= nudge < block < wrap_up < last"
        )


def check_tools(ladder: Ladder, tools: Mapping[str, Mapping[str, int]]) -> None:
    """Refuse rungs of single tools that name no rung, or are out of order.

    Raises:
        GuardConfigError: One is.
    """
    for tool, rungs in tools.items():
        if not isinstance(rungs, Mapping) or (set(rungs) - set(NAMES)):
            raise GuardConfigError(
                f"LoopGuard(tools={{{tool!r}: {rungs!r}}}): give a mapping of {', '.join(NAMES)} "
                "to whole numbers; a tool that may repeat for ever is poller or free by its facts"
            )
        check_order(ladder.with_rungs(rungs), f"LoopGuard: the rungs of {tool!r}, ")


def ladder_of(
    ladder: Ladder, names: Iterable[str], tools: Mapping[str, Mapping[str, int]]
) -> Ladder:
    """Return the ladder of some calls: of the tool among them that may repeat most often.

    Where nobody set one, a tool that by its name waits or watches may repeat twice as often.
    """
    return max((_of_one(ladder, name, tools) for name in set(names)), key=lambda one: one.block)


def _of_one(ladder: Ladder, name: str, tools: Mapping[str, Mapping[str, int]]) -> Ladder:
    if name in tools:
        return ladder.with_rungs(tools[name])
    return ladder.times(PATIENCE) if _WATCHES.search(name.lower()) else ladder
