"""What other guards would have done to recorded runs, added up."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .audit import Audited, Cut
from .values import Unread

NAMED = 50
"""Runs of a setting that are named: those it saves most of, and the first that it hurts."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A run that would have gone another way.

    Attributes:
        id: Its id: a thread's, a trace's, or that of a run in a file.
        ending: What it would have come to.
        success: Whether it was a success as it was, or None when nobody knows.
        cut: Where it would have been stopped, or None: only calls would not have been run.
        blocked: How many of its calls would not have been run.
        guards: The guards that would have stopped it, or kept a call from being run.
    """

    id: str
    ending: str
    success: bool | None
    cut: Cut | None
    blocked: int
    guards: Sequence[str]

    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "id": self.id,
            "ending": self.ending,
            "success": self.success,
            "cut": self.cut._asdict() if self.cut else None,
            "blocked": self.blocked,
            "guards": list(self.guards),
        }


@dataclass(slots=True)
class Effect:
    """What guards, or one of them, would have done to some runs.

    Attributes:
        stopped: Runs that would have been stopped; of one guard, those it would have stopped first.
        steps: Steps that would not have been made.
        tokens: Tokens of those steps, estimated where a recording has none.
        usd: What those steps cost, in USD.
        objected: Runs that would have been stopped, or in which a call would not have been run.
        hurt: Those of them that were a success as they were.
        lost: Successes that would have been stopped.
    """

    stopped: int = 0
    steps: int = 0
    tokens: int = 0
    usd: float = 0.0
    objected: int = 0
    hurt: int = 0
    lost: int = 0

    def add(self, cut: Cut | None, *, objected: bool, success: bool) -> None:
        """Count a run."""
        self.objected += objected
        self.hurt += objected and success
        if cut is not None:
            self.stopped += 1
            self.lost += success
            self.steps += cut.steps
            self.tokens += cut.tokens
            self.usd += cut.usd


@dataclass(slots=True)
class Setting:
    """What one setting of guards would have done.

    Attributes:
        name: What it is called.
        whole: Of all its guards together.
        guards: Of each guard, by its name; a run that several would stop counts for the first.
        blocked: Calls that would not have been run.
        endings: Runs by what they would have come to.
        most: The runs it saves most of, most first.
        hurt: The first of the successes it objects to.
        skips: Runs that a guard could not judge, by the guard.
    """

    name: str
    whole: Effect = field(default_factory=Effect)
    guards: dict[str, Effect] = field(default_factory=dict)
    blocked: int = 0
    endings: dict[str, int] = field(default_factory=dict)
    hurt: list[Stopped] = field(default_factory=list)
    skips: dict[str, int] = field(default_factory=dict)
    _heap: list[tuple[int, int, Stopped]] = field(default_factory=list)
    _seen: int = 0

    @property
    def most(self) -> list[Stopped]:
        """The runs it saves most of, most first."""
        return [run for *_, run in sorted(self._heap, key=lambda item: (-item[0], -item[1]))]

    def add(self, run: Audited, success: bool | None) -> None:
        """Count a run."""
        objecting = sorted(run.objecting)
        found = Stopped(run.id, run.ending, success, run.cut, run.blocked, objecting)
        self.whole.add(run.cut, objected=bool(objecting), success=success is True)
        for guard in objecting:
            cut = run.cut if run.cut and run.cut.guard == guard else None
            effect = self.guards.setdefault(guard, Effect())
            effect.add(cut, objected=True, success=success is True)
        self.blocked += run.blocked
        self.endings[run.ending] = self.endings.get(run.ending, 0) + 1
        for guard in run.skips:
            self.skips[guard] = self.skips.get(guard, 0) + 1
        self._name(found)

    def _name(self, found: Stopped) -> None:
        self._seen += 1
        if found.success and found.guards and len(self.hurt) < NAMED:
            self.hurt.append(found)
        if found.cut is not None:
            heapq.heappush(self._heap, (found.cut.tokens, -self._seen, found))
            if len(self._heap) > NAMED:
                heapq.heappop(self._heap)

    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "name": self.name,
            **_plain(self.whole),
            "blocked": self.blocked,
            "endings": self.endings,
            "guards": {name: _plain(effect) for name, effect in self.guards.items()},
            "skips": self.skips,
            "runs_stopped": [run.data() for run in self.most],
            "runs_hurt": [run.data() for run in self.hurt],
        }


def _plain(effect: Effect) -> dict[str, Any]:
    return {name: getattr(effect, name) for name in Effect.__slots__}


@dataclass(slots=True)
class WhatIf:
    """Recorded runs under one or two settings of guards.

    Shows itself as tables in a terminal (`rich`) and in a notebook.

    Attributes:
        settings: The settings, as they were given.
        runs: How many runs were judged.
        successes: Those that were a success as they were.
        failures: Those that were none; of the others nobody knows.
        tokens: Tokens of all runs, estimated where a recording has none.
        usd: What all runs cost, in USD.
        unread: The first places that could not be read.
        unreadable: How many places could not be read.
    """

    settings: Sequence[Setting]
    runs: int = 0
    successes: int = 0
    failures: int = 0
    tokens: int = 0
    usd: float = 0.0
    unread: list[Unread] = field(default_factory=list)
    unreadable: int = 0

    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        named = ("runs", "successes", "failures", "tokens", "usd", "unreadable")
        counts = {name: getattr(self, name) for name in named}
        return {**counts, "settings": [setting.data() for setting in self.settings]}

    def __rich__(self) -> Any:
        from .what_if_tables import tables  # rich is for who looks

        return tables(self)

    def _repr_html_(self) -> str:
        from .what_if_tables import page_part

        return page_part(self)
