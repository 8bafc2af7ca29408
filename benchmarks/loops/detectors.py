"""Let a detector judge a run after every step, and note what it did first."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from holdfast.guards import LoopGuard
from holdfast.guards.ledger import Ledger, Step
from holdfast.guards.message import read_message
from holdfast.guards.verdict import severity
from holdfast.traces.playback import Playback
from peers import PEERS

RUNGS = ("nudge", "block")
Judged = tuple[int, float, str, str]
"""How severe a rung, after how many repeats, of which kind, and why."""


@dataclass
class Outcome:
    """What a detector did in a run.

    Attributes:
        first: For each rung, the repeats at which it was first reached.
        kinds: For each kind of loop, the severest rung.
        last: The rung at the end.
        reasons: Why, for each rung.
        judged: How often it was asked.
        seconds: How long that took in all.
    """

    first: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    last: int = 0
    reasons: dict[str, str] = field(default_factory=dict)
    judged: int = 0
    seconds: float = 0.0

    def add(self, judged: Judged) -> None:
        rank, repeats, kind, reason = judged
        self.last = rank
        for rung in RUNGS:
            if rank >= severity(rung):
                self.first.setdefault(rung, repeats)
                self.reasons.setdefault(rung, reason)
        if rank:
            self.kinds[kind] = max(self.kinds.get(kind, 0), rank)

    def reached(self, rung: str, *, at_end: bool = False) -> bool:
        return self.last >= severity(rung) if at_end else rung in self.first


def play_guard(guard: LoopGuard, messages: Sequence[dict[str, Any]]) -> Outcome:
    outcome = Outcome()
    for ledger in Playback().views(messages):
        _judge(guard, ledger, outcome)
    if messages and messages[-1]["role"] == "user" and "additional_kwargs" not in messages[-1]:
        outcome.last = 0  # a person has spoken: the run that was judged is over
    return outcome


def play_steps(guard: LoopGuard, steps: Sequence[Step]) -> Outcome:
    """Judge a run that is given as steps: before tools, and after them."""
    outcome = Outcome()
    for ledger in _views(steps):
        _judge(guard, ledger, outcome)
    return outcome


def _views(steps: Sequence[Step]) -> Iterator[Ledger]:
    numbered: list[Step] = [{**step, "n": n} for n, step in enumerate(steps, 1)]
    for count in range(1, len(numbered) + 1):
        yield Ledger(steps=numbered[:count], recent=numbered[:count])


def _judge(guard: LoopGuard, ledger: Ledger, outcome: Outcome) -> None:
    began = time.perf_counter()
    verdict = guard.check(ledger)
    outcome.seconds += time.perf_counter() - began
    outcome.judged += 1
    rank = severity(verdict["action"])
    outcome.add((rank, verdict["score"] or 0, verdict["kind"], verdict["reason"]))


def play_peer(name: str, messages: Sequence[dict[str, Any]]) -> Outcome:
    peer, outcome = PEERS[name](), Outcome()
    for message in map(read_message, messages):
        began = time.perf_counter()
        rung, repeats = peer.see(message)
        outcome.seconds += time.perf_counter() - began
        outcome.judged += 1
        outcome.add((severity(rung), repeats, "", ""))
    return outcome
