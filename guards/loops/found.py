"""Ask each way of going in circles, and keep the worst that is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import NamedTuple

from ..ledger import Ledger, Step
from ..verdict import Action, severity
from . import reasons
from .acts import Act, acts_of, lane
from .cycles import cycle_of, is_back
from .handoffs import delegated_before
from .ladder import PATIENCE, Ladder, ladder_of
from .near import near_run
from .novelty import stale_run
from .text import repeated_texts


class Found(NamedTuple):
    """A loop.

    Attributes:
        kind: Which way of going in circles.
        rung: What is advised.
        laps: How often it repeated.
        steps: Numbers of the steps that show it, oldest first.
        reason: One sentence for a person, and for the model.
    """

    kind: str
    rung: Action
    laps: int
    steps: list[int]
    reason: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of the guard, as the parts need them.

    Attributes:
        ladder: Laps at which each rung is reached.
        longest: The longest cycle looked for, in acts.
        stale: Acts without news at which to nudge; twice, three and four times as many reach the
            other rungs.
        tools: Rungs of single tools.
        unattended: Whether to stop where a person would be asked.
    """

    ladder: Ladder
    longest: int
    stale: int
    tools: Mapping[str, Mapping[str, int]]
    unattended: bool

    @property
    def most(self) -> int:
        """Laps beyond which nobody asks."""
        own = (self.ladder.with_rungs(rungs).last for rungs in self.tools.values())
        return max(self.ladder.last * PATIENCE, *own, 0)

    @property
    def depth(self) -> int:
        """How many acts a judgement can need."""
        return max(self.longest * self.ladder.last, self.most) + 1

    def of(self, acts: Sequence[Act]) -> Ladder:
        """Return the ladder of some calls."""
        return ladder_of(self.ladder, (act.name for act in acts), self.tools)

    def patience(self, acts: Sequence[Act]) -> int:
        """Return how many times as often as others some calls may repeat."""
        return -(-self.of(acts).block // self.ladder.block)

    def rung(self, ladder: Ladder, count: int) -> Action:
        """Return the rung that a count has reached."""
        return ladder.rung(count, unattended=self.unattended)


def worst(found: Sequence[Found | None]) -> Found | None:
    """Return what calls for the severest rung; of equals the first."""
    real = [one for one in found if one is not None and one.rung != "none"]
    return max(real, key=lambda one: severity(one.rung), default=None)


def in_acts(acts: Sequence[Act], rules: Rules, *, proposed: bool) -> Found | None:
    """Return the worst loop of calls that the acts, newest first, end in."""
    return worst(
        [
            _cycle(acts, rules, proposed=proposed),
            _edits(acts, rules, proposed=proposed),
            _stale(acts, rules),
        ]
    )


def _cycle(acts: Sequence[Act], rules: Rules, *, proposed: bool) -> Found | None:
    cycle = cycle_of(acts, rules.longest, rules.most)
    if cycle.laps < 2:
        return None
    ladder = rules.of(acts[: cycle.size])
    rung = rules.rung(ladder, cycle.laps)
    if rung == "nudge" and is_back(acts):
        rung = "block"
    lap, all_of_it = acts[: cycle.size][::-1], acts[: cycle.span]
    reason = reasons.of_calls(lap, cycle.laps, all_of_it, proposed=proposed)
    kind = "cycle" if cycle.size > 1 else "same_error" if _failing(all_of_it) else "same_call"
    return Found(kind, rung, cycle.laps, _numbers(all_of_it), reason)


def _edits(acts: Sequence[Act], rules: Rules, *, proposed: bool) -> Found | None:
    count = near_run(acts)
    some = acts[:count]
    if count < 2 or all(act.args == acts[0].args for act in some):
        return None
    ladder = rules.ladder.later(1, 2).times(rules.patience(some))
    returned = next((act.shown for act in some if act.result), "")
    reason = reasons.of_edits(acts[0].name, count, returned, proposed=proposed)
    return Found("near_call", rules.rung(ladder, count), count, _numbers(some), reason)


def _stale(acts: Sequence[Act], rules: Rules) -> Found | None:
    count = stale_run(acts)
    if count < rules.stale:
        return None
    some, one = acts[:count], rules.stale
    ladder = Ladder(one, 2 * one, 3 * one, 4 * one).times(rules.patience(some))
    rung = rules.rung(ladder, count)
    return Found("no_progress", rung, count, _numbers(some), reasons.of_stale(some))


def in_handoffs(acts: Sequence[Act], rules: Rules) -> Found | None:
    """Return the cycle of hand-offs that led to nothing new, newest first."""
    cycle = cycle_of(acts, rules.longest, rules.most)
    if cycle.laps < 2:
        return None
    reason = reasons.of_handoffs(acts[: cycle.size][::-1], cycle.laps)
    rung = rules.rung(rules.ladder, cycle.laps)
    return Found("handoff_cycle", rung, cycle.laps, _numbers(acts[: cycle.span]), reason)


def in_tasks(
    ledger: Ledger, rules: Rules, name: str, args: Mapping[str, str], branch: str, *, proposed: bool
) -> Found | None:
    """Return whether a completed task is handed over again."""
    before = delegated_before(ledger, name, args, branch)
    if not before:
        return None
    count = len(before) + proposed
    reason = reasons.of_task(name, count, before[0]["preview"], proposed=proposed)
    numbers = [step["n"] for step in reversed(before)]
    return Found("redelegation", rules.rung(rules.ladder, count), count, numbers, reason)


def failed_before(ledger: Ledger, newest: Act, place: tuple[str, str]) -> bool:
    """Return whether the last act of the thread is a call of that tool that failed."""
    last = next(lane(ledger, *place, steps=ledger.recent), None)
    return last is not None and last["error"] is not None and last["name"] == newest.name


def in_turns(ledger: Ledger, rules: Rules, newest: Act, place: tuple[str, str]) -> Found | None:
    """Return whether a call fails in the same way turn after turn, a person's words between.

    A person may ask to try again: the rungs come later, and none is above `block`.
    """
    proposed = not newest.n
    older = acts_of(ledger, *place, steps=ledger.recent)
    same = list(takewhile(lambda act: act.repeats(newest) and (act.failed or act.blocked), older))
    began = ledger.steps[0]["n"] if ledger.steps else newest.n
    if not same or same[-1].n >= began > 0:
        return None  # one turn alone is judged as any loop is
    count = len(same) + proposed
    ladder = rules.of([newest]).later(1, 2)
    rung = rules.rung(ladder, min(count, ladder.block))
    shown = next((act.shown for act in same if act.result), "")
    reason = reasons.of_failing(newest.name, count, shown, proposed=proposed)
    return Found("same_error", rung, count, _numbers(same), reason)


def in_texts(ledger: Ledger, rules: Rules) -> Found | None:
    """Return whether an agent says the same again: in this run, or turn after turn."""
    now = _texts(ledger.steps, rules, rules.ladder)
    if len(ledger.recent) <= len(ledger.steps):
        return now
    base = rules.ladder
    later = replace(base, nudge=base.nudge + 1, block=max(base.block, base.nudge + 2))
    turns = _texts(ledger.recent, rules, later, most=later.block)
    return worst([now, turns])


def _texts(
    steps: Sequence[Step], rules: Rules, ladder: Ladder, most: int | None = None
) -> Found | None:
    texts = repeated_texts(steps, most or ladder.last)
    if len(texts) < ladder.nudge:
        return None
    numbers = [step["n"] for step in reversed(texts)]
    rung = rules.rung(ladder, len(texts))
    return Found("same_text", rung, len(texts), numbers, reasons.of_text(texts))


def _failing(acts: Sequence[Act]) -> bool:
    return any(act.failed for act in acts)


def _numbers(acts: Sequence[Act]) -> list[int]:
    return sorted(act.n for act in acts if act.n)
