"""Settle what the runs of one trace are to each other: nodes, graphs, and verdicts on runs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..store.model import Event, SpanKind
from .parsed import Parsed


def settled(parsed: Sequence[Parsed]) -> list[Parsed]:
    """Return the spans of a trace as a recorder would have told them.

    A run inside of a node that has the node's name is the runnable of that node; what has nodes
    is a graph; a run that only tells of a verdict is an event of the run that it judges.
    """
    known = {one.span.id: one for one in parsed}
    nodes = {one.span.id for one in parsed if _is_node(one, known)}
    graphs = {one.span.parent for one in parsed if one.span.id in nodes}
    told: dict[str, list[Event]] = {}
    for one in parsed:
        if _is_verdict(one, known):
            told.setdefault(one.span.parent or "", []).extend(one.events)
    return [
        _with_events(_as(one, _kind(one, nodes, graphs)), told.get(one.span.id, ()))
        for one in parsed
        if not _is_verdict(one, known)
    ]


def _is_node(one: Parsed, known: Mapping[str, Parsed]) -> bool:
    if one.span.kind != "node":
        return False
    above = known.get(one.span.parent or "")
    return above is None or (above.span.kind, above.span.name) != ("node", one.span.name)


def _kind(one: Parsed, nodes: set[str], graphs: set[str | None]) -> SpanKind:
    kind = one.span.kind
    if kind == "node" and one.span.id not in nodes:
        kind = "chain"
    return "graph" if kind == "chain" and one.span.id in graphs else kind


def _as(one: Parsed, kind: SpanKind) -> Parsed:
    return one if one.span.kind == kind else replace(one, span=replace(one.span, kind=kind))


def _is_verdict(one: Parsed, known: Mapping[str, Parsed]) -> bool:
    span = one.span
    instant = span.end == span.start
    return span.kind == "guard" and instant and len(one.events) == 1 and span.parent in known


def _with_events(one: Parsed, events: Sequence[Event]) -> Parsed:
    if not events:
        return one
    return replace(one, events=[*one.events, *(replace(e, span=one.span.id) for e in events)])
