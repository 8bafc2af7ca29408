"""What LangGraph, Holdfast's nodes and users' nodes tell of a run beside its calls."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple
from uuid import UUID

from langgraph.callbacks import GraphCallbackHandler, GraphInterruptEvent, GraphResumeEvent

from ..store.facts import PASSED, WAITS_AT, WENT_ON_FROM
from .happenings import happening_of
from .journal import Journal
from .quietly import quietly
from .tracking import Tracking, node_of

_GUARDS: Final = 64  # guards of one node that are counted


class _Passed(NamedTuple):
    """A guard that passed: its name, what it judged, and its own measure."""

    guard: str
    what: str
    score: float | None


class GraphListener(GraphCallbackHandler):
    """Hears what is no call: interrupts and resumes, passing guards, custom events."""

    tracking: Tracking
    journal: Journal

    @quietly
    def on_custom_event(self, name: str, data: Any, *, run_id: UUID, **told: Any) -> None:
        """Note what a node says of itself."""
        span = self.tracking.find(run_id)
        if span and self.tracking.happened(span, happening_of(name, data)):
            self.journal.flush()

    @quietly
    def on_guards_passed(self, run_id: UUID, passed: Iterable[tuple[str, str, Any]]) -> None:
        """Count the guards that had nothing to object to, on the span of the node they judged in.

        Holdfast's nodes say it to handlers that have this method: no row, and no event in the
        streams of whoever runs the graph, for what goes well.
        """
        found = self.tracking.find(run_id)
        if (span := node_of(found) or found) is None:
            return
        counts = dict(span.metadata.get(PASSED) or ())
        for guard, what, score in map(_Passed._make, passed):
            name = self.tracking.store.clean_text(guard)
            known = counts.get(name)
            if known is None and len(counts) >= _GUARDS:
                continue
            known = {**(known or {})}
            known[what] = known.get(what, 0) + 1
            if score is not None:
                known["score"] = round(float(score), 4)
            counts[name] = known
        span.metadata = {**span.metadata, PASSED: counts}  # the writer may be reading the old one

    @quietly
    def on_interrupt(self, event: GraphInterruptEvent) -> None:
        """Note that a graph waits for a person, and at which checkpoint."""
        if span := self.tracking.find(event.run_id):
            span.trace.status = "interrupt"
            at = checkpoint_of(event)
            span.metadata = {**span.metadata, WAITS_AT: at}
            if not event.interrupts:  # a breakpoint: there is no question that would say it
                self.tracking.event(span, "interrupt", span.name, at)

    @quietly
    def on_resume(self, event: GraphResumeEvent) -> None:
        """Note that a graph goes on, and from which checkpoint."""
        if span := self.tracking.find(event.run_id):
            span.metadata = {**span.metadata, WENT_ON_FROM: checkpoint_of(event)}


def checkpoint_of(event: GraphInterruptEvent | GraphResumeEvent) -> dict[str, str]:
    """Return at which checkpoint a graph waits or goes on."""
    return {"checkpoint": event.checkpoint_id, "namespace": "|".join(event.checkpoint_ns)}
