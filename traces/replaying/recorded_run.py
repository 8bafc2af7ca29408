"""A recorded invocation, as a replay needs it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...guards.digest import preview
from ...guards.errors import HoldfastError
from ..store.model import Event, RecordedCall, Span, Trace
from .answer import Answer
from .digests import known
from .place import path_text, without_tasks
from .requested import Requested
from .surroundings import SURROUNDINGS
from .watch import Question, Visit

if TYPE_CHECKING:
    from ..store import Store

_OWN = ("recorded", "replayed")  # sources of traces that hold calls


class ReplayError(HoldfastError, ValueError):
    """A run cannot be replayed: it says what is missing, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """One recorded invocation of a graph.

    Attributes:
        trace: What is known of it.
        given: What the graph was given: an input, a `Command`, or None to go on.
        output: What it returned; None where it did not end.
        answers: Its calls.
        visits: The nodes that ran, in the order they began.
        questions: The interrupts that were asked, in order.
        configurable: The plain values of its config's `configurable`.
        context: The context it was given, as a JSON tree that `decode` reads, or None.
    """

    trace: Trace
    given: Any
    output: Any
    answers: Sequence[Answer]
    visits: Sequence[Visit] = ()
    questions: Sequence[Question] = ()
    configurable: Mapping[str, Any] = field(default_factory=dict)
    context: Any = None


def recorded_thread(store: "Store", run: str) -> list[RecordedRun]:
    """Return a run with the earlier ones of its thread, oldest first.

    Args:
        store: Where they are.
        run: Id of the run, a part of it, `last` or `last-failed`.

    Raises:
        NoSuchTraceError: There is no such run.
        ReplayError: Its thread began before it was recorded, or it was imported without calls.
    """
    last = store.trace(run)
    earlier = store.traces(thread=last.thread) if last.thread else ()
    before = [each for each in earlier if each.start < last.start and each.id != last.id]
    before = [each for each in before if each.source == "recorded"]
    runs = sorted([*before, last], key=lambda each: each.start)
    requested = Requested(store.reading().tree)
    return [_run_of(store, each, requested) for each in runs]


def _run_of(store: "Store", trace: Trace, requested: Requested) -> RecordedRun:
    calls = store.calls(trace.id)
    if trace.source not in _OWN and not calls:
        raise ReplayError(
            f"run {trace.id} was imported ({preview(trace.source, 40)}): it holds no calls that "
            "can be answered; replay runs that holdfast.traces.record has recorded"
        )
    spans = store.spans(trace.id)
    root = next((span for span in spans if span.id == trace.id), None)
    if root is None or root.inputs is None:
        raise ReplayError(
            f"run {trace.id}: its input was not recorded: record it with holdfast.traces.record"
        )
    if _is_cut(store, root.inputs):
        raise ReplayError(
            f"run {trace.id}: its input was too large to be recorded whole: record it with a "
            "higher longest_text or largest_payload"
        )
    answers = [_answer_of(store, call, requested) for call in known(store, calls, requested)]
    around = _around(answers)
    return RecordedRun(
        trace=trace,
        given=store.decode(root.inputs),
        output=None if root.outputs is None else store.decode(root.outputs),
        answers=answers,
        visits=[_visit(span) for span in spans if span.kind == "node"],
        questions=_questions(store.events(trace.id), spans),
        configurable=around.get("configurable") or {},
        context=around.get("context"),
    )


def _answer_of(store: "Store", call: RecordedCall, requested: Requested) -> Answer:
    return Answer(
        call=call,
        asked=lambda: requested.of(call.request),
        outcome=lambda: store.decode(call.outcome),
        is_cut=lambda: _is_cut(store, call.outcome),
    )


def _is_cut(store: "Store", ref: str) -> bool:
    reading = store.reading()
    reading.tree(ref)
    return reading.is_cut


def _questions(events: Sequence[Event], spans: Sequence[Span]) -> list[Question]:
    by_id = {span.id: span for span in spans}
    asked = [(by_id.get(event.span or ""), event) for event in events if event.kind == "interrupt"]
    return [
        Question(str(event.data["id"]), span.namespace, path_text(json.loads(span.path)))
        for span, event in asked
        if span is not None and event.data.get("id") and span.path
    ]


def _visit(span: Span) -> Visit:
    return Visit(span.step or 0, span.node or span.name, without_tasks(span.namespace))


def _around(answers: Sequence[Answer]) -> Mapping[str, Any]:
    for answer in answers:
        if answer.call.key.name == SURROUNDINGS:
            found: Mapping[str, Any] = answer.outcome()["value"]
            return found
    return {}
