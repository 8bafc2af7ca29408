"""A specialist as a node of its team's graph: an explicit way in, and only what is new out."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.runnables import Runnable, RunnableConfig

from ..guards.breaker import Breaker
from ..guards.channel import LedgerState, LedgerUpdate, spend_since
from ..guards.digest import digest, preview, sketch
from ..guards.failure import classify_error
from ..guards.guard import Guard, Policy
from ..guards.ledger import ErrorClass, Step, make_step, no_spend
from ..guards.message import MARK, read_message
from ..guards.messages import read_new
from ..guards.prices import Prices
from .acting import Act, Failure, acting_node, is_langgraphs
from .breakers import Breakers
from .brief import brief
from .holdings import Holdings
from .human import cause_of
from .judging import Clock, Judges
from .reading import read
from .result import adapter_of, read_result
from .specialist import Specialist
from .specialist_graph import specialist_graph

_WELL = (None, "completed")


def specialist_node(
    specialist: Specialist,
    schema: type,
    *,
    guards: Sequence[Guard] = (),
    policy: Policy | None = None,
    returns: Any = None,
    human: bool = True,
    clock: Clock = time.time,
    holdings: Holdings | None = None,
    breakers: Breakers | Iterable[Breaker] = (),
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
        clock: Unix time in seconds.
        holdings: What the graph's calls hold of the budgets; None: a table of its own.
        breakers: Circuit breakers of what its tools need.
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
            clock=clock,
            holdings=holdings,
            breakers=breakers,
        ).compile()
    desk = _Desk(specialist, returns, Judges.of(guards, policy).prices)

    act = Act(
        partial(brief, specialist, returns),
        partial(_run, inner),
        partial(_arun, inner),
        desk.finish,
        inside=inner,
    )
    return acting_node(specialist.name, schema, act)


def _run(inner: Any, given: Any, config: RunnableConfig) -> tuple[Any, BaseException | None]:
    """Run a subgraph; return the last state it reached, and what it raised."""
    last: dict[str, Any] = {}
    try:
        for values in inner.stream(given, config, stream_mode="values"):
            last = values
    except Exception as error:
        if is_langgraphs(error):
            raise
        return last, error  # what was spent until then goes up with it
    return last, None


async def _arun(inner: Any, given: Any, config: RunnableConfig) -> tuple[Any, BaseException | None]:
    last: dict[str, Any] = {}
    try:
        async for values in inner.astream(given, config, stream_mode="values"):
            last = values
    except (Exception, asyncio.CancelledError) as error:
        if is_langgraphs(error):
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


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where a task comes in, and what is new goes out."""

    specialist: Specialist
    returns: Any
    prices: Prices | None

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
            "messages": [self._message(task, came)],
            "handoff": None,
        }
        if not self.specialist.is_graph:
            old = given["verdicts"]
            update["verdicts"] = [v for v in values.get("verdicts") or () if v not in old]
        if self.specialist.into and came.ending in _WELL and came.error is None:
            update[self.specialist.into] = came.value
        if came.ending in ("aborted", "escalated"):
            update["ending"] = came.ending
        return update

    def _outcome(self, values: Mapping[str, Any], error: BaseException | None) -> _Outcome:
        text = _last_words(values.get("messages") or [])
        if error is not None:
            name = type(error).__name__
            trouble = f"{self.specialist.name!r} failed ({name})"
            return _Outcome("failed", text, None, trouble, classify_error(error))
        ending = values.get("ending")
        if not self.specialist.is_graph:
            failed: ErrorClass | None = None if ending in _WELL else "dependency"
            cause = None if ending in _WELL else cause_of(values)
            trouble = values.get("trouble") or (cause["reason"] if cause else "")
            return _Outcome(ending, text, values.get("result"), trouble, failed)
        return self._graph_outcome(values, text, ending)

    def _graph_outcome(self, values: Mapping[str, Any], text: str, ending: str | None) -> _Outcome:
        given = values.get("structured_response")
        if given is not None and self.returns is not None:
            plain = adapter_of(self.returns).dump_python(given, mode="json", warnings=False)
            return _Outcome(ending, text, plain, "", None)
        reading = read_result(text, self.returns)
        if reading.fault is not None:
            trouble = f"{self.specialist.name!r} gave no readable result: {reading.fault}"
            return _Outcome("unrepaired", text, None, trouble, "dependency")
        return _Outcome(ending, text, reading.value, "", None)

    def _news(
        self, values: Mapping[str, Any], state: Any, given: Mapping[str, Any]
    ) -> list[LedgerUpdate]:
        inner: LedgerState = values.get("ledger") or LedgerState()
        if self.specialist.is_graph and not inner:
            return self._derived(values, given)
        seed = LedgerState()
        if not self.specialist.is_graph:
            seed = read(state, "ledger") or seed
        before = seed.get("n", 0)
        steps = [step for step in inner.get("recent", ()) if step["n"] > before]
        spent = spend_since(inner.get("thread") or no_spend(), seed.get("thread") or no_spend())
        old = seed.get("done") or {}
        done = [item for key, item in (inner.get("done") or {}).items() if key not in old]
        granted = inner.get("granted") or {}
        known = seed.get("granted") or {}
        grant = {name: part - known.get(name, 0) for name, part in granted.items()}
        new: LedgerUpdate = {"steps": steps, "spent": spent, "done": done}
        return [{**new, "grant": {name: part for name, part in grant.items() if part}}]

    def _derived(self, values: Mapping[str, Any], given: Mapping[str, Any]) -> list[LedgerUpdate]:
        """Read the steps of a graph that writes no ledger out of its messages."""
        messages = list(values.get("messages") or [])[len(given["messages"]) :]
        update, _ = read_new(messages, prices=self.prices)
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

    def _message(self, task: Mapping[str, Any], came: _Outcome) -> Any:
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
                additional_kwargs={MARK: "ran"},
            )
        return AIMessage(text, name=self.specialist.name)


def _last_words(messages: Sequence[Any]) -> str:
    for item in reversed(messages):
        message = read_message(item)
        if message.role == "assistant" and message.text.strip():
            return message.text
    return ""
