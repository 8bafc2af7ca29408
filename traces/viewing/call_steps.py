"""The calls of a stored trace as texts that can be compared: what was asked, and what came back."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...guards.digest import sketch
from ...guards.message import read_message
from ..store import Span
from .payloads import Plain
from .stored_trace import StoredTrace

_CALLS = ("model", "tool", "retriever")
_CALLED = "→ "


@dataclass(frozen=True, slots=True)
class CallStep:
    """A call of a model or a tool in a trace.

    Attributes:
        n: Its number among the trace's calls, from 1.
        span: Its span.
        request: What was asked: of a model, the messages that are new in its prompt.
        before: What of a prompt was there before, in short; two equal prompts have equal ones.
        result: What came back, without ids that change from run to run.
        likeness: A sketch of the request.
    """

    n: int
    span: Span
    request: str
    before: str
    result: str
    likeness: str = field(repr=False, default="")

    @property
    def key(self) -> tuple[str, str, str]:
        """What calls are aligned by: kind and name; of models the place too, one may be in many."""
        span = self.span
        return span.kind, (span.namespace or span.node) if span.kind == "model" else "", span.name


def call_steps(stored: StoredTrace) -> Iterator[CallStep]:
    """Yield the calls of a trace, in the order in which they began."""
    last: dict[str, Sequence[str]] = {}
    n = 0
    for span in stored.spans:
        if span.kind not in _CALLS or span.hidden:
            continue
        n += 1
        before, request = _request(stored, span, last)
        yield CallStep(n, span, request, before, _result(stored, span), sketch(request))


def _request(stored: StoredTrace, span: Span, last: dict[str, Sequence[str]]) -> tuple[str, str]:
    """Return what of a request was there before, and what is new in it."""
    if span.kind != "model":
        return "", text_of_value(stored.payload(span.inputs))
    told = [message_text(message) for message in stored.prompt(span).messages]
    earlier = last.get(span.namespace, ())
    same = 0
    while same < min(len(earlier), len(told)) and earlier[same] == told[same]:
        same += 1
    last[span.namespace] = told
    return "\n".join(told[:same]), "\n".join(told[same:])


def _result(stored: StoredTrace, span: Span) -> str:
    if span.error:
        return f"{span.error_type}: {span.error}" if span.error_type else span.error
    if span.kind == "model":
        return "\n".join(map(message_text, stored.replies(span)))
    payload = stored.payload(span.outputs)
    if isinstance(payload, dict) and payload.get("type") == "tool":
        return message_text(payload)
    return text_of_value(payload)


def message_text(message: Plain) -> str:
    """Return a message as text: who speaks, what is said, what is called; without ids."""
    read = read_message(message)
    lines = [f"{read.role}: {read.text}".rstrip()]
    lines += [f"{_CALLED}{call.name}({text_of_value(call.args)})" for call in read.calls]
    return "\n".join(lines)


def text_of_value(value: Any) -> str:
    """Return a value as text, keys in order."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
