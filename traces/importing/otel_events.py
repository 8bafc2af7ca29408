"""Read what happened in OpenTelemetry spans: verdicts of guards and evaluators, and the rest."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from ...guards.verdict import Verdict
from .. import semantic_names as names
from ..store.model import Event, EventKind, Span
from . import otel_names as known
from .otel_attributes import first, structure
from .otel_messages import Happening
from .verdicts import evaluation, verdict_event, verdict_events, verdict_of

_KINDS = get_args(EventKind)


def events_of(span: Span, happened: Iterable[Happening], outputs: Any) -> Iterator[Event]:
    """Yield what happened in a span, and what a guard's span tells of itself."""
    if span.kind == "guard":
        yield from verdict_events(span, structure(outputs))
    for event in happened:
        kind = event.name.removeprefix(names.OWN)
        if event.name == names.EVALUATION:
            yield verdict_event(span, _verdict(event.held), event.time or None)
        elif event.name.startswith(names.OWN) and kind in _KINDS:
            yield _event(span, kind, event)


def _event(span: Span, kind: Any, event: Happening) -> Event:
    data = {key.removeprefix(names.OWN): structure(value) for key, value in event.held.items()}
    name = str(data.pop("name", ""))
    time = event.time or span.start
    return Event(trace=span.trace, span=span.id, seq=0, time=time, kind=kind, name=name, data=data)


def _verdict(held: Mapping[str, Any]) -> Verdict:
    said = {
        key.removeprefix(prefix): value
        for prefix in reversed(known.EVALUATION_PREFIXES)
        for key, value in held.items()
        if key.startswith(prefix)
    }
    name = str(said.get("name") or "evaluation")
    label = first(said, ("score.label", "label"))
    own = {
        key.removeprefix(names.OWN_GUARD): structure(value)
        for key, value in held.items()
        if key.startswith(names.OWN_GUARD)
    }
    reason = said.get("explanation")
    if own and (found := verdict_of({**own, "guard": name, "outcome": label, "reason": reason})):
        return found
    return evaluation(name, first(said, ("score.value", "score")), label, reason)
