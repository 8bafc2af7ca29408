"""Read what went into LangSmith's runs, and what came out of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...guards.errors import MessageError
from ...guards.message import read_arguments
from ..recording import is_message, messages_in
from ..store.model import Usage
from .messages import plain_message
from .usage import usage_in

_TEXTS = ("prompts", "prompt")


def model_inputs(inputs: Any, params: Mapping[str, Any]) -> Any:
    """Return a model's prompt as `messages` and `params`; what is no prompt, as it was given."""
    messages = list(plain_messages(messages_in(inputs))) or _prompts(inputs)
    if not messages:
        return inputs
    said = {
        key: value for key, value in _mapping(inputs).items() if key not in ("messages", *_TEXTS)
    }
    return {"messages": messages, "params": {**said, **params}}


def model_outputs(outputs: Any) -> Any:
    """Return a model's reply as `messages`; what is no reply, as it was given."""
    messages = list(plain_messages(messages_in(outputs))) or _generated(outputs)
    return {"messages": messages} if messages else outputs


def plain_messages(items: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield those of some items that are messages, in one form."""
    for item in items:
        try:
            yield plain_message(item)
        except MessageError:
            continue


def usage_of_reply(outputs: Any) -> Usage | None:
    """Return the usage that a reply tells of, or that stands beside it."""
    for message in messages_in(outputs):
        fields = message.get("kwargs", message)
        if found := usage_in(
            _mapping(fields).get("usage_metadata") or _mapping(fields).get("usage")
        ):
            return found
    held = _mapping(outputs)
    llm = _mapping(held.get("llm_output"))
    said = (held.get("usage_metadata"), held.get("usage"), llm.get("token_usage"))
    return next((found for one in said if (found := usage_in(one))), None)


def tool_inputs(inputs: Any) -> Any:
    """Return a tool's arguments; older exports hold them as the text of a Python dict."""
    held = _mapping(inputs)
    if list(held) == ["input"]:
        read, _ = read_arguments(held["input"])
        return read if isinstance(read, dict) else inputs
    return inputs


def tool_outputs(outputs: Any) -> Any:
    """Return what a tool returned: its message, or its value."""
    held = _mapping(outputs)
    value = held["output"] if list(held) == ["output"] else outputs
    return plain_message(value) if isinstance(value, Mapping) and is_message(value) else value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _prompts(inputs: Any) -> list[dict[str, Any]]:
    """Return the prompt of a model that is given text."""
    held = _mapping(inputs)
    given = next((held[name] for name in _TEXTS if held.get(name)), None)
    text = given[0] if isinstance(given, list) else given
    return [{"type": "human", "content": text}] if isinstance(text, str) else []


def _generated(outputs: Any) -> list[dict[str, Any]]:
    """Return the reply of a model that gives text."""
    options = _mapping(outputs).get("generations")
    while isinstance(options, list) and options:
        options = options[0]
    text = _mapping(options).get("text")
    return [{"type": "ai", "content": text}] if isinstance(text, str) else []
