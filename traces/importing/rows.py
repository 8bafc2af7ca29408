"""Make the rows of a store of what was read: payloads put, texts redacted, events numbered."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..store import Event, Ref, Span, Store, Trace
from .objects import with_objects
from .parsed import Parsed, ParsedTrace


def written(parsed: ParsedTrace, store: Store) -> list[Trace | Span | Event]:
    """Return the rows of a trace; their payloads are put into the store, and written with them."""
    spans = [_span(one, store) for one in parsed.spans]
    events = sorted((event for one in parsed.spans for event in one.events), key=lambda e: e.time)
    return [_trace(parsed.trace, store), *spans, *_events(events, store)]


def _trace(trace: Trace, store: Store) -> Trace:
    text = store.redaction.text
    return replace(
        trace,
        name=text(trace.name),
        thread=text(trace.thread),
        error=text(trace.error),
        tags=tuple(map(text, trace.tags)),
        metadata=_redacted(trace.metadata, store),
    )


def _span(one: Parsed, store: Store) -> Span:
    span, text = one.span, store.redaction.text
    return replace(
        span,
        name=text(span.name),
        node=text(span.node),
        error=text(span.error),
        model=text(span.model),
        provider=text(span.provider),
        tags=tuple(map(text, span.tags)),
        metadata=_redacted(span.metadata, store),
        inputs=_put(one.inputs, store),
        outputs=_put(one.outputs, store),
    )


def _events(events: list[Event], store: Store) -> Iterator[Event]:
    for seq, event in enumerate(events):
        name = store.redaction.text(event.name)
        yield replace(event, seq=seq, name=name, data=_redacted(event.data, store))


def _redacted(data: Mapping[str, Any], store: Store) -> Mapping[str, Any]:
    made: Mapping[str, Any] = store.redaction.tree(dict(data))
    return made


def _put(payload: Any, store: Store) -> Ref | None:
    return None if payload is None else store.put(with_objects(payload))
