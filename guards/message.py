"""Read one message, whatever form it has: OpenAI dicts, LangChain messages, their dumps."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import MessageError
from .ledger import Call

Role = Literal["user", "assistant", "tool", "system"]

MARK = "holdfast"
"""Key in `additional_kwargs` of the messages that Holdfast itself writes."""
REST = "rest"
"""The mark of the part of a model's reply that is left when its blocked calls were answered."""

AGENT = "agent"
"""The actor of an assistant's message that names none."""
USER = "user"
"""The actor of calls that a user makes (on a device, say)."""

_ROLES: dict[str, Role] = {
    "user": "user",
    "human": "user",
    "HumanMessage": "user",
    "HumanMessageChunk": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "AIMessage": "assistant",
    "AIMessageChunk": "assistant",
    "tool": "tool",
    "function": "tool",
    "ToolMessage": "tool",
    "ToolMessageChunk": "tool",
    "FunctionMessage": "tool",
    "FunctionMessageChunk": "tool",
    "system": "system",
    "developer": "system",
    "SystemMessage": "system",
    "SystemMessageChunk": "system",
    "chat": "user",
    "remove": "system",
}
_PARSED = 100_000  # characters of arguments that are worth reading as a Python literal


@dataclass(slots=True)
class Message:
    """A message in one form.

    Attributes:
        role: Who speaks.
        text: Its text, without the parts that are no text.
        calls: Tool calls it makes, unreadable ones too.
        call_id: For a tool's message, the call it answers.
        name: Name of the tool or of the speaker, or empty.
        failed: Whether a tool's message reports a failure.
        usage: Prompt tokens, reply tokens and cached prompt tokens, or None; none of a reply that
            comes out of LangChain's cache.
        model: Name of the model, or empty.
        id: Its id, or empty.
        mark: What Holdfast wrote it for (`nudge`, `block`), or empty.
    """

    role: Role
    text: str = ""
    calls: list[Call] = field(default_factory=list)
    call_id: str = ""
    name: str = ""
    failed: bool = False
    usage: tuple[int, int, int] | None = None
    model: str = ""
    id: str = ""
    mark: str = ""


def read_message(item: Any) -> Message:
    """Return an item of a list of messages in one form.

    Raises:
        MessageError: It is no message, and says what was found instead.
    """
    fields = _fields(item)
    role = _ROLES.get(str(fields.get("role") or fields.get("type") or ""))
    if role is None:
        kind = type(item).__name__
        has = ", ".join(map(str, list(fields)[:6])) or "nothing"
        raise MessageError(
            f"a {kind} with {has} is no message: use a 'role' of user, assistant, tool or system, "
            "or a LangChain message"
        )
    _refuse_foreign(fields)
    extra = fields.get("additional_kwargs") or {}
    message = Message(
        role=role,
        text=text_of(fields.get("content")),
        name=str(fields.get("name") or ""),
        id=str(fields.get("id") or ""),
        mark=str(extra.get(MARK, "")) if isinstance(extra, Mapping) else "",
    )
    if role == "tool":
        message.call_id = str(fields.get("tool_call_id") or "")
        message.failed = bool(fields.get("x_error")) or fields.get("status") == "error"
    elif role != "system":
        message.calls = _calls(fields, extra, USER if role == "user" else message.name or AGENT)
        message.usage = _usage(fields)
        message.model = _model(fields)
    return message


def _refuse_foreign(fields: Mapping[str, Any]) -> None:
    """Refuse calls and results in a form that would be read as plain talk, and so as innocent."""
    content = fields.get("content")
    if not isinstance(content, list) or fields.get("tool_calls"):
        return
    for block in content:
        kind = block.get("type") if isinstance(block, Mapping) else None
        if kind == "tool_result" or (kind == "tool_use" and "tool_calls" not in fields):
            raise MessageError(
                f"a message with a block of type {kind!r}, Anthropic's own form: convert it to "
                "OpenAI's or LangChain's messages first"
            )


