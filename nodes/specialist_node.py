"""A specialist as a node of its team's graph: an explicit way in, and only what is new out."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.runnables import Runnable, RunnableConfig

from ..guards.breaker import Breaker
from ..guards.budget import Budget
from ..guards.channel import LedgerState, LedgerUpdate, extend_ledger, gained, spend_since
from ..guards.digest import digest, preview, sketch
from ..guards.ending import Ending
from ..guards.escalation import Deadline
from ..guards.failure import classify_error
from ..guards.guard import Guard, Policy
from ..guards.ledger import ErrorClass, Source, Step, make_step, no_spend
from ..guards.message import read_message
from ..guards.messages import read_new
from ..guards.prices import Prices
from ..guards.ruling import rulings_since
from ..guards.verdict import Verdict
from .acting import Act, Failure, acting_node, goes_up
from .answering import handed_up, wants_sources
from .breakers import Breakers
from .brief import brief
from .clock import now
from .graph_result import graph_result, last_reply
from .handing_up import last_run, pins_up
from .holdings import Holdings
from .human import cause_of
from .judging import Clock, Judges, news_of
from .reading import read
from .repair_report import verdict_of
from .repairing import Taken
from .sharing import Lending
from .specialist import Specialist
from .specialist_graph import specialist_graph
from .specs import specs_of

_WELL = (None, "completed")
_OUT = ("aborted", "escalated", "taken_over")  # a person, or the lack of one, ends the whole run
_BADLY = frozenset(get_args(Ending)) - {"completed"}


def specialist_node(
    specialist: Specialist,
    schema: type,
    *,
    guards: Sequence[Guard] = (),
    policy: Policy | None = None,
    returns: Any = None,
    human: bool = True,
    deadline: Deadline | None = None,
    clock: Clock = now,
    holdings: Holdings | None = None,
    breakers: Breakers | Iterable[Breaker] = (),
    context: Sequence[Source] = (),
    pinned: Sequence[str] = (),
) -> Runnable[Any, Any]:
    """Return the node that runs a specialist on the task in the state's `handoff`.

    After an interrupt or a crash the subgraph goes on from its own checkpoint: no model call is
    made twice. Where it raises, its spend and its steps are handed up all the same.

    Args:
        specialist: Who it is.
        schema: The graph's state, a subclass of `AgentState` or of the same fields.
        guards: What judges its tool calls.
        policy: Rungs to which verdicts are raised.
        returns: The type of its result, or None for text.
        human: Whether it may ask a person.
        deadline: Until when they can answer, and what is decided then.
        clock: Unix time in seconds.
        holdings: What the graph's calls hold of the budgets; None: a table of its own.
        breakers: Circuit breakers of what its tools need.
        context: Texts that the supervisor is shown beside the messages, for guards that look at
            what the run has seen.
        pinned: State fields of the team that its prompts show, beside the pins.
    """
    if specialist.is_graph:
        inner: Any = specialist.model
    else:
        inner = specialist_graph(
            specialist,
            guards=guards,
            policy=policy,
            returns=returns,
            human=human,
            deadline=deadline,
            clock=clock,
            holdings=holdings,
            breakers=breakers,
        ).compile()
    desk = _Desk(specialist, returns, Judges.of(guards, policy).prices, clock)

    seen = _wanted(specialist, guards, context)
    briefed = partial(brief, specialist, returns, context=seen, pinned=pinned)
    budgets = tuple(guard for guard in guards if isinstance(guard, Budget))
    lending = Lending(holdings or Holdings(), budgets)

    def prepare(state: Any, config: RunnableConfig) -> Any:
        if specialist.is_graph:
            lending.lend(state, config)
        return briefed(state, config)

    act = Act(prepare, partial(_run, inner), partial(_arun, inner), desk.finish, inside=inner)
    return acting_node(specialist.name, schema, act)


def _wanted(
    specialist: Specialist, guards: Sequence[Guard], context: Sequence[Source]
) -> Sequence[Source] | None:
    return context if wants_sources(guards, specs_of(specialist.taken)) else None


def _run(inner: Any, given: Any, config: RunnableConfig) -> tuple[Any, BaseException | None]:
    """Run a subgraph; return the last state it reached, and what it raised."""
    last: dict[str, Any] = {}
    try:
        for values in inner.stream(given, config, stream_mode="values"):
            last = values
    except Exception as error:
        if goes_up(error):
            raise
        return last, error  # what was spent until then goes up with it
    return last, None


async def _arun(inner: Any, given: Any, config: RunnableConfig) -> tuple[Any, BaseException | None]:
    last: dict[str, Any] = {}
    try:
        async for values in inner.astream(given, config, stream_mode="values"):
            last = values
    except (Exception, asyncio.CancelledError) as error:
        if goes_up(error):
            raise
        return last, error
    return last, None


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a task came out."""

    ending: str | None
    text: str
    value: Any
    trouble: str
    error: ErrorClass | None
    verdict: Verdict | None = None

    @property
    def ending_word(self) -> str:
        return self.ending or ("failed" if self.error else "completed")


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where a task comes in, and what is new goes out."""

    specialist: Specialist
    returns: Any
    prices: Prices | None
    clock: Clock

    def finish(self, state: Any, given: Any, outcome: Any, seconds: float) -> dict[str, Any]:
        """Return only what is new: steps, spend, verdicts, the result."""
        if isinstance(outcome, Failure):
            raise outcome.error
        values, error = outcome
        came = self._outcome(values, error)
        task = read(state, "handoff") or {}
        step = self._step(task, came, given.get("branch", ""))
        update: dict[str, Any] = {
            "ledger": [*self._news(values, state, given), {"steps": [step]}],
            "messages": [self._message(task, came, handed_up(values.get("messages") or []))],
            "handoff": None,
            "pins": pins_up(
                self.specialist, values, state, given, came.text or came.trouble, came.ending_word
            ),
        }
        if not self.specialist.is_graph:
            old = given["verdicts"]
            update["verdicts"] = [v for v in values.get("verdicts") or () if v not in old]
        elif came.verdict is not None:
            known, stored = read(state, "verdicts"), read(state, "ledger") or LedgerState()
            update["verdicts"] = news_of([came.verdict], known, stored, self.clock())
        if self.specialist.into and came.ending in _WELL and came.error is None:
            update[self.specialist.into] = came.value
        if came.ending in _OUT:
            update["ending"] = came.ending
        if came.ending == "taken_over":  # the person's words are the run's last
            update["messages"].append(AIMessage(came.text, name="human"))
        return update

    def _outcome(self, values: Mapping[str, Any], error: BaseException | None) -> _Outcome:
        text = _last_words(values.get("messages") or [])
        if error is not None:
            name = type(error).__name__
            trouble = f"{self.specialist.name!r} failed ({name})"
            return _Outcome("failed", text, None, trouble, classify_error(error))
        ending = values.get("ending")
        if ending in _BADLY:
            cause = cause_of(values)
            trouble = values.get("trouble") or (cause["reason"] if cause else "")
            return _Outcome(ending, text, None, trouble, "dependency")
        if not self.specialist.is_graph:
            return _Outcome(ending, text, values.get("result"), "", None)
        return self._graph_outcome(values, text)

    def _graph_outcome(self, values: Mapping[str, Any], text: str) -> _Outcome:
        value, fault = graph_result(values, self.returns)
        if fault is not None:
            verdict = verdict_of(Taken(text, fault=fault), self.specialist.name, {})
            return _Outcome("unrepaired", text, None, verdict["reason"], "dependency", verdict)
        return _Outcome(None, text, value, "", None)

    def _news(
        self, values: Mapping[str, Any], state: Any, given: Mapping[str, Any]
    ) -> list[LedgerUpdate]:
        inner: LedgerState = values.get("ledger") or LedgerState()
        if self.specialist.is_graph and not inner:
            return self._derived(values, given)
        if self.specialist.is_graph and inner.get("base"):
            return [gained(inner)]  # it was lent the team's ledger
        if self.specialist.is_graph:
            return [last_run(self._completed(inner, values))]
        seed: LedgerState = read(state, "ledger") or LedgerState()
        before = seed.get("n", 0)
        steps = [step for step in inner.get("recent", ()) if step["n"] > before]
        spent = spend_since(inner.get("thread") or no_spend(), seed.get("thread") or no_spend())
        old = seed.get("done") or {}
        done = [item for key, item in (inner.get("done") or {}).items() if key not in old]
        granted = inner.get("granted") or {}
        known = seed.get("granted") or {}
        grant = {name: part - known.get(name, 0) for name, part in granted.items()}
        said = rulings_since(inner, before)
        new: LedgerUpdate = {"steps": steps, "spent": spent, "done": done, "rulings": said}
        return [{**new, "grant": {name: part for name, part in grant.items() if part}}]

    def _completed(self, inner: LedgerState, values: Mapping[str, Any]) -> LedgerState:
        """Return a ledger that a graph's own nodes derive, with what they have not looked at."""
        if not inner.get("cursor"):
            return inner
        update, _ = read_new(values.get("messages") or [], inner, prices=self.prices)
        return extend_ledger(inner, [update]) if update else inner

    def _derived(self, values: Mapping[str, Any], given: Mapping[str, Any]) -> list[LedgerUpdate]:
        """Read the steps of a graph that writes no ledger out of its messages."""
        messages = list(values.get("messages") or [])
        task = given["messages"][-1].id
        asked = (n for n, item in enumerate(messages, 1) if read_message(item).id == task)
        update, _ = read_new(messages[next(asked, 0) :], prices=self.prices)
        if update is None:
            return []
        steps = [*update.get("before", []), *update["steps"]]
        named: list[Step] = [{**step, "actor": self.specialist.name} for step in steps]
        return [{"steps": named, "unpriced": update.get("unpriced", 0)}]

    def _step(self, task: Mapping[str, Any], came: _Outcome, branch: str) -> Step:
        said = came.text or came.trouble
        return make_step(
            "handoff",
            self.specialist.name,
            actor=task.get("by") or "supervisor",
            branch=branch,
            args={"task": digest(task.get("task") or "")},
            result=digest(said),
            preview=preview(said),
            sketch=sketch(said),
            call_id=task.get("call_id") or "",
            error=came.error,
        )

    def _message(self, task: Mapping[str, Any], came: _Outcome, marks: dict[str, Any]) -> Any:
        text = came.text
        if came.ending not in _WELL or came.error is not None:
            partial = f"\nWhat it has so far: {came.text}" if came.text else ""
            text = f"[{came.ending}] {came.trouble}{partial}"
        if task.get("call_id"):
            return ToolMessage(
                text,
                tool_call_id=task["call_id"],
                name=self.specialist.name,
                status="error" if came.error else "success",
                additional_kwargs=marks,
            )
        kwargs = marks if len(marks) > 1 else {}
        return AIMessage(text, name=self.specialist.name, additional_kwargs=kwargs)


def _last_words(messages: Sequence[Any]) -> str:
    last = last_reply(messages)
    return "" if last is None else read_message(last).text
