"""A stored trace as it is looked at: each visible span in its place, with what it says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ...guards.digest import preview
from ...guards.message import text_of
from ..store import Event, Span, Status, Trace
from .call_texts import CALLED, error_text, result_text, text_of_value, thought_in
from .evidence import Evidence
from .facts import facts_data
from .stored_trace import StoredTrace
from .told import is_shown

SECOND = 1_000_000_000
YEAR_2000 = 946_684_800 * SECOND
"""Times before are those of imported messages that say none: only their order means something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A span as it is shown.

    Attributes:
        span: The span.
        depth: How deep it lies, from 0.
        messages: Messages in a model's prompt.
        characters: Characters of their texts.
        events: What else happened in it and has a line.
        verdicts: What guards found in it, with the calls they rest on.
        steps: What it added to the ledger.
        call: Number of the recorded call, which `replay` takes; None of what has none.
        said: What a call was asked, where that is short, and what came back, a line each.
    """

    span: Span
    depth: int
    messages: int = 0
    characters: int = 0
    events: Sequence[Event] = ()
    verdicts: Sequence[Event] = ()
    steps: Sequence[Event] = ()
    call: int | None = None
    said: Sequence[str] = ()

    @property
    def super_step(self) -> int | None:
        """The super-step that replays count, of a node of the outermost graph; None of all else."""
        span = self.span
        is_outermost = span.kind == "node" and span.namespace and "|" not in span.namespace
        return span.step if is_outermost else None

    def data(self) -> dict[str, Any]:
        """Return the span as plain data: times in seconds, tokens, USD."""
        span = self.span
        return {
            "id": span.id,
            "parent": span.parent,
            "depth": self.depth,
            "kind": span.kind,
            "name": span.name,
            "node": span.node,
            "step": span.step,
            "namespace": span.namespace,
            "attempt": span.attempt,
            "status": span.status,
            "error_type": span.error_type,
            "error": span.error,
            "start": iso(span.start),
            "seconds": seconds(span.start, span.end),
            "first_token_seconds": seconds(span.start, span.first_token),
            "model": span.model,
            "provider": span.provider,
            "messages": self.messages,
            "characters": self.characters,
            **span.usage._asdict(),
            "call_id": span.call_id,
            "call": self.call,
            "verdicts": [dict(event.data) for event in self.verdicts],
            "events": [_event(event) for event in self.events if event.kind != "step"],
            "steps": [dict(event.data) for event in self.steps],
            **facts_data(span),
        }


def _event(event: Event) -> dict[str, Any]:
    return {"kind": event.kind, "name": event.name, "data": dict(event.data)}


_LINE = 160  # characters of what was asked, and of what came back


def seen_spans(stored: StoredTrace) -> Iterator[Seen]:
    """Yield the visible spans of a trace as they are shown, a span before what is under it."""
    evidence = Evidence(stored)
    for span, depth in stored.walk():
        happened = stored.happened.get(span.id, ())
        sized = _sized(stored, span) if span.kind == "model" else (0, 0)
        yield Seen(
            span=span,
            depth=depth,
            messages=sized[0],
            characters=sized[1],
            events=[event for event in happened if is_shown(event)],
            steps=[event for event in happened if event.kind == "step"],
            verdicts=[evidence.with_calls(one) for one in happened if one.kind == "verdict"],
            call=stored.call_numbers.get(span.id),
            said=list(_said(stored, span)),
        )


def _said(stored: StoredTrace, span: Span) -> Iterator[str]:
    """Yield what a call of a model or a tool was about, bounded, each on a line."""
    if span.kind not in ("model", "tool", "retriever"):
        return
    if span.kind != "model" and (asked := text_of_value(stored.payload(span.inputs))):
        yield preview(f"{CALLED}{asked}", _LINE)
    if span.kind == "model":
        thoughts = " ".join(map(thought_in, stored.replies(span)))
        if thoughts.strip():
            yield preview(f"thought: {thoughts}", _LINE)
    if not error_text(span) and (came := preview(result_text(stored, span), _LINE)):
        yield came


def _sized(stored: StoredTrace, span: Span) -> tuple[int, int]:
    """Return how many messages a model was given, and how many characters."""
    messages = stored.prompt(span).messages
    return len(messages), sum(len(text_of(message.get("content"))) for message in messages)


def trace_data(trace: Trace) -> dict[str, Any]:
    """Return a trace as plain data."""
    return {
        "id": trace.id,
        "name": trace.name,
        "thread": trace.thread,
        "start": iso(trace.start),
        "seconds": seconds(trace.start, trace.end),
        "status": trace.status,
        "ending": trace.ending,
        "error": trace.error,
        "source": trace.source,
        "replay_of": trace.replay_of,
        "tokens_in": trace.tokens_in,
        "tokens_out": trace.tokens_out,
        "usd": trace.usd,
        "count": trace.spans,
        "tags": list(trace.tags),
        "metadata": dict(trace.metadata),
    }


def iso(time: int) -> str | None:
    """Return a time as ISO 8601 in UTC; None of one that nobody knows."""
    if time < YEAR_2000:
        return None
    return datetime.fromtimestamp(time / SECOND, UTC).isoformat(timespec="milliseconds")


def seconds(start: int, end: int | None) -> float | None:
    """Return how long something took; None of what has not ended, or of which no time is known."""
    if end is None or start < YEAR_2000:
        return None
    return (end - start) / SECOND


def stands(status: Status, ending: str = "") -> str:
    """Return in a word how a trace or a span stands."""
    return ending or {"ok": "ok", "interrupt": "waits for a person"}.get(status, status)


def trace_json(stored: StoredTrace, *, full: bool = False) -> dict[str, Any]:
    """Return a trace with its visible spans as plain data.

    Args:
        stored: The trace.
        full: Whether with `inputs` and `outputs`: prompts, replies, arguments, results; and with
            `request` and `response`, the HTTP that `wire=True` has kept.
    """
    spans = []
    for one in seen_spans(stored):
        data = one.data()
        if full:
            data["inputs"] = stored.payload(one.span.inputs)
            data["outputs"] = stored.payload(one.span.outputs)
            http = {"request": one.span.request, "response": one.span.response}
            data |= {side: stored.payload(ref) for side, ref in http.items() if ref is not None}
        spans.append(data)
    told = [_event(event) for event in stored.placeless]
    return {**trace_data(stored.trace), "hidden": stored.hidden, "spans": spans, "events": told}
