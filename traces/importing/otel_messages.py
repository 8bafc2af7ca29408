"""Read prompts and replies out of the attributes and events of OpenTelemetry spans."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .. import semantic_names as names
from ..recording import messages_in
from . import otel_names as known
from .langsmith_payloads import plain_messages
from .messages import arguments
from .otel_attributes import first, indexed, structure

Messages = list[dict[str, Any]]


class Happening(NamedTuple):
    """An event of a span."""

    name: str
    time: int
    held: Mapping[str, Any]


def prompt(held: Mapping[str, Any], events: Iterable[Happening]) -> Messages:
    """Return the messages that went into a model, in whichever way they are told."""
    told = _told(held, events, names.MESSAGES_IN)
    if told is not None:
        system = _parted({"role": "system", "parts": structure(held.get(names.SYSTEM)) or ()})
        return [*(one for one in system if one["content"]), *_all_parted(told)]
    found = _indexed(held, known.INDEXED_IN) or _happened(events)
    return found or _valued(first(held, known.VALUE_IN), "human")


def reply(held: Mapping[str, Any], events: Iterable[Happening]) -> Messages:
    """Return the messages that came out of a model, in whichever way they are told."""
    told = _told(held, events, names.MESSAGES_OUT)
    if told is not None:
        return _all_parted(told)
    found = _indexed(held, known.INDEXED_OUT) or _chosen(events)
    return found or _valued(first(held, known.VALUE_OUT), "ai")


def _told(held: Mapping[str, Any], events: Iterable[Happening], name: str) -> list[Any] | None:
    details = (event.held for event in events if event.name == names.DETAILS)
    for holder in (held, *details):
        found = structure(holder.get(name))
        if isinstance(found, list):
            return found
    return None


def _all_parted(items: Sequence[Any]) -> Messages:
    return [one for item in items if isinstance(item, Mapping) for one in _parted(item)]


def _parted(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the messages of one in parts; each tool's response is a message of its own."""
    if "parts" not in item:
        yield from plain_messages([item])
        return
    parts = [part for part in item["parts"] if isinstance(part, Mapping)]
    responses = [part for part in parts if part.get("type") == "tool_call_response"]
    for part in responses:
        content = part.get("response", part.get("result"))
        answer = {"role": "tool", "tool_call_id": str(part.get("id") or ""), "content": content}
        yield from plain_messages([answer])
    rest = [part for part in parts if part.get("type") != "tool_call_response"]
    if rest or not responses:
        calls = [_call(part) for part in rest if part.get("type") == "tool_call"]
        said = [_block(part) for part in rest if part.get("type") != "tool_call"]
        message = {"role": item.get("role"), "content": _content(said), "tool_calls": calls}
        yield from plain_messages([{**message, "name": item.get("name")}])


def _call(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": part.get("id"), "name": part.get("name"), "args": part.get("arguments")}


def _block(part: Mapping[str, Any]) -> dict[str, Any]:
    if part.get("type") == "text":
        return {"type": "text", "text": str(part.get("content", part.get("text")) or "")}
    if part.get("type") == "reasoning":
        return {"type": "reasoning", "reasoning": str(part.get("content") or "")}
    return dict(part)


def _content(blocks: list[dict[str, Any]]) -> Any:
    if not blocks:
        return ""
    only = blocks[0] if len(blocks) == 1 else {}
    return only["text"] if only.get("type") == "text" else blocks


def _indexed(held: Mapping[str, Any], prefixes: Iterable[str]) -> Messages:
    for prefix in prefixes:
        if parts := indexed(held, prefix):
            return list(plain_messages([_numbered(part) for part in parts]))
    return []


def _numbered(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message that numbered attributes make up, OpenInference's or the older ones."""
    fields = {name.removeprefix("message."): value for name, value in part.items()}
    blocks = [
        {"type": "text", "text": one.get("message_content.text")}
        for one in indexed(fields, "contents")
        if one.get("message_content.text")
    ]
    calls = [_numbered_call(one) for one in indexed(fields, "tool_calls")]
    content = fields.get("content")
    message = {"role": fields.get("role"), "content": _content(blocks) if blocks else content}
    kept = {name: fields[name] for name in ("name", "tool_call_id") if fields.get(name)}
    return {**message, **kept, "tool_calls": calls}


def _numbered_call(part: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name.removeprefix("tool_call."): value for name, value in part.items()}
    return {
        "id": fields.get("id"),
        "name": first(fields, ("function.name", "name")),
        "args": first(fields, ("function.arguments", "arguments")),
    }


def _happened(events: Iterable[Happening]) -> Messages:
    """Return the messages that older conventions tell of in an event each."""
    found = [
        {"role": known.MESSAGE_EVENTS[event.name], **_unpacked(event.held)}
        for event in events
        if event.name in known.MESSAGE_EVENTS
    ]
    return list(plain_messages(found))


def _chosen(events: Iterable[Happening]) -> Messages:
    found = []
    for event in events:
        if event.name == known.CHOICE:
            held = _unpacked(event.held)
            message = held.get("message")
            found.append({"role": "assistant", **(message if isinstance(message, dict) else held)})
    return list(plain_messages(found))


def _unpacked(held: Mapping[str, Any]) -> dict[str, Any]:
    unpacked = {name: structure(value) for name, value in held.items()}
    if "id" in unpacked and "tool_call_id" not in unpacked:
        unpacked["tool_call_id"] = unpacked.pop("id")
    return unpacked


def _valued(value: Any, kind: str) -> Messages:
    """Return the messages of a payload given whole, or its text as one message."""
    held = structure(value)
    found = list(plain_messages(messages_in(held)))
    if found or held is None:
        return found
    return [{"type": kind, "content": held if isinstance(held, str) else arguments(value)}]
