"""Make LangChain's messages of plain ones: as a recorder puts them into a store."""

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import messages_from_dict

from ...guards.errors import MessageError
from .messages import plain_message
from .usage import usage_in

_SHAPES = ("additional_kwargs", "response_metadata")


def message_object(plain: Mapping[str, Any]) -> Any:
    """Return LangChain's message of a plain one; the plain one where LangChain refuses it."""
    data = {key: value for key, value in plain.items() if key != "type"}
    content = data.get("content")
    if not isinstance(content, str | list):
        data["content"] = json.dumps(content, ensure_ascii=False, default=str)
    data |= {name: {} for name in _SHAPES if not isinstance(data.get(name, {}), Mapping)}
    if "usage_metadata" in data:
        data["usage_metadata"] = _usage(data["usage_metadata"])
    if plain["type"] == "tool":
        data.setdefault("tool_call_id", "")
    try:
        (made,) = messages_from_dict([{"type": plain["type"], "data": data}])
    except (ValueError, TypeError):
        return dict(plain)
    return made


def with_objects(payload: Any) -> Any:
    """Return a payload with LangChain's messages in the place of those that were written out."""
    try:
        return _with_objects(payload)
    except RecursionError:
        return payload


def _with_objects(payload: Any) -> Any:
    if isinstance(payload, list):
        return [_with_objects(one) for one in payload]
    if not isinstance(payload, Mapping):
        return payload
    if _is_written(payload):
        try:
            return message_object(plain_message(payload))
        except MessageError:
            return dict(payload)
    if _is_plain(payload):
        return message_object(payload)
    return {key: _with_objects(value) for key, value in payload.items()}


def _is_written(item: Mapping[str, Any]) -> bool:
    """Return whether an object is a message as LangChain writes it out."""
    path = item.get("id")
    return (
        item.get("lc") == 1
        and isinstance(item.get("kwargs"), Mapping)
        and isinstance(path, list)
        and str(path[-1] if path else "").endswith(("Message", "MessageChunk"))
    )


def _is_plain(item: Mapping[str, Any]) -> bool:
    return "content" in item and item.get("type") in ("human", "ai", "tool", "system")


def _usage(given: Any) -> dict[str, Any] | None:
    usage = usage_in(given)
    if usage is None:
        return None
    told: dict[str, Any] = {
        "input_tokens": usage.tokens_in,
        "output_tokens": usage.tokens_out,
        "total_tokens": usage.tokens_in + usage.tokens_out,
    }
    before = {"cache_read": usage.cache_read, "cache_creation": usage.cache_write}
    if details := {key: value for key, value in before.items() if value}:
        told["input_token_details"] = details
    if usage.reasoning:
        told["output_token_details"] = {"reasoning": usage.reasoning}
    return told
