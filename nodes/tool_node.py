"""Run the tools that a model asks for: judged before and after, each call a task of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.types import Command

from ..guards.breaker import Breaker
from ..guards.breaker_verdict import GUARD
from ..guards.channel import LedgerState, LedgerUpdate, extend_ledger, spend_of, view
from ..guards.escalation import Deadline, check_deadline
from ..guards.facts import ToolSpec
from ..guards.guard import Guard, Policy, raised
from ..guards.ledger import Call, Ledger, Source
from ..guards.message import read_message
from ..guards.messages import read_new
from ..guards.ruling import ended_by_person
from ..guards.settings import check_clock, check_switches
from ..guards.sources import Sources
from ..guards.tool_call import ToolCallGuard
from ..guards.verdict import Verdict, severest
from .acting import Act, Failure, acting_node
from .answering import as_sources, own_part, seen_before
from .branch import branch_of
from .breakers import Breakers
from .channels import input_schema
from .clock import now
from .held_calls import Judged, judge_held
from .holdings import Claim, Holdings
from .judging import Clock, Judges, blocking, check_names, judge_each, news_of, nudges, rung_of
from .passing import judge_here
from .repair_report import GUARD as REPAIR
from .repair_report import tell_calls
from .repaired_calls import repair_calls
from .review import Review, earlier_rejections, reopened
from .reviewing import plain_call, review_node
from .scoring import existing
from .specs import Tools, as_tools, specs_of
from .stand_ins import with_stand_ins
from .tool_round import tool_round, wants_state


def tool_node(
    tools: Tools,
    *,
    guards: Sequence[Guard] = (),
    policy: Policy | None = None,
    messages: str = "messages",
    derive: bool = True,
    actor: str = "",
    state_schema: type | None = None,
    clock: Clock = now,
    name: str = "tools",
    holdings: Holdings | None = None,
    breakers: Breakers | Iterable[Breaker] = (),
    context: Sequence[str] = (),
    human: bool = True,
    deadline: Deadline | None = None,
) -> Runnable[Any, Any]:
    """Return a node that runs the tool calls of the last message.

    Each call is a task of its own: when one of two interrupts, the other is not run again on
    resume. A call that cannot work (unknown tool, arguments that do not fit) or that a guard
    blocks is answered with what is wrong, and the others run. Arguments that say the right thing
    in a wrong form are repaired first, and the verdicts say so. A tool that raises becomes an
    error message that says what to do, without the exception's `repr`. After the results comes a
    note where a guard nudges. Route on the outcome with `by_action`, or go straight back to the
    model. Where a tool needs approval, route `stop` (and `wrap_up`) out of the loop: a person may
    end the run. With a plain edge back the model is asked on, and each call that it then proposes
    in that run is blocked; the user's next message begins a new one.

    Args:
        tools: LangChain tools, or functions with a docstring.
        guards: What judges, before and after; calls are always checked against the schemas.
        policy: For a guard's name, the rung to which its verdicts are raised.
        messages: The channel of the messages, with the reducer `add_messages`.
        derive: Whether to read steps of the graph's other nodes out of its messages; False where
            they write the ledger themselves.
        actor: Who the calls are made by; empty: the message's own name, or `agent`.
        state_schema: The graph's state, for tools that are given more of it than the messages
            (`InjectedState`); None: they see the messages and Holdfast's own channels.
        clock: Unix time in seconds.
        name: The name it has in traces.
        holdings: What the graph's calls hold of the budgets; None: a table of its own.
        breakers: Circuit breakers of what the tools need; a call of a tool whose dependency is
            down is answered with why and until when. Fallbacks that facts name run here too.
        context: Texts that the model is shown beside the messages (a system prompt with today's
            date, say): arguments may come from them.
        human: Whether a person can be asked about calls whose tool needs approval
            (`tool_facts(tool, approval=True)`); if not, such calls are blocked.
        deadline: Until when they can answer, and what is decided then.

    Raises:
        GuardConfigError: A tool has no docstring, two share a name, or a guard or the
            deadline is none.
    """
    check_switches("tool_node", derive=derive, human=human)
    check_clock("tool_node", clock)
    check_deadline("tool_node", deadline)
    given_tools = as_tools(tools)
    gates = Breakers.of(breakers, given_tools, clock)
    taken = with_stand_ins(given_tools, gates)
    checked = [*Judges.of(guards, policy).guards]
    if not any(isinstance(guard, ToolCallGuard) for guard in checked):
        checked.append(ToolCallGuard())
    wanting = frozenset(tool.name for tool in taken if wants_state(tool))
    judges = Judges.of(checked, policy)
    check_names(checked, policy, [GUARD, REPAIR] if gates else [REPAIR])
    specs = specs_of(taken)
    desk = _Desk(judges, specs, wanting, messages, derive, actor, clock,
        holdings or Holdings(), as_sources(context), Review(specs, clock, human, deadline),
    )  # fmt: skip
    inner = tool_round(taken, gates, messages, review_node(desk.review, desk.again)).compile()

    def call(given: Any, config: RunnableConfig) -> Any:
        return inner.invoke(given.round, config)

    async def acall(given: Any, config: RunnableConfig) -> Any:
        return await inner.ainvoke(given.round, config)

    act = Act(desk.prepare, call, acall, desk.finish)
    return acting_node(name, input_schema(messages, state_schema), act)


_NOTHING_YET: dict[str, Any] = {"done": [], "commands": [], "rulings": []}


@dataclass(frozen=True, slots=True)
class _Given:
    """What the round begins with: only plain data, for it is kept in a checkpoint."""

    round: dict[str, Any]
    derived: LedgerUpdate | None
    claim: Claim


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where calls come in, and results go out."""

    judges: Judges
    specs: dict[str, ToolSpec]
    wanting: frozenset[str]
    messages: str
    derive: bool
    actor: str
    clock: Clock
    holdings: Holdings
    context: tuple[Source, ...]
    review: Review

    def prepare(self, state: Any, config: RunnableConfig) -> _Given:
        """Judge the proposed calls; the round runs what is let through."""
        history = state.get(self.messages) or []
        stored: LedgerState = state.get("ledger") or LedgerState()
        now = self.clock()
        derived = self._derived(history, stored, now)
        current = extend_ledger(stored, [derived]) if derived else stored
        proposed = self._calls(history, state, config)
        calls, repaired = repair_calls(proposed, self.specs)
        tell_calls(config, repaired, proposed, calls)
        ledger = self._view(state, history, current, calls, now)
        earlier = earlier_rejections(ledger, calls, current.get("after", 0))
        ledger = reopened(ledger, calls, earlier)
        over = ended_by_person(state.get("verdicts"), current.get("after", 0))
        (verdicts, reasons), claim = self._judged(Claim.of(state, config, ""), ledger, calls, now)
        reasons = {call.id: over for call in calls} if over else reasons
        allowed = [call for call in calls if call.id not in reasons]
        wanted, more, why = self.review.asked_for(ledger, allowed, config)
        answers, steps = blocking(calls, {**reasons, **why})
        allowed = [call for call in allowed if call.id not in why]
        needs_state = wanted or any(call.name in self.wanting for call in allowed)
        given = {
            **_NOTHING_YET,
            "calls": [plain_call(call) for call in allowed],
            "verdicts": [*repaired, *verdicts, *more],
            "messages": answers,
            "steps": steps.get("steps", []),
            "state": dict(state) if needs_state else {},
            "asks": {call.id: earlier.get(call.id, "") for call in wanted},
            "asked": now,
        }
        return _Given(given, derived, claim)

    def _judged(
        self, claim: Claim, ledger: Ledger, calls: Sequence[Call], now: float
    ) -> tuple[Judged, Claim]:
        claim = replace(claim, ticket=f"tools:{','.join(call.id for call in calls)}")
        return judge_held(self.holdings, self.judges, claim, ledger, calls, now)

    def again(
        self, state: Any, changed: Sequence[Call], said: str
    ) -> tuple[list[Verdict], dict[str, str]]:
        """Judge calls that a person has changed, with what they said as seen."""
        history = state.get(self.messages) or []
        current: LedgerState = state.get("ledger") or LedgerState()
        desk = replace(self, context=(*self.context, Source("person", said, "user")))
        ledger = desk._view(state, history, current, changed, self.clock())  # noqa: SLF001 - its own
        return judge_each(self.judges, ledger, changed)

    def _view(
        self,
        state: Any,
        history: Sequence[Any],
        current: LedgerState,
        calls: Sequence[Call],
        now: float,
    ) -> Ledger:
        first = [*self.context, *seen_before(state)]
        sources = Sources(own_part(state, history), first=first)
        caps = state.get("allowance") or {}
        ledger = view(current, tools=self.specs, now=now, caps=caps, sources=sources)
        return replace(ledger, exists=existing(ledger, calls))

    def _derived(
        self, history: Sequence[Any], stored: LedgerState, now: float
    ) -> LedgerUpdate | None:
        if not self.derive or not history:
            return None
        prices = self.judges.prices
        return read_new(history, stored, tools=self.specs, prices=prices, now=now)[0]

    def _calls(self, history: Sequence[Any], state: Any, config: RunnableConfig) -> list[Call]:
        answered: set[str] = set()
        last = None
        for message in map(read_message, reversed(history)):
            if message.role == "assistant":
                last = message
                break
            answered.add(message.call_id)
        if last is None:
            return []
        branch = state.get("branch") or branch_of(config)
        waiting = [call for call in last.calls if not call.id or call.id not in answered]
        calls = [replace(call, branch=branch) for call in waiting]
        return [replace(call, actor=self.actor) if self.actor else call for call in calls]

    def finish(self, state: Any, given: _Given, outcome: Any, _: float) -> Any:
        """Return the results, what they add to the ledger, and what the guards say of it."""
        if isinstance(outcome, Failure):
            raise outcome.error
        asked = [call["id"] for call in outcome["calls"]]
        steps = _in_order(outcome["steps"], asked)
        rulings = {"rulings": outcome["rulings"]} if outcome.get("rulings") else {}
        own: LedgerUpdate = {"steps": steps, "done": outcome["done"], **rulings}  # type: ignore[typeddict-item]
        self.holdings.settle(given.claim, spend_of(outcome["steps"]), self.clock())
        parts = [given.derived, own] if given.derived else [own]
        current = extend_ledger(state.get("ledger"), [parts])
        now = self.clock()
        ledger = view(current, tools=self.specs, now=now, caps=state.get("allowance") or {})
        before = [raised(verdict, self.judges.policy) for verdict in outcome["verdicts"]]
        ran = bool(asked)  # where every call was blocked, all is said already
        after = judge_here(self.judges.lasting, ledger, self.judges.policy) if ran else []
        fresh = news_of([*before, *after], state.get("verdicts"), current, now)
        told = _answers(outcome["messages"], state.get(self.messages) or [])
        update: dict[str, Any] = {
            self.messages: [*told, *nudges(fresh)],
            "ledger": parts,
        }
        rung = severest([rung_of(before), rung_of(after)])
        if rung != state.get("rung"):
            update["rung"] = rung
        update = {**update, "verdicts": fresh} if fresh else update
        commands = [Command(**command) for command in outcome["commands"]]
        return [update, *commands] if commands else update


def _in_order(steps: Sequence[Any], asked: Sequence[str]) -> list[Any]:
    """Return steps in the order in which their calls were asked for, blocked ones first."""
    place = {call: index for index, call in enumerate(asked)}
    return sorted(steps, key=lambda step: place.get(step["call_id"], -1))


def _answers(messages: Sequence[Any], history: Sequence[Any]) -> list[Any]:
    """Return the tools' messages in the order of the calls that they answer."""
    last = next((m for m in map(read_message, reversed(history)) if m.role == "assistant"), None)
    place = {call.id: index for index, call in enumerate(last.calls)} if last else {}

    def key(message: Any) -> int:
        return place.get(getattr(message, "tool_call_id", ""), len(place))

    return sorted(messages, key=key)
