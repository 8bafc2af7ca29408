"""Add up what an audit found."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ..guards.verdict import Action, Verdict, severest, severity
from .audit import Audited

_FULL = 1.0  # the reward from which a run counts as a success


class Share(NamedTuple):
    """How many of some runs something holds for."""

    runs: int
    of: int

    @property
    def part(self) -> float:
        """From 0 to 1; 0 of no runs at all."""
        return self.runs / self.of if self.of else 0.0


@dataclass(slots=True)
class Tally:
    """What one guard found of one kind.

    Attributes:
        guard: The guard's name.
        kind: What it found.
        action: The severest rung it advised.
        runs: Runs in which it tripped.
        trips: Times it tripped.
        succeeded: Those of the runs that have a reward of 1.
        failed: Those of the runs that have a lower reward.
    """

    guard: str
    kind: str
    action: Action = "none"
    runs: int = 0
    trips: int = 0
    succeeded: int = 0
    failed: int = 0

    @property
    def label(self) -> str:
        """Its name in a table or a chart."""
        return f"{self.guard}: {self.kind}"


def trips_in(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """Yield those of some recorded verdicts that are trips."""
    return (one for one in verdicts if one.get("outcome") == "trip" and "guard" in one)


@dataclass(slots=True)
class Totals:
    """Sums over audited runs; of constant size however many there were.

    Attributes:
        runs: Runs audited.
        messages: Messages in them.
        steps: Steps in them.
        unread: Places that could not be read.
        succeeded: Runs with a reward of 1.
        failed: Runs with a lower reward.
        tripped: Runs in which any guard tripped.
        endings: Runs by what they came to.
        skips: Runs that a guard could not judge, by the guard and why.
        severest: The severest rung of all.
        recorded: Runs in which a guard tripped while they were recorded, by it and what it found.
    """

    runs: int = 0
    messages: int = 0
    steps: int = 0
    unread: int = 0
    succeeded: int = 0
    failed: int = 0
    tripped: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    skips: Counter[tuple[str, str]] = field(default_factory=Counter)
    severest: Action = "none"
    recorded: Counter[tuple[str, str]] = field(default_factory=Counter)
    _tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)

    def add(self, run: Audited) -> None:
        """Count a run."""
        won = run.reward is not None and run.reward >= _FULL
        lost = run.reward is not None and not won
        self.runs += 1
        self.messages += run.messages
        self.steps += run.steps
        self.succeeded += won
        self.failed += lost
        self.tripped += bool(run.verdicts)
        self.endings[run.ending] += 1
        self.skips.update(run.skips.items())
        self.recorded.update(
            {(one["guard"], one.get("kind", "")) for one in trips_in(run.recorded)}
        )
        self.severest = severest((self.severest, run.severest))
        for (guard, kind), (action, trips) in run.kinds.items():
            tally = self._tallies.setdefault((guard, kind), Tally(guard, kind))
            tally.action = severest((tally.action, action))
            tally.trips += trips
            tally.runs += 1
            tally.succeeded += won
            tally.failed += lost

    def only_recorded(self) -> list[tuple[str, int]]:
        """Return what tripped only while runs were recorded: its label, and in how many runs."""
        found = ((key, runs) for key, runs in self.recorded.most_common())
        return [(": ".join(key), runs) for key, runs in found if key not in self._tallies]

    def tallies(self) -> list[Tally]:
        """Return what was found by guard and kind, in most runs first."""
        found = self._tallies.values()
        return sorted(found, key=lambda t: (-t.runs, -severity(t.action), t.guard, t.kind))

    def rewarded(self, tally: Tally) -> Iterator[Share]:
        """Yield a tally's share of the successes and of the failures."""
        yield Share(tally.succeeded, self.succeeded)
        yield Share(tally.failed, self.failed)

    @property
    def has_rewards(self) -> bool:
        """Whether any run carries a reward."""
        return bool(self.succeeded or self.failed)
