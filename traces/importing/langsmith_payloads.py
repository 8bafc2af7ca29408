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
_PROMPTS = ("messages", *_TEXTS)


def model_inputs(inputs: Any, params: Mapping[str, Any]) -> Any:
    """Return a model's prompt as `messages`, or `prompts` of text, beside `params`.

    What is no prompt is returned as it was given.
    """
    rest = {key: value for key, value in _mapping(inputs).items() if key not in _PROMPTS}
    told = {"params": {**rest, **params}}
    if messages := list(plain_messages(messages_in(inputs))):
        return {"messages": messages, **told}
    given = next((found for name in _TEXTS if (found := _mapping(inputs).get(name))), None)
    texts = [given] if isinstance(given, str) else given
    return {"prompts": texts, **told} if isinstance(texts, list) else inputs


def model_outputs(outputs: Any) -> Any:
    """Return a model's reply as its `message`, or `texts`; what is none, as it was given."""
    if messages := list(plain_messages(messages_in(outputs))):
        return reply(messages)
    options = _mapping(outputs).get("generations")
    while isinstance(options, list) and options:
        options = options[0]
    text = _mapping(options).get("text")
    return {"texts": [text]} if isinstance(text, str) else outputs


def reply(messages: list[Any]) -> dict[str, Any]:
    """Return the messages that came out of a model as a recorder keeps them."""
    return {"message": messages[0]} if len(messages) == 1 else {"messages": messages}


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
