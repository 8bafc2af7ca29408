"""Which traces and spans are open, and what becomes of them."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from ...guards.escalation import is_escalation
from ..store.model import Event, EventKind, SpanKind
from ..store.store import Store
from .earlier import Earlier
from .happenings import Happening, happenings_in, may_tell
from .journal import Journal
from .live import LiveSpan, LiveTrace
from .place import REPLAY_OF, STANDARD, own_tags, place_of, tagged
from .stopping import Stop, stop_of
from .versions import versions

_PLACES = 10_000  # of which it is known that they hold nothing that must go
_ROUTER = "RunnableCallable"  # what LangGraph calls it
_CALLS = ("model", "tool", "retriever")
_ERROR_SHOWN = 2_000  # characters


class Tracking:
    """The open spans of a recorder, by run id. Safe to share between threads."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self.store = store
        self.journal = journal
        self.is_raw_thread: Callable[[], bool] = lambda: False
        self.on_end: Callable[[str], None] = lambda trace: None
        self._open: dict[UUID, LiveSpan] = {}
        self._traces: dict[str, LiveTrace] = {}
        self._clean: set[tuple[Any, ...]] = set()
        journal.running = self._running
        self._earlier = Earlier(store)

    def find(self, run_id: UUID | None) -> LiveSpan | None:
        """Return the open span of a run id, or None."""
        return self._open.get(run_id) if run_id else None

    def _running(self) -> list[LiveSpan]:
        """Return the open spans."""
        return list(self._open.values())

    def open_in(self, trace: str) -> list[LiveSpan]:
        """Return the open spans of a trace."""
        return [span for span in list(self._open.values()) if span.trace.id == trace]

    def begin(
        self,
        run_id: UUID,
        parent_run_id: UUID | None,
        kind: SpanKind,
        name: str,
        tags: Sequence[str] | None,
        metadata: Mapping[str, Any] | None,
    ) -> LiveSpan:
        """Open a span; whoever asked queues it when its inputs are known."""
        now = time.time_ns()
        parent = self._open.get(parent_run_id) if parent_run_id else self._adopter(kind)
        trace = parent.trace if parent else self._begin_trace(str(run_id), name, now)
        span = LiveSpan(run_id, trace, parent, kind, self.store.clean_text(name), now)
        if parent is None:
            self._describe(trace, span, tags, metadata)
        elif name == _ROUTER and parent.kind == "node":
            span.place, span.hidden = parent.place, True
        else:
            self._place(span, parent, tags, metadata)
        self._open[run_id] = span
        return span

    def ended(self, span: LiveSpan, run_id: UUID, outputs: Any = None) -> None:
        """Close a span that went well; what a node's output says happened becomes events."""
        urgent = False
        if span.kind == "node" and may_tell(outputs):
            for happening in happenings_in(outputs):
                urgent = self.happened(span, happening) or urgent
        if span.status == "running":
            span.status = "ok"
        self._close(span, run_id)
        if span.parent is None:
            self._end_trace(span, outputs)
        elif urgent:
            self.journal.flush()

    def failed(self, span: LiveSpan, run_id: UUID, error: BaseException) -> None:
        """Close a span that raised; an interrupt and a jump to a parent graph are no errors."""
        stop = stop_of(error)
        span.status = stop.status
        if stop.status in ("error", "cancelled"):
            span.error_type = type(error).__name__
            span.error = self.store.clean_text(_said_by(error))[:_ERROR_SHOWN]
        self._interrupted(span, stop)
        self._close(span, run_id)
        if span.parent is None:
            self._end_trace(span, None)
        elif stop.status != "ok":
            self.journal.flush()

    def event(self, span: LiveSpan, kind: EventKind, name: str, data: Mapping[str, Any]) -> None:
        """Queue an event that happened in a span."""
        event = Event(
            trace=span.trace.id,
            seq=next(span.trace.events),
            time=time.time_ns(),
            kind=kind,
            name=self.store.clean_text(name),
            span=span.id,
            data=self.store.clean(data),
        )
        self.journal.add(event)

    def happened(self, span: LiveSpan, happening: Happening) -> bool:
        """Queue what happened, once; tell whether it must be written at once."""
        mark = happening.mark
        if span.told is not None and mark in span.told:
            return False
        if span.holds_graph and self._earlier.has(span.trace, happening):
            return False
        above: LiveSpan | None = span
        while above is not None:
            if above.kind == "node":
                above.told = {mark} if above.told is None else above.told | {mark}
            above = above.parent
        self.event(span, happening.kind, happening.name, happening.data)
        return happening.is_urgent

    def _adopter(self, kind: SpanKind) -> LiveSpan | None:
        """Return the root for a call out of a thread that knows no run, where only one is open."""
        if kind not in _CALLS or len(self._traces) != 1 or not self.is_raw_thread():
            return None
        return next((trace.root for trace in list(self._traces.values())), None)

    def _begin_trace(self, id: str, name: str, now: int) -> LiveTrace:  # noqa: A002 - its name
        trace = LiveTrace(id, self.store.clean_text(name), now)
        self._traces[id] = trace
        return trace

    def _describe(
        self,
        trace: LiveTrace,
        root: LiveSpan,
        tags: Sequence[str] | None,
        metadata: Mapping[str, Any] | None,
    ) -> None:
        """Say of a trace and its root what the user says of the run."""
        found = metadata or {}
        if found.get("ls_integration") == "langgraph":
            root.kind = "graph"
        trace.root = root
        trace.thread = self.store.clean_text(str(found.get("thread_id") or ""))
        trace.replay_of = self.store.clean_text(str(found.get(REPLAY_OF) or ""))
        trace.given = found
        own = {key: value for key, value in found.items() if key not in STANDARD}
        trace.metadata = {**self.store.clean(own), "versions": versions()}
        trace.tags = root.tags = tuple(map(self.store.clean_text, own_tags(tags)))
        root.metadata = {}
        self.journal.add(trace)

    def _place(
        self,
        span: LiveSpan,
        parent: LiveSpan,
        tags: Sequence[str] | None,
        metadata: Mapping[str, Any] | None,
    ) -> None:
        """Say where in the graph a span is, and which attempt it is."""
        span.place = place_of(metadata, parent.place)
        if span.place is not parent.place and span.place[:1] + span.place[2:4] not in self._clean:
            self._clean_place(span)
        told = tagged(tags)
        span.hidden = told.hidden[span.kind == "chain" and parent.kind == "node"]
        if span.kind == "chain" and told.is_node:
            self._make_node(span, parent)
        if told.attempt:
            span.attempt = told.attempt
        if told.own and told.own != parent.trace.tags:
            span.tags = tuple(map(self.store.clean_text, told.own))
        if metadata and (own := metadata.keys() - STANDARD):
            given = parent.trace.given
            new = {
                key: metadata[key]
                for key in sorted(own)
                if given.get(key) is not metadata[key] and given.get(key) != metadata[key]
            }
            if new:
                span.metadata = self.store.clean(new)

    def _clean_place(self, span: LiveSpan) -> None:
        """Redact the names that people give to nodes; the same ones come with every step."""
        found = span.place.cleaned(self.store.clean_text)
        if found is span.place and len(self._clean) < _PLACES:
            self._clean.add(found[:1] + found[2:4])
        span.place = found

    def _make_node(self, span: LiveSpan, parent: LiveSpan) -> None:
        span.kind = "node"
        if parent.kind == "chain":  # what has nodes is a graph
            parent.kind = "graph"
            parent.shown = False
            if (around := node_of(parent)) is not None:
                around.holds_graph = True
        task = span.place.task
        if not task:
            return
        attempts = span.trace.attempts
        span.attempt = attempts[task] = attempts.get(task, 0) + 1
        if span.attempt > 1:
            self.event(span, "retry", span.name, {"attempt": span.attempt})

    def _interrupted(self, span: LiveSpan, stop: Stop) -> None:
        """Queue an interrupt's questions, each once, where they were asked first."""
        for interrupt in stop.interrupts:
            mark = f"interrupt:{getattr(interrupt, 'id', id(interrupt))}"
            if mark in span.trace.seen:
                continue
            span.trace.seen.add(mark)
            value = getattr(interrupt, "value", interrupt)
            data = {"id": getattr(interrupt, "id", ""), "value": value}
            self.event(span, "interrupt", span.place.node or span.name, data)
            if is_escalation(value):
                self.event(span, "escalation", str(value.get("guard") or span.name), value)
        if stop.interrupts:
            span.trace.status = "interrupt"

    def _close(self, span: LiveSpan, run_id: UUID) -> None:
        span.end = max(time.time_ns(), span.start)
        self._open.pop(run_id, None)
        self.journal.add(span)

    def _end_trace(self, root: LiveSpan, outputs: Any) -> None:
        trace = root.trace
        self._traces.pop(trace.id, None)
        self._earlier.forget(trace)
        trace.end = root.end
        trace.error = f"{root.error_type}: {root.error}" if root.error_type else ""
        if root.status != "ok":
            trace.status = root.status
        elif trace.status == "interrupt":
            root.status = "interrupt"
        else:
            trace.status = "ok"
        ending = outputs.get("ending") if isinstance(outputs, Mapping) else None
        trace.ending = self.store.clean_text(ending) if isinstance(ending, str) else ""
        self.journal.add(trace)
        self.journal.flush()
        self.on_end(trace.id)


def is_router(span: LiveSpan) -> bool:
    """Tell whether a span is LangGraph's own call of what chooses the next node."""
    return span.hidden and span.name == _ROUTER


def node_of(span: LiveSpan | None) -> LiveSpan | None:
    """Return the node that a span is or is in, or None."""
    while span is not None and span.kind != "node":
        span = span.parent
    return span


def _said_by(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error that cannot say what it is must not hide itself
        return ""
