"""What was read of a trace before it is in a store: its spans with their payloads."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..store.model import Event, Span, Status, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A span, with what the store keeps apart from it.

    Attributes:
        span: The span, without references.
        inputs: What went in.
        outputs: What came out.
        events: What happened in it.
        thread: The thread it says it is a part of, or empty.
        ending: What it says the run came to, or empty.
    """

    span: Span
    inputs: Any = None
    outputs: Any = None
    events: Sequence[Event] = ()
    thread: str = ""
    ending: str = ""


@dataclass(frozen=True, slots=True)
class ParsedTrace:
    """A trace and its spans, in the order in which they began."""

    trace: Trace
    spans: Sequence[Parsed] = field(default_factory=list)


def assembled(
    parsed: Iterable[Parsed], *, source: str, metadata: Mapping[str, Any] | None = None
) -> ParsedTrace:
    """Return a trace of its spans: numbered, with parents that are there, sums and an ending.

    A span whose parent is not there stands at the top, and so does one that is its own ancestor;
    of several with one id the last is taken.

    Args:
        parsed: The spans, in any order, at least one.
        source: Where they come from.
        metadata: Of the trace; without it, that of the root.
    """
    newest = {one.span.id: one for one in parsed}
    known = _parents(newest.values())
    ordered = sorted(newest.values(), key=lambda one: _order(one.span, known))
    spans = [_placed(one, seq, known) for seq, one in enumerate(ordered)]
    root = next((one for one in spans if one.span.parent is None), spans[0]).span
    return ParsedTrace(_trace(spans, root, source, metadata), spans)


def _order(span: Span, parents: Mapping[str, str]) -> tuple[int, int, int]:
    """Return what a span is sorted by: of what began at one time, the outer before the inner."""
    depth, above = 0, parents.get(span.id)
    while above is not None:
        depth, above = depth + 1, parents.get(above)
    return span.start, depth, span.seq


def _parents(parsed: Collection[Parsed]) -> dict[str, str]:
    """Return the parent of each span that has one, without circles."""
    ids = {one.span.id for one in parsed}
    parents = {s.id: s.parent for one in parsed if (s := one.span).parent in ids and s.parent}
    for child in list(parents):
        seen, above = {child}, parents.get(child)
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above is not None:
            del parents[child]
    return parents


def _placed(one: Parsed, seq: int, parents: Mapping[str, str]) -> Parsed:
    span = replace(one.span, seq=seq, parent=parents.get(one.span.id))
    return replace(one, span=span)


def _trace(
    spans: Sequence[Parsed], root: Span, source: str, metadata: Mapping[str, Any] | None
) -> Trace:
    usages = [one.span.usage for one in spans if one.span.kind == "model"]
    metadata = root.metadata if metadata is None else metadata
    return Trace(
        id=root.trace,
        name=root.name,
        start=min(one.span.start for one in spans),
        end=_end(spans, root),
        thread=next((one.thread for one in spans if one.thread), ""),
        status=_status(spans, root),
        ending=next((one.ending for one in spans if one.ending and one.span is root), ""),
        error=root.error,
        source=source,
        tokens_in=sum(usage.tokens_in for usage in usages),
        tokens_out=sum(usage.tokens_out for usage in usages),
        usd=sum(usage.usd for usage in usages),
        spans=len(spans),
        tags=root.tags,
        metadata=metadata,
    )


def _end(spans: Sequence[Parsed], root: Span) -> int | None:
    if root.parent is None and root.id == root.trace:
        return root.end
    return max((one.span.end for one in spans if one.span.end is not None), default=None)


def _status(spans: Sequence[Parsed], root: Span) -> Status:
    """Return how the root stands; of spans without one, the worst that was said."""
    tops = [one.span.status for one in spans if one.span.parent is None] or [root.status]
    worst: tuple[Status, ...] = ("error", "interrupt", "cancelled", "running")
    return next((status for status in worst if status in tops), "ok")
