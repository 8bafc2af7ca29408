"""A stored trace as one page that needs nothing else: its steps, and what guards found at each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TextIO

from ...guards.digest import preview
from ...guards.verdict import Action
from ..page import template
from ..store import Event
from .blocks import PARAMETERS, REQUEST, RESPONSE, Block, Blocks, as_text
from .call_texts import error_text
from .evidence import on_calls
from .facts import facts_of
from .picture import pictures_of
from .seen import Seen, iso, seconds, seen_spans, stands
from .stored_trace import StoredTrace
from .told import shown_of
from .tree import rung, sized, took

STEPS_SHOWN = 1_000
"""Steps that a page shows at most."""
_LINE = 400  # characters of a reason
_WORDS = 120  # characters of what stands in a step's line


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened at a step, in a line."""

    label: str
    rung: Action
    word: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageStep:
    """A step as the page shows it.

    Attributes:
        seen: The span.
        name: What was called.
        said: What is told of it in its line.
        took: How long it took, in words.
        left: Where its bar begins, in percent of the trace.
        width: How long its bar is, in percent of the trace.
        same: How many messages of a prompt are those of the prompt before.
        prompt: The other messages of the prompt, or the arguments.
        reply: What came out.
        told: What happened in it.
    """

    seen: Seen
    name: str
    said: str
    took: str
    left: float
    width: float
    same: int
    prompt: Sequence[Block]
    reply: Sequence[Block]
    told: Sequence[Told]


def write_trace_page(text: TextIO, stored: StoredTrace) -> None:
    """Write a trace as a page; its texts are escaped, and its policy lets no script run.

    Memory grows with the page, at most 1,000 steps with texts of 20,000 characters each; what is
    longer is said to be.
    """
    trace = stored.trace
    steps = islice(_steps(stored), STEPS_SHOWN)
    shown = islice(stored.walk(), STEPS_SHOWN)
    trips = [told for told in map(_told, stored.verdicts) if told.rung != "none"]
    known: Mapping[str, Any] = {
        "trace": trace,
        "stands": stands(trace.status, trace.ending),
        "began": iso(trace.start),
        "took": took(seconds(trace.start, trace.end)),
        "steps": steps,
        "pictures": pictures_of(stored),
        "anchors": {span.id: f"s{span.seq}" for span, _ in shown},
        "trips": trips,
        "shown": STEPS_SHOWN,
        "folded": (PARAMETERS, REQUEST, RESPONSE),
        "hidden": stored.hidden,
        "visible": len(stored.spans) - stored.hidden,
        "told": list(map(_told, stored.placeless)),
        "stands_of": stands,
        "preview": preview,
    }
    text.writelines(template("trace.html.jinja", "trace.css", "route.css").generate(known))


def _steps(stored: StoredTrace) -> Iterator[PageStep]:
    blocks = Blocks(stored)
    begin = stored.trace.start
    end = max((span.end or span.start for span in stored.spans), default=begin)
    whole = max(end - begin, 1)
    for one in seen_spans(stored):
        span = one.span
        prompt, same = blocks.given(one.span)
        yield PageStep(
            seen=one,
            name=preview(span.model if span.kind == "model" and span.model else span.name, _WORDS),
            said=_said(one),
            took=took(seconds(span.start, span.end)),
            left=round(100 * max(span.start - begin, 0) / whole, 2),
            width=round(max(100 * ((span.end or end) - span.start) / whole, 0.3), 2),
            same=same,
            prompt=prompt,
            reply=list(blocks.came(one.span)),
            told=[*map(_told, (*one.verdicts, *one.events)), *_facts(one)],
        )


def _said(one: Seen) -> str:
    used = one.span.usage
    if one.span.kind != "model":
        return preview(error_text(one.span), _WORDS)
    cost = f", ${used.usd:,.4f}" if used.usd else ""
    tokens = f"{used.tokens_in:,} + {used.tokens_out:,} tokens{cost}"
    return f"{sized(one)} → {tokens}"


def _facts(one: Seen) -> Iterator[Told]:
    return (Told(fact.label, "none", "", preview(fact.text, _LINE)) for fact in facts_of(one.span))


def _told(event: Event) -> Told:
    data = event.data
    if event.kind != "verdict":
        said = shown_of(event)
        return Told(
            f"{event.kind} {preview(event.name, 60)}", "none", "", preview(as_text(said), _LINE)
        )
    tripped = data.get("outcome") == "trip"
    kind = preview(str(data.get("kind") or ""), 60)
    return Told(
        label=f"{preview(event.name, 60)}{f': {kind}' if kind else ''}",
        rung=rung(data.get("action")) if tripped else "none",
        word=preview(str(data.get("action") if tripped else data.get("outcome")), 30),
        reason=preview(str(data.get("reason") or ""), _LINE) + on_calls(data),
    )
