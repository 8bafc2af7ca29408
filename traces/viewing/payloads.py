"""What went into models and tools and came out of them, whichever way it was kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..recording import is_message, messages_in

Plain = Mapping[str, Any]
_PARAMS = ("options", "params", "invocation_params")  # what is in the last goes first
_KNOWN = ("human", "ai", "tool", "system")
_NO_PARAMS = ("messages", "prompts", *_PARAMS)
_TOOLS = ("tools", "functions")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What went into a model.

    Attributes:
        messages: The messages, oldest first, plain.
        params: Its parameters.
    """

    messages: Sequence[Plain] = ()
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tools(self) -> list[Plain]:
        """The JSON schemas of the tools it was offered."""
        for name in _TOOLS:
            if isinstance(found := self.params.get(name), list):
                return [tool for tool in found if isinstance(tool, Mapping)]
        return []


def prompt_of(payload: Any) -> Prompt:
    """Return the prompt in what went into a model."""
    params: dict[str, Any] = {}
    if isinstance(payload, Mapping) and not is_message(payload):
        params = {key: value for key, value in payload.items() if key not in _NO_PARAMS}
        for name in _PARAMS:
            if isinstance(found := payload.get(name), Mapping):
                params |= found
        if isinstance(texts := payload.get("prompts"), list):
            return Prompt([{"type": "human", "content": str(text)} for text in texts], params)
    return Prompt(list(messages_of(payload)), params)


def messages_of(payload: Any) -> Iterator[Plain]:
    """Yield the messages in a payload."""
    if isinstance(payload, Mapping) and isinstance(found := payload.get("messages"), list):
        payload = found  # most often: each of them is looked at once, where it is first seen
    for item in payload if _is_list(payload) else messages_in(payload):
        if isinstance(item, Mapping) and (item.get("type") in _KNOWN or is_message(item)):
            yield item


def _is_list(payload: Any) -> bool:
    return isinstance(payload, list) and bool(payload) and isinstance(payload[0], Mapping)


def replies_of(payload: Any) -> list[Plain]:
    """Return the messages that came out of a model; a text alone is one of them."""
    if isinstance(payload, str):
        return [{"type": "ai", "content": payload}]
    if isinstance(payload, Mapping):
        if isinstance(payload.get("message"), Mapping):
            payload = payload["message"]
        elif isinstance(texts := payload.get("texts"), list):
            return [{"type": "ai", "content": str(text)} for text in texts]
    return list(messages_of(payload))
