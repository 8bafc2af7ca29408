"""Tool calls with effects: recorded before and after, so that no crash makes one twice."""

import asyncio
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp, ParentCommand, is_invalid_resume
from langgraph.types import interrupt

from ..guards.escalation import make_escalation, proposed
from ..guards.facts import ToolSpec
from ..guards.ledger import Call, no_spend
from ..guards.messages import done_item, tool_step
from . import told
from .acting import Act, Failure, Skip, goes_up
from .call_record import CallRecord, Entry, Pause, Save
from .human_answer import HumanAnswer, Settling
from .idempotency import lend_key
from .warning import warn_unrecorded

Scope = Literal["graph", "task"]
"""What the id of a call is unique in: the graph whose tasks the calls are, or the call's task."""


_RECORD = "holdfast_record"  # under which a call's records go through its gates


class _Run(NamedTuple):
    """A wish to make the call."""

    given: Any


class _Taken(NamedTuple):
    """What a recorded call begins with."""

    state: Any
    given: Any
    record: CallRecord | None


class _Ended(NamedTuple):
    """What came of a call, now or before the process died."""

    update: dict[str, Any]


Steps = Generator[Save | Pause | _Run, Any, Any]


@dataclass(frozen=True, slots=True)
class RecordedCalls:
    """What stands around the tool calls of a node, outside and inside of its gates.

    Attributes:
        specs: The tools, by name.
        scope: What the calls' ids are unique in.
    """

    specs: Mapping[str, ToolSpec]
    scope: Scope

    def around(self, act: Act, gates: Callable[[Act], Act]) -> Act:
        """Return the parts of one call's task, recorded.

        A call that has ended is answered from its record. One that began and did not end is not
        made again, but as its tool's facts say. Calls of tools without effects, and of idempotent
        ones, cost nothing.
        """
        gated = gates(_inside(act))

        def prepare(state: Any, config: RunnableConfig) -> Any:
            given = act.prepare(state, config)
            return given if isinstance(given, Skip) else self._taken(state, given, config)

        def call(taken: _Taken, config: RunnableConfig) -> Any:
            if taken.record is None:
                return gated.call(taken.given, config)
            return drive(self._steps(taken, gated), taken.record, gated.call, config)

        async def acall(taken: _Taken, config: RunnableConfig) -> Any:
            if taken.record is None:
                return await gated.acall(taken.given, config)
            return await adrive(self._steps(taken, gated), taken.record, gated.acall, config)

        def finish(state: Any, taken: _Taken, outcome: Any, seconds: float) -> Any:
            if isinstance(outcome, _Ended):
                return outcome.update
            return gated.finish(state, taken.given, outcome, seconds)

        return Act(prepare, call, acall, finish)

    def _taken(self, state: Any, given: Any, config: RunnableConfig) -> _Taken:
        call = Call(**state["call"])
        place = str((config.get("configurable") or {}).get("checkpoint_ns") or "")
        lend_key(config, place if self.scope == "task" else place.rpartition("|")[0], call.id)
        if not self._is_recorded(call):
            return _Taken(state, given, None)
        record = CallRecord.of(config, call.id)
        if record is None:
            warn_unrecorded(call.name, config)
        return _Taken(state, given, record)

    def _is_recorded(self, call: Call) -> bool:
        spec = self.specs.get(call.name)
        return bool(spec and spec.facts.effects and not spec.facts.idempotent)

    def _steps(self, taken: _Taken, gated: Act) -> Steps:
        record = cast("CallRecord", taken.record)
        entries: list[Entry] = yield from record.read()
        n, last = len(entries), entries[-1] if entries else None
        if last and last["state"] == "ended":
            return _Ended(last["update"])
        update = self._ruled(Call(**taken.state["call"])) if _is_unknown(last) else None
        if update is None:
            began = time.monotonic()
            try:
                outcome = yield _Run({**taken.given, _RECORD: (record, n)})
            except (Exception, asyncio.CancelledError) as error:
                if goes_up(error):
                    raise
                outcome = Failure(error)
            update = gated.finish(taken.state, taken.given, outcome, time.monotonic() - began)
        return (yield from _ended(record, n + 1, update))

    def _ruled(self, call: Call) -> dict[str, Any] | None:
        """Return the answer to a call that nobody knows the outcome of; None: make it again."""
        rule = self.specs[call.name].facts.unknown
        if rule == "retry":
            return None
        if rule == "tell":
            return _told(call, told.unknown(call))
        decided = _asked(call).decisions[0]
        if decided.type == "approve":
            return None
        if decided.type == "reject":
            return _told(call, told.unknown(call, decided.message))
        message = told.found_out(call, decided.message)
        step = tool_step(call, message.text)
        return {"messages": [message], "steps": [step], "done": [done_item(call, step)]}


