"""A stored trace as one page that needs nothing else: its steps, and what guards found at each."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TextIO

from ...guards.digest import preview
from ...guards.message import read_message
from ...guards.verdict import Action
from ..page import template
from ..store import Event
from .facts import facts_of
from .payloads import Plain
from .seen import Seen, iso, seconds, seen_spans, stands
from .stored_trace import StoredTrace
from .tree import rung, took

STEPS_SHOWN = 1_000
"""Steps that a page shows at most."""
_TEXT = 20_000  # characters of one text
_LINE = 400  # characters of a reason
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_WORDS = 120  # characters of what stands in a step's line


@dataclass(frozen=True, slots=True)
class Block:
    """A text of a step.

    Attributes:
        title: What it is: who speaks, or which side of a call it is.
        text: The text.
        more: How many characters more it has.
    """

    title: str
    text: str
    more: int = 0


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
    trips = [told for told in map(_told, stored.verdicts) if told.rung != "none"]
    known: Mapping[str, Any] = {
        "trace": trace,
        "stands": stands(trace.status, trace.ending),
        "began": iso(trace.start),
        "took": took(seconds(trace.start, trace.end)),
        "steps": steps,
        "trips": trips,
        "shown": STEPS_SHOWN,
        "told": list(map(_told, stored.happened.get(trace.id, ()))),
        "stands_of": stands,
        "preview": preview,
    }
    text.writelines(template("trace.html.jinja", "trace.css").generate(known))


def _steps(stored: StoredTrace) -> Iterator[PageStep]:
    before: dict[str, Sequence[Plain]] = {}
    begin = stored.trace.start
    end = max((span.end or span.start for span in stored.spans), default=begin)
    whole = max(end - begin, 1)
    for one in seen_spans(stored):
        span = one.span
        prompt, same = _given(stored, one, before)
        yield PageStep(
            seen=one,
            name=preview(span.model if span.kind == "model" and span.model else span.name, _WORDS),
            said=_said(one),
            took=took(seconds(span.start, span.end)),
            left=round(100 * max(span.start - begin, 0) / whole, 2),
            width=round(max(100 * ((span.end or end) - span.start) / whole, 0.3), 2),
            same=same,
            prompt=prompt,
            reply=list(_came(stored, one)),
            told=[*map(_told, (*one.verdicts, *one.events)), *_facts(one)],
        )


def _said(one: Seen) -> str:
    used = one.span.usage
    if one.span.kind != "model":
        return preview(one.span.error, _WORDS) if one.span.error else ""
    cost = f", ${used.usd:,.4f}" if used.usd else ""
    tokens = f"{used.tokens_in:,} + {used.tokens_out:,} tokens{cost}"
    return f"{one.messages:,} messages, {one.characters:,} characters → {tokens}"


def _given(
    stored: StoredTrace, one: Seen, before: dict[str, Sequence[Plain]]
) -> tuple[list[Block], int]:
    """Return what went into a step, and how many messages of it are those of the prompt before."""
    span = one.span
    if span.kind == "model":
        prompt = stored.prompt(span)
        last = before.get(span.namespace, ())
        same = 0
        while same < min(len(last), len(prompt.messages)) and last[same] == prompt.messages[same]:
            same += 1
        before[span.namespace] = prompt.messages
        blocks = [_message(message) for message in prompt.messages[same:]]
        return [*blocks, *_parameters(prompt.params)], same
    if span.kind in ("tool", "retriever"):
        return [_value("arguments", stored.payload(span.inputs))], 0
    return [], 0


def _parameters(params: Mapping[str, Any]) -> Iterator[Block]:
    given = {key: value for key, value in params.items() if value not in (None, [], {}, "")}
    if given:
        yield _value("parameters", given)


def _came(stored: StoredTrace, one: Seen) -> Iterator[Block]:
    """Yield what came out of a step: replies, a result; of a graph or a node, nothing."""
    span = one.span
    if span.kind == "model":
        found = stored.replies(span)
        yield from map(_message, found)
        if not found and span.outputs is not None:
            yield _value("output", stored.payload(span.outputs))
    elif span.kind in ("tool", "retriever", "guard", "parser") and span.outputs is not None:
        payload = stored.payload(span.outputs)
        is_message = isinstance(payload, Mapping) and payload.get("type") == "tool"
        yield _message(payload) if is_message else _value("result", payload)
    if span.error:
        yield _block("error", f"{span.error_type}: {span.error}" if span.error_type else span.error)


def _message(message: Plain) -> Block:
    """Return a message as a block: its words, its blocks that are none, and its calls."""
    read = read_message(message)
    content = message.get("content")
    parts = [read.text] if isinstance(content, str) else [_json(content)]
    parts += [f"→ {call.name}({_json(call.args)})" for call in read.calls]
    name = f" {preview(read.name, 60)}" if read.name else ""
    failed = " (failed)" if read.failed else ""
    return _block(f"{read.role}{name}{failed}", "\n".join(filter(None, parts)))


def _value(title: str, value: Any) -> Block:
    return _block(title, value if isinstance(value, str) else _json(value))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def _block(title: str, text: str) -> Block:
    shown = _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text[:_TEXT])
    return Block(title, shown, max(len(text) - _TEXT, 0))


def _facts(one: Seen) -> Iterator[Told]:
    return (Told(fact.label, "none", "", preview(fact.text, _LINE)) for fact in facts_of(one.span))


def _told(event: Event) -> Told:
    data = event.data
    if event.kind != "verdict":
        said = {key: value for key, value in data.items() if value not in (None, "")}
        return Told(
            f"{event.kind} {preview(event.name, 60)}", "none", "", preview(_json(said), _LINE)
        )
    tripped = data.get("outcome") == "trip"
    kind = preview(str(data.get("kind") or ""), 60)
    return Told(
        label=f"{preview(event.name, 60)}{f': {kind}' if kind else ''}",
        rung=rung(data.get("action")) if tripped else "none",
        word=preview(str(data.get("action") if tripped else data.get("outcome")), 30),
        reason=preview(str(data.get("reason") or ""), _LINE),
    )
