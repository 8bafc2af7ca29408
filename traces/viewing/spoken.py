"""What a span of a recorded run came to, as the message that its conversation holds."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...guards.message import MARK
from ..store import Span
from .payloads import Plain
from .stored_trace import StoredTrace


def named(message: Plain, span: Span) -> Plain:
    """Return a reply with its agent's name: its own, or that of the graph inside of which it is."""
    if message.get("name"):
        return message
    said = str(span.metadata.get("lc_agent_name") or "")
    outer = "|".join(span.namespace.split("|")[:-1])
    name = said or outer
    return {**message, "name": name} if name else message


def whole(message: Plain, span: Span) -> Plain:
    """Return a reply with its agent's name and, where it lacks it, what it used."""
    used = span.usage
    said = named(message, span)
    if message.get("usage_metadata") or message.get("usage") or not any(used):
        return said
    told = {"input_tokens": used.tokens_in, "output_tokens": used.tokens_out}
    return {**said, "usage_metadata": told}


def with_mark(message: Plain, mark: str) -> Plain:
    """Return a message with a mark of Holdfast's."""
    extra = message.get("additional_kwargs")
    extra = extra if isinstance(extra, Mapping) else {}
    return {**message, "additional_kwargs": {**extra, MARK: mark}}


def result_message(run: StoredTrace, span: Span) -> dict[str, Any]:
    """Return what a tool's span came to as the message that answers its call."""
    payload = run.payload(span.outputs)
    found = next(_tool_messages(payload), None)
    call_id = span.call_id or str((found or {}).get("tool_call_id") or span.id)
    if found is not None:
        return {**found, "tool_call_id": call_id}
    failed = span.status == "error"
    message = {"type": "tool", "name": span.name, "tool_call_id": call_id}
    content = f"{span.error_type}: {span.error}" if failed and payload is None else payload
    return {**message, "content": content, **({"status": "error"} if failed else {})}


def _tool_messages(payload: Any) -> Iterator[Plain]:
    """Yield the tool messages in a result: itself, those of a list, those of a command's update."""
    items = payload if isinstance(payload, list) else [payload]
    for item in items:
        update = item.get("update") if isinstance(item, Mapping) else None
        held = update.get("messages") if isinstance(update, Mapping) else [item]
        for one in held if isinstance(held, list) else ():
            if isinstance(one, Mapping) and one.get("type") == "tool":
                yield one