def _inside(act: Act) -> Act:
    """Return the parts of a call's task; that it begins is on disk before it does."""

    def call(given: Any, config: RunnableConfig) -> Any:
        own, (record, n) = _parted(given)
        if record is None:
            return act.call(own, config)
        return drive(_begun(own, record, n), record, act.call, config)

    async def acall(given: Any, config: RunnableConfig) -> Any:
        own, (record, n) = _parted(given)
        if record is None:
            return await act.acall(own, config)
        return await adrive(_begun(own, record, n), record, act.acall, config)

    return Act(act.prepare, call, acall, act.finish)


def _parted(given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[CallRecord | None, int]]:
    """Return what a call is made with, and beside it its records and how many there are."""
    own = dict(given)
    return own, own.pop(_RECORD, (None, 0))


def _begun(given: Any, record: CallRecord, n: int) -> Steps:
    yield from record.write(n, "begun")
    try:
        return (yield _Run(given))
    except Exception as error:
        if _begins_again(error):
            yield from record.write(n + 1, "paused")
        raise


def _begins_again(error: Exception) -> bool:
    """Return whether a tool has stopped to ask, and will be run from its top with the answer."""
    stops = isinstance(error, GraphBubbleUp) and not isinstance(error, ParentCommand)
    return stops or is_invalid_resume(error)


def _ended(record: CallRecord, n: int, update: dict[str, Any]) -> Steps:
    try:
        yield from record.write(n, "ended", update)
    except Exception as error:
        if goes_up(error):
            raise
        # what came of the call matters more; LangGraph's own checkpoint is to hold it next
    return _Ended(update)


def _is_unknown(last: Entry | None) -> bool:
    return last is not None and last["state"] == "begun"


def _told(call: Call, message: Any) -> dict[str, Any]:
    return {"messages": [message], "steps": [tool_step(call, message.text, error="unknown")]}


def _asked(call: Call) -> HumanAnswer:
    """Ask a person what became of a call."""
    question = make_escalation(
        told.ask_unknown(call),
        spent=no_spend(),
        options=("respond", "approve", "reject"),
        guard="crash",
        kind="unknown",
        actions=[proposed(call, told.WHAT_TO_DECIDE)],
    )
    settling = Settling(question, time.time, [call], keeps_time=False)
    return cast("HumanAnswer", interrupt(question, response_schema=settling.schema))


def drive(
    steps: Steps, record: CallRecord, call: Callable[..., Any], config: RunnableConfig
) -> Any:
    """Return what some steps come to."""
    sent: Any = None
    error: BaseException | None = None
    while True:
        try:
            wish = steps.throw(error) if error is not None else steps.send(sent)
        except StopIteration as end:
            return end.value
        sent, error = None, None
        try:
            if isinstance(wish, Pause):
                time.sleep(wish.seconds)
            elif isinstance(wish, Save):
                sent = getattr(record.saver, wish.method)(*wish.args)
            else:
                sent = call(wish.given, config)
        except BaseException as raised:  # noqa: BLE001 - it is raised again, in the steps
            error = raised


async def adrive(
    steps: Steps, record: CallRecord, call: Callable[..., Any], config: RunnableConfig
) -> Any:
    """Return what some steps come to, awaited."""
    sent: Any = None
    error: BaseException | None = None
    while True:
        try:
            wish = steps.throw(error) if error is not None else steps.send(sent)
        except StopIteration as end:
            return end.value
        sent, error = None, None
        try:
            if isinstance(wish, Pause):
                await asyncio.sleep(wish.seconds)
            elif isinstance(wish, Save):
                sent = await getattr(record.saver, f"a{wish.method}")(*wish.args)
            else:
                sent = await call(wish.given, config)
        except BaseException as raised:  # noqa: BLE001 - it is raised again, in the steps
            error = raised
