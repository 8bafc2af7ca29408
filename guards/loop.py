"""Notice that an agent, or a team of them, goes round in circles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from .digest import likeness, preview
from .errors import GuardConfigError
from .ledger import Call, Ledger, Step
from .verdict import Action, Verdict, passed, tripped

_ALIKE = 0.5  # two answers of a specialist that share half of their word pairs say the same
_NAMED = 6  # steps of a cycle that a reason names


@dataclass(frozen=True, slots=True)
class Act:
    """A step as the guard compares it: what was done, and what came of it."""

    name: str
    kind: str
    args: frozenset[tuple[str, str]]
    result: str  # a digest, or the class of an error; "" where nothing came back yet or ran
    n: int
    shown: str

    def repeats(self, other: "Act") -> bool:
        """Return whether this is the same act with the same outcome, as far as one can know."""
        if (self.name, self.kind, self.args) != (other.name, other.kind, other.args):
            return False
        return not self.result or not other.result or self.result == other.result


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopGuard:
    """Trips when a run ends in the same cycle of acts, with the same results, again and again.

    An act is a tool call or a hand-off. A repeated call whose result changes is polling and no
    loop; a hand-off that led to new work is no repeat; a person's word begins the count anew. Each
    actor in each parallel branch is judged by itself.

    After tools it nudges. Before tools it blocks a proposed call that would be the `block`-th lap,
    and any other call passes: it is the cure.

    Attributes:
        nudge: Laps at which to nudge, at least 2.
        block: The lap whose next call is not run, above `nudge`.
        wrap_up: Laps, blocked ones among them, at which to wrap up, above `block`.
        last: Laps at which to ask a person, above `wrap_up`.
        longest: The longest cycle looked for, in acts, at least 1.
        unattended: Whether to stop at `last`, where nobody is there to ask.
    """

    nudge: int = 3
    block: int = 5
    wrap_up: int = 7
    last: int = 8
    longest: int = 8
    unattended: bool = False

    def __post_init__(self) -> None:
        if not 2 <= self.nudge < self.block < self.wrap_up < self.last:
            raise GuardConfigError(
                f"LoopGuard(nudge={self.nudge}, block={self.block}, wrap_up={self.wrap_up}, "
                f"last={self.last}): use 2 <= nudge < block < wrap_up < last"
            )
        if self.longest < 1:
            raise GuardConfigError(f"LoopGuard(longest={self.longest}): use at least 1")

    def check(self, ledger: Ledger) -> Verdict:
        """Judge the end of a run, or the calls proposed.

        Cost: at most `longest` x `last` comparisons whatever the length of the run; a few
        microseconds when the last act is new.
        """
        if ledger.proposed:
            return self._before(ledger)
        newest = next((s for s in reversed(ledger.steps) if s["kind"] in _ACTS), None)
        if newest is None or self._is_new(ledger, newest):
            return passed("loop")
        acts = list(self._acts(ledger, newest["actor"], newest["branch"], newest["kind"]))
        size, laps = self._cycle(acts)
        if laps < self.nudge:
            return passed("loop", score=float(laps))
        return self._trip(acts, size, laps, calls=())

    def _is_new(self, ledger: Ledger, newest: Step) -> bool:
        """Return whether the newest call differs from all that a cycle could repeat; cheaply."""
        if newest["kind"] == "handoff":
            return False
        name, lane, left = newest["name"], (newest["actor"], newest["branch"]), self.longest + 1
        volatile = ledger.tools is not None and ledger.facts(name).volatile
        for step in reversed(ledger.steps):
            if step["kind"] not in _ACTS or (step["actor"], step["branch"]) != lane:
                continue
            if _exempt(ledger, step["name"]):
                continue
            same = step["name"] == name and step is not newest
            if same and (volatile or step["args"] == newest["args"]):
                return False
            left -= 1
            if not left:
                break
        return True

    def _before(self, ledger: Ledger) -> Verdict:
        worst: Verdict | None = None
        objected: list[str] = []
        made: dict[tuple[str, str], list[Act]] = {}
        for call in ledger.proposed:
            if _exempt(ledger, call.name):
                continue
            beside = made.setdefault((call.actor, call.branch), [])
            acts, size, laps = self._proposed(ledger, call, beside)
            beside.insert(0, acts[0])
            if laps < self.block:
                continue
            objected.append(call.id)
            found = self._trip(acts, size, laps, calls=objected)
            worst = found if worst is None or found["score"] > worst["score"] else worst  # type: ignore[operator]
        if worst is None:
            return passed("loop")
        return {**worst, "calls": objected}

    def _proposed(
        self, ledger: Ledger, call: Call, beside: list[Act]
    ) -> tuple[list[Act], int, int]:
        """Return the acts that a proposed call would end, and the cycle that they would end in.

        The calls of one turn have no order: those beside it count where they make more laps.
        """
        proposal = _proposal(ledger, call)
        acts = self._acts(ledger, call.actor, call.branch, call.kind)
        near = list(islice(acts, self.longest))
        if not any(map(proposal.repeats, [*beside, *near])):
            return [proposal], 1, 1  # no cycle can end in it
        older = [*near, *acts]
        ways = [[proposal, *older], [proposal, *beside, *older]]
        judged = [(way, *self._cycle(way)) for way in (ways if beside else ways[:1])]
        return max(judged, key=lambda found: found[2])

    def _cycle(self, acts: Sequence[Act]) -> tuple[int, int]:
        """Return the length of the cycle that the acts, newest first, end in, and its laps."""
        best = (1, 1 if acts else 0)
        for size in range(1, min(self.longest, len(acts) // 2) + 1):
            limit = min(size * (self.last - 1), len(acts) - size)
            same = 0
            while same < limit and acts[same].repeats(acts[same + size]):
                same += 1
            laps = (same + size) // size
            if laps > best[1]:
                best = (size, laps)
        return best

    def _acts(self, ledger: Ledger, actor: str, branch: str, kind: str) -> Iterator[Act]:
        """Yield the acts of one actor, newest first, no more than a cycle can need."""
        fresh = _fresh_handoffs(ledger) if kind == "handoff" else frozenset()
        return islice(_newest(ledger, actor, branch, fresh), self.longest * self.last + 1)

    def _trip(self, acts: Sequence[Act], size: int, laps: int, calls: Sequence[str]) -> Verdict:
        cycle = acts[:size][::-1]
        handoffs = any(act.kind == "handoff" for act in cycle)
        kind = "handoff_cycle" if handoffs else "same_call" if size == 1 else "cycle"
        evidence = sorted(act.n for act in acts[: size * laps] if act.n)
        reason = _reason(cycle, laps, proposed=bool(calls), returned=_returned(acts[: size * laps]))
        action = self._rung(laps)
        return tripped("loop", kind, action, reason, steps=evidence, calls=calls, score=float(laps))

    def _rung(self, laps: int) -> Action:
        if laps >= self.last:
            return "stop" if self.unattended else "escalate"
        if laps >= self.wrap_up:
            return "wrap_up"
        return "block" if laps >= self.block else "nudge"


_ACTS = ("tool", "handoff")


def _exempt(ledger: Ledger, tool: str) -> bool:
    return ledger.tools is not None and ledger.facts(tool).poller


def _newest(ledger: Ledger, actor: str, branch: str, fresh: frozenset[int]) -> Iterator[Act]:
    for step in reversed(ledger.steps):
        if step["kind"] == "human":
            return
        if step["kind"] not in _ACTS or (step["actor"], step["branch"]) != (actor, branch):
            continue
        if step["n"] in fresh:
            return
        if not _exempt(ledger, step["name"]):
            yield _act(ledger, step)


def _act(ledger: Ledger, step: Step) -> Act:
    result = step["error"] or step["result"]
    handoff = step["kind"] == "handoff"
    return Act(
        name=step["name"],
        kind=step["kind"],
        args=frozenset() if handoff else _arguments(ledger, step["name"], step["args"]),
        result="" if handoff or step["error"] == "blocked" else result,
        n=step["n"],
        shown=step["preview"],
    )


def _proposal(ledger: Ledger, call: Call) -> Act:
    handoff = call.kind == "handoff"
    args = frozenset() if handoff else _arguments(ledger, call.name, call.digests)
    return Act(name=call.name, kind=call.kind, args=args, result="", n=0, shown="")


def _arguments(ledger: Ledger, tool: str, digests: dict[str, str]) -> frozenset[tuple[str, str]]:
    volatile = ledger.facts(tool).volatile if ledger.tools else ()
    return frozenset(item for item in digests.items() if item[0] not in volatile)


def _fresh_handoffs(ledger: Ledger) -> frozenset[int]:
    """Return the numbers of the hand-offs that led to something new.

    New is a successful tool call that was not made before with that result; from a specialist
    that called no tool, an answer unlike its last one.
    """
    fresh: set[int] = set()
    seen: set[tuple[str, frozenset[tuple[str, str]], str]] = set()
    answers: dict[str, str] = {}
    worked = tried = False
    for step in ledger.steps:
        if step["kind"] == "tool":
            arguments = _arguments(ledger, step["name"], step["args"])
            work = (step["name"], arguments, step["result"])
            tried = True
            worked = worked or (step["error"] is None and work not in seen)
            seen.add(work)
        elif step["kind"] == "handoff":
            said = answers.get(step["name"])
            new_words = not tried and (said is None or likeness(said, step["sketch"]) < _ALIKE)
            if worked or (new_words and step["error"] is None):
                fresh.add(step["n"])
            answers[step["name"]] = step["sketch"]
            worked = tried = False
    return frozenset(fresh)


def _returned(acts: Sequence[Act]) -> str:
    return next((act.shown for act in acts if act.result), "")


def _reason(cycle: Sequence[Act], laps: int, *, proposed: bool, returned: str) -> str:
    path = " > ".join(preview(act.name, 60) for act in cycle[:_NAMED])
    more = " > ..." if len(cycle) > _NAMED else ""
    if any(act.kind == "handoff" for act in cycle):
        return (
            f"Control went {path}{more} {laps} times over and nothing new came of it; "
            "decide with what is known, or say what is missing."
        )
    happened = "would be made" if proposed else "was made"
    what = f"The call of {path}{more}" if len(cycle) == 1 else f"The cycle {path}{more}"
    known = f"; it returned {returned!r} each time" if returned and len(cycle) == 1 else ""
    return f"{what} {happened} {laps} times with the same result{known}. Do something else."
