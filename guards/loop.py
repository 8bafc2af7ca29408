"""Notice that an agent, or a team of them, goes round in circles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from .digest import canonical
from .errors import GuardConfigError
from .ledger import Call, Ledger, Step
from .loops.acts import Act, act_of, act_proposed, acts_of, is_exempt, is_news, meant
from .loops.found import (
    Found,
    Rules,
    failed_before,
    in_acts,
    in_handoffs,
    in_tasks,
    in_texts,
    in_turns,
    worst,
)
from .loops.handoffs import handoffs_of
from .loops.ladder import Ladder, check_order, check_tools
from .loops.near import sketch_call
from .settings import check_switches
from .verdict import Verdict, passed, severity, tripped

_BLOCK = severity("block")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopGuard:
    """Trips when a run ends in the same acts, with the same results, again and again.

    An act is a tool call or a hand-off. It finds the same call with the same result or error,
    cycles of acts, calls told apart by small edits that change nothing, acts that bring no news
    in whatever order, control that goes round a team, a completed task handed over again, and an
    agent that says the same again. A repeated call whose result changes is polling and no loop; a
    hand-off that led to new work is no repeat; a person's word begins the count anew, but for
    texts and failures that are the same turn after turn. Each actor in each parallel branch is
    judged by itself.

    After tools it nudges. Before tools it blocks a proposed call that would be the `block`-th lap,
    and any other call passes: it is the cure. A call that was blocked is blocked again as soon as
    it repeats, until something has changed.

    The defaults are measured (`benchmarks/loops`): a call made twice in a row with one result was
    seen in 6 of 395 successful runs, made three times in 2, both of them loops.

    Attributes:
        nudge: Laps at which to nudge, at least 2.
        block: The lap whose next call is not run, above `nudge`.
        wrap_up: Laps, blocked ones among them, at which to wrap up, above `block`.
        last: Laps at which to ask a person, above `wrap_up`.
        longest: The longest cycle looked for, in acts, at least 1.
        stale: Acts in a row that only repeat earlier ones, in whatever order, at which to nudge;
            at twice as many to block, at three and four times to go on up. At least 2.
        tools: Rungs of single tools, such as ``{"search": {"block": 8}}``; the others of such a
            tool give way. A tool that by its name waits or watches (`poll`, `status`) may repeat
            twice as often; one that its facts call a poller or free, for ever.
        unattended: Whether to stop at `last`, where nobody is there to ask.
    """

    nudge: int = 2
    block: int = 3
    wrap_up: int = 7
    last: int = 8
    longest: int = 8
    stale: int = 6
    tools: Mapping[str, Mapping[str, int]] = field(default_factory=dict, hash=False)
    unattended: bool = False
    _rules: Rules = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ladder = Ladder(self.nudge, self.block, self.wrap_up, self.last)
        rules = Rules(ladder, self.longest, self.stale, self.tools, self.unattended)
        object.__setattr__(self, "_rules", rules)  # made once: it is read at every step
        check_switches("LoopGuard", unattended=self.unattended)
        check_order(ladder, "LoopGuard")
        check_tools(ladder, self.tools)
        for name, least in (("longest", 1), ("stale", 2)):
            if (value := getattr(self, name)) < least:
                raise GuardConfigError(f"LoopGuard({name}={value}): use at least {least}")

    def check(self, ledger: Ledger) -> Verdict:
        """Judge the end of a run, or the calls proposed.

        Cost: bounded by the settings whatever the length of the run; a few microseconds when the
        last act is new.
        """
        if ledger.proposed:
            return self._before(ledger)
        if not ledger.steps:
            return passed("loop")
        newest = ledger.steps[-1]
        found = worst([self._after(ledger, newest)])
        if found is None or (newest["error"] == "blocked" and severity(found.rung) <= _BLOCK):
            return passed("loop")  # the answer to a blocked call has said it already
        return _verdict(found, ())

    def _after(self, ledger: Ledger, newest: Step) -> Found | None:
        kind, place = newest["kind"], (newest["actor"], newest["branch"])
        if kind == "model":
            return in_texts(ledger, self._rules)
        if kind == "tool" and not is_exempt(ledger, newest["name"]):
            return self._after_call(ledger, newest, place)
        if kind == "handoff":
            return self._in_handoffs(ledger, newest["name"], newest["args"], place[1], ())
        return None

    def _after_call(self, ledger: Ledger, newest: Step, place: tuple[str, str]) -> Found | None:
        turns = self._in_turns(ledger, act_of(ledger, newest), place) if newest["error"] else None
        args = meant(ledger, newest["name"], newest["args"])
        if is_news(ledger, newest["name"], args, place, newest, self.longest + 2):
            return turns
        rules = self._rules
        acts = list(islice(acts_of(ledger, *place), rules.depth))
        return worst([in_acts(acts, rules, proposed=False), turns])

    def _in_turns(self, ledger: Ledger, newest: Act, place: tuple[str, str]) -> Found | None:
        if len(ledger.recent) <= len(ledger.steps) or not failed_before(ledger, newest, place):
            return None
        return in_turns(ledger, self._rules, newest, place)

    def _in_handoffs(
        self,
        ledger: Ledger,
        name: str,
        args: Mapping[str, str],
        branch: str,
        first: tuple[Act, ...],
    ) -> Found | None:
        acts = [*first, *islice(handoffs_of(ledger, branch), self._rules.depth)]
        again = in_tasks(ledger, self._rules, name, args, branch, proposed=bool(first))
        return worst([in_handoffs(acts, self._rules), again])

    def _before(self, ledger: Ledger) -> Verdict:
        objected: list[str] = []
        found: list[Found] = []
        made: dict[tuple[str, str], list[Act]] = {}
        for call in ledger.proposed:
            if is_exempt(ledger, call.name):
                continue
            beside = made.setdefault((call.actor, call.branch), [])
            proposal = act_proposed(ledger, call)
            one = self._proposed(ledger, call, proposal, beside)
            beside.insert(0, proposal)
            if one is not None and severity(one.rung) >= _BLOCK:
                objected.append(call.id)
                found.append(one)
        severest = worst(found)
        return passed("loop") if severest is None else _verdict(severest, objected)

    def _proposed(
        self, ledger: Ledger, call: Call, proposal: Act, beside: list[Act]
    ) -> Found | None:
        """Return the loop that a proposed call would extend.

        The calls of one turn have no order: those beside it count where they make more laps.
        """
        place = call.actor, call.branch
        if call.kind == "handoff":
            first = proposal._replace(args={})
            return self._in_handoffs(ledger, call.name, call.digests, call.branch, (first,))
        turns = self._in_turns(ledger, proposal, place)
        news = is_news(ledger, call.name, proposal.args, place, None, self.longest + 2)
        if news and not any(map(proposal.repeats, beside)):
            return turns
        rules = self._rules
        older = list(islice(acts_of(ledger, *place), rules.depth))
        if older and older[0].name == call.name:
            proposal = proposal._replace(sketch=sketch_call(canonical(call.args)))
        ways = [[proposal, *older], [proposal, *beside, *older]]
        loops = [in_acts(way, rules, proposed=True) for way in (ways if beside else ways[:1])]
        return worst([*loops, turns])


def _verdict(found: Found, calls: Sequence[str]) -> Verdict:
    return tripped(
        "loop",
        found.kind,
        found.rung,
        found.reason,
        steps=found.steps,
        calls=calls,
        score=float(found.laps),
    )
