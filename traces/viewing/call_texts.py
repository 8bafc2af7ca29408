"""Calls of models and tools as texts: who speaks, what is said, what is called."""

import json
from typing import Any

from ...guards.message import read_message
from ..store import Span
from .payloads import Plain
from .stored_trace import StoredTrace

CALLED = "→ "
"""Stands before what is called."""


def result_text(stored: StoredTrace, span: Span) -> str:
    """Return what came back of a call as text: replies, a result, an error."""
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
    lines += [f"{CALLED}{call.name}({text_of_value(call.args)})" for call in read.calls]
    return "\n".join(lines)


def text_of_value(value: Any) -> str:
    """Return a value as text, keys in order."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
