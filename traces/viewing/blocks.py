"""The texts of a recorded call, whole but bounded: what went in, and what came out."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...guards.digest import preview
from ...guards.message import read_message
from ..store import Ref, Span
from .call_texts import error_text, thought_in
from .payloads import Plain, Prompt
from .stored_trace import StoredTrace

_TEXT = 20_000  # characters of one text
_NAME = 60  # characters of a name
ERROR = "error"
"""What the block of an error is called."""
PARAMETERS = "parameters"
"""What the block of a model's parameters is called."""
REQUEST, RESPONSE = "HTTP request", "HTTP response"
"""What the blocks of a model's call as it went over the wire are called."""
_SAME = "as in the call before"
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


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


class Blocks:
    """The texts of a trace's calls, asked for in the order in which they began."""

    def __init__(self, stored: StoredTrace) -> None:
        self._stored = stored
        self._before: dict[str, Prompt] = {}

    def given(self, span: Span) -> tuple[list[Block], int]:
        """Return what went into a call, and how many messages are those of the prompt before."""
        if span.kind == "model":
            prompt = self._stored.prompt(span)
            last = self._before.get(span.namespace, Prompt())
            self._before[span.namespace] = prompt
            same = _alike(last.messages, prompt.messages)
            blocks = [_message(message) for message in prompt.messages[same:]]
            wire = self._wire(REQUEST, span.request)
            return [*blocks, *_parameters(prompt.params, last.params), *wire], same
        if span.kind in ("tool", "retriever"):
            return [_value("arguments", self._stored.payload(span.inputs))], 0
        return [], 0

    def came(self, span: Span) -> Iterator[Block]:
        """Yield what came out of a call: replies, a result; of a graph or a node, nothing."""
        stored = self._stored
        if span.kind == "model":
            found = stored.replies(span)
            yield from map(_message, found)
            if not found and span.outputs is not None:
                yield _value("output", stored.payload(span.outputs))
            yield from self._wire(RESPONSE, span.response)
        elif span.kind in ("tool", "retriever", "guard", "parser") and span.outputs is not None:
            payload = stored.payload(span.outputs)
            is_message = isinstance(payload, Mapping) and payload.get("type") == "tool"
            yield _message(payload) if is_message else _value("result", payload)
        if said := error_text(span):
            yield _block(ERROR, said)

    def _wire(self, title: str, ref: Ref | None) -> Iterator[Block]:
        """Yield the HTTP of a model's call, where `wire=True` has kept it."""
        if ref is not None:
            told = self._stored.payload(ref)
            yield _block(title, _http(told) if isinstance(told, Mapping) else str(told))


def _alike(one: Sequence[Plain], other: Sequence[Plain]) -> int:
    """Return with how many equal messages two prompts begin."""
    differ = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differ, min(len(one), len(other)))


def _parameters(params: Mapping[str, Any], last: Mapping[str, Any]) -> Iterator[Block]:
    given = {key: value for key, value in params.items() if value not in (None, [], {}, "")}
    if given:
        yield _value(PARAMETERS, _SAME if params == last else given)


def _http(told: Plain) -> str:
    """Return a request or an answer: its address or its status, names of headers, its body."""
    headers = told.get("headers")
    names = ", ".join(map(str, headers)) if isinstance(headers, Mapping) else ""
    head = " ".join(str(told[key]) for key in ("method", "url", "status") if key in told)
    return "\n".join([head or "none came", f"headers: {names}", "", str(told.get("body") or "")])


def _message(message: Plain) -> Block:
    """Return a message as a block: its words, its blocks that are none, and its calls."""
    read = read_message(message)
    content = message.get("content")
    parts = [read.text] if isinstance(content, str) else [as_text(content)]
    if isinstance(content, str) and (thought := thought_in(message)):
        parts = [f"thought: {thought}", *parts]
    parts += [f"→ {call.name}({as_text(call.args)})" for call in read.calls]
    name = f" {preview(read.name, _NAME)}" if read.name else ""
    failed = " (failed)" if read.failed else ""
    return _block(f"{read.role}{name}{failed}", "\n".join(filter(None, parts)))


def _value(title: str, value: Any) -> Block:
    return _block(title, value if isinstance(value, str) else as_text(value))


def as_text(value: Any) -> str:
    """Return a value as JSON that people read."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def _block(title: str, text: str) -> Block:
    shown = _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text[:_TEXT])
    return Block(title, shown, max(len(text) - _TEXT, 0))
