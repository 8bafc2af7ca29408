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
    if error := error_text(span):
        return error
    if span.kind == "model":
        return "\n".join(map(message_text, stored.replies(span)))
    payload = stored.payload(span.outputs)
    if isinstance(payload, dict) and payload.get("type") == "tool":
        return message_text(payload)
    return text_of_value(payload)


def error_text(span: Span) -> str:
    """Return what a span raised: its class and what it said, which may be nothing."""
    return ": ".join(part for part in (span.error_type, span.error) if part)


def thought_in(message: Plain) -> str:
    """Return what a model thought before its reply, in whichever form its provider gives it."""
    content, extra = message.get("content"), message.get("additional_kwargs")
    found = [_thought(block) for block in content] if isinstance(content, list) else []
    if isinstance(extra, dict) and isinstance(extra.get("reasoning_content"), str):
        found.append(extra["reasoning_content"])
    return "\n".join(filter(None, found))


def _thought(block: Any) -> str:
    if not isinstance(block, dict) or block.get("type") not in ("thinking", "reasoning"):
        return ""
    said = block.get("thinking") or block.get("reasoning")
    summary = block.get("summary")
    parts = summary if isinstance(summary, list) else []
    more = [str(part.get("text") or "") for part in parts if isinstance(part, dict)]
    return said if isinstance(said, str) else "\n".join(more)


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
