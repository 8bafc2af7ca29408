"""A stored trace with all that belongs to it, its payloads read when they are asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..store import Event, Ref, Span, Store, StoreError, Trace
from ..store.reading import Reading
from .payloads import Plain, Prompt, prompt_of, replies_of
from .plain import Plain as PlainTrees

LOST = "[lost: the store does not hold it any more]"


@dataclass(frozen=True)
class StoredTrace:
    """A trace out of a store.

    Attributes:
        trace: The trace.
        spans: Its spans, in the order in which they began.
        events: Its events, in order.
        store: Where its payloads are.
    """

    trace: Trace
    spans: Sequence[Span]
    events: Sequence[Event]
    store: Store = field(repr=False)

    @classmethod
    def of(cls, store: Store, trace: Trace | str) -> "StoredTrace":
        """Read a trace, given as such, by its id, a part of it, or as `last`.

        Raises:
            NoSuchTraceError: There is none, or several.
        """
        found = store.trace(trace) if isinstance(trace, str) else trace
        return cls(found, store.spans(found.id), store.events(found.id), store)

    def payload(self, ref: Ref | None) -> Any:
        """Return a payload, plain; None of no reference, and a word of one that was lost."""
        if ref is None:
            return None
        try:
            return self._plain.value(self._reading.tree(ref))
        except StoreError:
            return LOST

    @cached_property
    def _reading(self) -> Reading:
        return self.store.reading()

    @cached_property
    def _plain(self) -> PlainTrees:
        return PlainTrees()

    def prompt(self, span: Span) -> Prompt:
        """Return what went into a model."""
        return prompt_of(self.payload(span.inputs))

    def replies(self, span: Span) -> list[Plain]:
        """Return the messages that came out of a model."""
        return replies_of(self.payload(span.outputs))

    @cached_property
    def children(self) -> Mapping[str | None, Sequence[Span]]:
        """The visible spans by the nearest visible span above them; those at the top under None.

        Not visible is what is hidden, and the runnable of a node's own name inside of the node.
        """
        found: dict[str | None, list[Span]] = {}
        for span in self.spans:
            if not self._is_inner(span):
                found.setdefault(self._above(span), []).append(span)
        return found

    @cached_property
    def call_numbers(self) -> Mapping[str, int]:
        """The numbers of the recorded calls, by their span: what a replay's edits name them by."""
        return {call.span: call.n for call in self.store.calls(self.trace.id) if not call.nested}

    @cached_property
    def tools_by_call(self) -> Mapping[str, list[Span]]:
        """The spans of tools by the id of the call they answer, oldest first."""
        found: dict[str, list[Span]] = {}
        for span in self.spans:
            if span.kind == "tool" and span.call_id:
                found.setdefault(span.call_id, []).append(span)
        return found

    def around(self, span_id: str | None) -> Iterator[Span]:
        """Yield a span and those around it, the nearest first."""
        seen: set[str] = set()
        span = self._known.get(span_id or "")
        while span is not None and span.id not in seen:
            yield span
            seen.add(span.id)
            span = self._known.get(span.parent or "")

    @cached_property
    def _known(self) -> Mapping[str, Span]:
        return {span.id: span for span in self.spans}

    def _is_inner(self, span: Span) -> bool:
        node = self._known.get(span.parent or "")
        wraps = node is not None and node.kind == "node" and node.name == span.name
        return span.hidden or (wraps and span.kind == "chain")

    @cached_property
    def hidden(self) -> int:
        """How many of the spans are not visible."""
        return sum(map(self._is_inner, self.spans))

    def _above(self, span: Span) -> str | None:
        seen = {span.id}
        above = self._known.get(span.parent or "")
        while above is not None and self._is_inner(above) and above.id not in seen:
            seen.add(above.id)
            above = self._known.get(above.parent or "")
        return above.id if above is not None and above.id not in seen else None

    def walk(self) -> Iterator[tuple[Span, int]]:
        """Yield the visible spans and how deep each lies, a span before what is under it."""
        waiting = [(span, 0) for span in reversed(self.children.get(None, ()))]
        while waiting:
            span, depth = waiting.pop()
            yield span, depth
            under = reversed(self.children.get(span.id, ()))
            waiting += [(one, depth + 1) for one in under]

    @cached_property
    def happened(self) -> Mapping[str, Sequence[Event]]:
        """The events by the visible span they happened in; those in none, by the trace's id."""
        found: dict[str, list[Event]] = {}
        resumed = any(event.kind == "answer" and "resume" in event.data for event in self.events)
        for event in self.events:
            if resumed and event.kind == "answer" and "checkpoint" in event.data:
                continue  # the answer again, of the graph that goes on by it
            span = self._known.get(event.span or "")
            place = span.id if span is not None else None
            if span is not None and self._is_inner(span):
                place = self._above(span)
            found.setdefault(place or self.trace.id, []).append(event)
        return found

    def _repr_html_(self) -> str:
        from .picture import page_part  # only who looks

        return page_part(self)

    @property
    def placeless(self) -> Sequence[Event]:
        """What happened in no visible span; the root has what happened in the trace as a whole."""
        has_root = any(span.id == self.trace.id for span in self.children.get(None, ()))
        return () if has_root else self.happened.get(self.trace.id, ())

    @property
    def verdicts(self) -> list[Event]:
        """What guards found while it ran."""
        return [event for event in self.events if event.kind == "verdict"]
