"""Make LangChain's messages of plain ones: as a recorder puts them into a store."""

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import messages_from_dict

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
    """Return a payload with LangChain's messages in the place of plain ones, at its top."""
    if isinstance(payload, Mapping):
        if _is_plain(payload):
            return message_object(payload)
        single = payload.get("message")
        if isinstance(single, Mapping) and _is_plain(single):
            return {**payload, "message": message_object(single)}
        if isinstance(found := payload.get("messages"), list) and all(map(_is_plain, found)):
            return {**payload, "messages": [message_object(one) for one in found]}
    return payload


def _is_plain(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("type") in ("human", "ai", "tool", "system")


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