def _fields(item: Any) -> Mapping[str, Any]:
    """Unwrap the forms in which LangChain and LangSmith dump a message."""
    if not isinstance(item, Mapping):
        if isinstance(item, str) or not hasattr(item, "content"):
            return {}
        return item.__dict__ if hasattr(item, "__dict__") else {}
    if isinstance(item.get("data"), Mapping) and "type" in item:
        return {"type": item["type"], **item["data"]}
    if isinstance(item.get("kwargs"), Mapping) and isinstance(item.get("id"), list):
        return {"type": item["id"][-1] if item["id"] else "", **_without_type(item["kwargs"])}
    return item


def _without_type(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in kwargs.items() if key != "type"}


def text_of(content: Any) -> str:
    """Return the text of a message's content: a string, or a list of blocks."""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return "" if content is None else json.dumps(content, default=str, ensure_ascii=False)
    parts = [
        part if isinstance(part, str) else str(part.get("text") or "")
        for part in content
        if isinstance(part, str | Mapping)
    ]
    return "\n".join(part for part in parts if part)


def _made(fields: Mapping[str, Any], extra: Any) -> Sequence[Any]:
    if isinstance(found := fields.get("tool_calls"), list | tuple) and found:
        return found
    legacy = fields.get("function_call")
    if isinstance(legacy, Mapping):
        return [{"id": "", "function": legacy}]
    if isinstance(extra, Mapping) and not fields.get("invalid_tool_calls"):
        return found if isinstance(found := extra.get("tool_calls"), list) else ()
    return ()


def _calls(fields: Mapping[str, Any], extra: Any, actor: str) -> list[Call]:
    calls = [_call(item, actor) for item in _made(fields, extra) if isinstance(item, Mapping)]
    unreadable = fields.get("invalid_tool_calls")
    for item in unreadable if isinstance(unreadable, list | tuple) else ():
        if isinstance(item, Mapping):
            why = str(item.get("error") or "the arguments are not valid JSON")
            calls.append(
                Call(_str(item, "id"), _str(item, "name"), item.get("args"), actor, error=why)
            )
    return calls


def _str(item: Mapping[str, Any], key: str) -> str:
    return str(item.get(key) or "")


def _call(item: Mapping[str, Any], actor: str) -> Call:
    inner = item.get("function")
    holder = inner if isinstance(inner, Mapping) else item
    given = holder.get("arguments", holder.get("args"))
    args, error = read_arguments(given)
    return Call(_str(item, "id"), _str(holder, "name"), args, actor, error=error)


def read_arguments(given: Any) -> tuple[Any, str | None]:
    """Return a call's arguments and why they could not be read, or None.

    A Python literal in place of JSON is read for comparing, and still an error.
    """
    if given is None or given == "":
        return {}, None
    if not isinstance(given, str):
        return given, None
    try:
        return json.loads(given), None
    except (ValueError, RecursionError):
        return _literal(given), "the arguments are not valid JSON"


def _literal(text: str) -> Any:
    if len(text) > _PARSED or not text.lstrip().startswith("{"):
        return text
    try:
        found = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return text
    return found if isinstance(found, dict) else text


def _usage(fields: Mapping[str, Any]) -> tuple[int, int, int] | None:
    found = fields.get("usage_metadata") or fields.get("usage")
    if not isinstance(found, Mapping):
        return None
    if found.get("total_cost") == 0:  # LangChain says so of a reply out of a cache
        return 0, 0, 0
    tokens_in = found.get("input_tokens", found.get("prompt_tokens"))
    tokens_out = found.get("output_tokens", found.get("completion_tokens"))
    if not isinstance(tokens_in, int) or not isinstance(tokens_out, int):
        return None
    details = found.get("input_token_details") or found.get("prompt_tokens_details")
    if not isinstance(details, Mapping):
        return tokens_in, tokens_out, 0
    cached = details.get("cache_read", details.get("cached_tokens"))
    return tokens_in, tokens_out, cached if isinstance(cached, int) else 0


def _model(fields: Mapping[str, Any]) -> str:
    metadata = fields.get("response_metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    name = metadata.get("model_name") or metadata.get("model") or fields.get("model") or ""
    return str(name)
