"""The spans of a trace as other tools are to see them: nothing hidden, every parent there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..store import Span, Trace
from .shifts import Shift


@dataclass(frozen=True, slots=True)
class Visible:
    """A span that is exported.

    Attributes:
        span: The span as it was recorded.
        parent: The nearest span above it that is exported, or None for the root.
        start: When it began, moved, and no earlier than its parent.
        end: When it ended, moved, and no earlier than it began; or None.
    """

    span: Span
    parent: "Visible | None"
    start: int
    end: int | None

    def within(self, time: int) -> int:
        """Return a time that is moved already, held between its beginning and its end."""
        held = max(time, self.start)
        return held if self.end is None else min(held, self.end)


def visible_spans(trace: Trace, spans: Sequence[Span], shift: Shift | None = None) -> list[Visible]:
    """Return what is exported of a trace, parents before their children.

    What is hidden is left out and its children hang from what it hung from. A span whose parent
    is missing, which a killed process or a torn file leaves, hangs from the root; so does one
    that stands above itself. A trace whose root is missing gets one.
    """
    shift = shift or Shift()
    known = {span.id: span for span in spans}
    root = known.get(trace.id) or _root_of(trace)
    made = {root.id: _placed(replace(root, parent=None), None, shift)}
    for span in sorted(spans, key=lambda span: span.seq):
        _make(span, known, made, shift)
    return list(made.values())


def place_of(visible: Sequence[Visible], spans: Sequence[Span]) -> Callable[[str], str]:
    """Return what says, for the id of a span, which visible span it is or is in: its id."""
    shown = {each.span.id for each in visible}
    above = {span.id: span.parent or "" for span in spans}

    def place(span: str) -> str:
        seen: set[str] = set()
        while span not in shown:
            if span in seen or span not in above:
                return visible[0].span.id
            seen.add(span)
            span = above[span]
        return span

    return place


def _make(span: Span, known: Mapping[str, Span], made: dict[str, Visible], shift: Shift) -> None:
    """Place a span and, before it, what stands above it; a hidden one stands for its parent."""
    root, waiting, at = next(iter(made.values())), [], span
    seen = set()
    while at.id not in made and at.id not in seen:
        seen.add(at.id)
        if not at.hidden:
            waiting.append(at)
        above = known.get(at.parent or "")
        if above is None:
            break
        at = above
    parent = made.get(at.id, root)
    for each in reversed(waiting):
        parent = made[each.id] = _placed(each, parent, shift)


def _placed(span: Span, parent: Visible | None, shift: Shift) -> Visible:
    start = shift.at(span.start)
    if parent is not None:
        start = max(start, parent.start)
    end = None if span.end is None else max(shift.at(span.end), start)
    return Visible(span, parent, start, end)


def _root_of(trace: Trace) -> Span:
    return Span(
        id=trace.id,
        trace=trace.id,
        seq=0,
        kind="graph",
        name=trace.name,
        start=trace.start,
        end=trace.end,
        status=trace.status,
        error=trace.error,
        tags=trace.tags,
        metadata=trace.metadata,
    )
