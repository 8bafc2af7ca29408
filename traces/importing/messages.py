"""Bring messages of any form to one: LangChain's, as plain data."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...guards.message import Role, read_message

_TYPES: Mapping[Role, str] = {
    "user": "human",
    "assistant": "ai",
    "tool": "tool",
    "system": "system",
}
_KEPT = (
    "name",
    "tool_call_id",
    "usage_metadata",
    "response_metadata",
    "additional_kwargs",
    "artifact",
)


def plain_message(item: Any) -> dict[str, Any]:
    """Return a message in LangChain's plain form: `type`, `content`, `tool_calls` and so on.

    Arguments that are no JSON stand under `invalid_tool_calls`, as they were written.

    Raises:
        MessageError: It is no message.
    """
    role = read_message(item).role
    fields = _fields(item)
    content = fields.get("content")
    plain: dict[str, Any] = {"type": _TYPES[role], "content": "" if content is None else content}
    plain |= {key: value for key in _KEPT if (value := fields.get(key))}
    if isinstance(id_ := fields.get("id"), str) and id_:
        plain["id"] = id_
    if fields.get("status") == "error" or fields.get("x_error"):
        plain["status"] = "error"
    if role in ("assistant", "user"):
        plain |= _calls(fields)
        if "usage_metadata" not in plain and isinstance(usage := fields.get("usage"), Mapping):
            plain["usage_metadata"] = dict(usage)
    return plain


def _fields(item: Any) -> Mapping[str, Any]:
    if isinstance(item.get("data"), Mapping):
        return dict(item["data"])
    if isinstance(item.get("kwargs"), Mapping) and isinstance(item.get("id"), list):
        return dict(item["kwargs"])
    return dict(item)


def _calls(fields: Mapping[str, Any]) -> dict[str, list[Any]]:
    made: list[Any] = []
    invalid = [dict(call) for call in _list(fields, "invalid_tool_calls")]
    extra = fields.get("additional_kwargs")
    items = _list(fields, "tool_calls")
    if not items and not invalid and isinstance(extra, Mapping):
        items = _list(extra, "tool_calls")
    if isinstance(legacy := fields.get("function_call"), Mapping) and not items:
        items = [{"id": "", "function": legacy}]
    for item in items:
        call = _call(item)
        (made if isinstance(call["args"], dict) else invalid).append(call)
    return {
        name: calls
        for name, calls in (("tool_calls", made), ("invalid_tool_calls", invalid))
        if calls
    }


def _call(item: Mapping[str, Any]) -> dict[str, Any]:
    inner = item.get("function")
    holder = inner if isinstance(inner, Mapping) else item
    args = holder.get("arguments", holder.get("args"))
    call = {"name": str(holder.get("name") or ""), "id": str(item.get("id") or "")}
    read = arguments(args)
    if isinstance(read, dict):
        return {**call, "args": read, "type": "tool_call"}
    error = "the arguments are not valid JSON"
    return {**call, "args": args, "error": error, "type": "invalid_tool_call"}


def arguments(given: Any) -> Any:
    """Return a call's arguments as an object where they are one, else as they were given."""
    if given is None or given == "":
        return {}
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        return given


def _list(holder: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = holder.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else ()
