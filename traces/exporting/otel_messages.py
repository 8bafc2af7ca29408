"""Messages as the GenAI conventions write them: a role and parts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_ROLES = {
    "HumanMessage": "user",
    "AIMessage": "assistant",
    "AIMessageChunk": "assistant",
    "SystemMessage": "system",
    "ToolMessage": "tool",
}


def otel_messages(messages: Sequence[Any], *, given: bool = False) -> list[dict[str, Any]]:
    """Return messages, in LangChain's written form, as the conventions write them.

    Args:
        messages: The messages; what is none is a text of the user's.
        given: Whether they are what a model gave: then each says why it ended.
    """
    return [_message(each, given=given) for each in messages]


def _message(message: Any, *, given: bool) -> dict[str, Any]:
    if not isinstance(message, Mapping) or not isinstance(message.get("kwargs"), Mapping):
        return {
            "role": "assistant" if given else "user",
            "parts": [{"type": "text", "content": message}],
            **({"finish_reason": "stop"} if given else {}),
        }
    said, name = message["kwargs"], str(message["id"][-1])
    role = _ROLES.get(name, str(said.get("role") or said.get("type") or "user"))
    made = {"role": role, "parts": [*_parts(said, role)]}
    if given:
        about = said.get("response_metadata") or {}
        why = about.get("finish_reason") or about.get("stop_reason")
        made["finish_reason"] = (
            str(why) if why else ("tool_call" if said.get("tool_calls") else "stop")
        )
    return made


def _parts(said: Mapping[str, Any], role: str) -> Iterator[dict[str, Any]]:
    if role == "tool":
        id_ = said.get("tool_call_id")
        yield {"type": "tool_call_response", "id": id_, "response": said.get("content")}
        return
    content = said.get("content")
    for block in content if isinstance(content, list) else [content]:
        if block:
            yield _block(block)
    for call in said.get("tool_calls") or ():
        yield {
            "type": "tool_call",
            "id": call.get("id"),
            "name": call.get("name"),
            "arguments": call.get("args"),
        }


def _block(block: Any) -> dict[str, Any]:
    if not isinstance(block, Mapping):
        return {"type": "text", "content": block}
    if block.get("type") == "text":
        return {"type": "text", "content": block.get("text")}
    if block.get("type") in ("reasoning", "thinking"):
        text = block.get("reasoning") or block.get("thinking") or block.get("text")
        return {"type": "reasoning", "content": text}
    return dict(block)
