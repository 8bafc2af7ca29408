"""What a call asks, in one form for all ways to ask the same: what a replay finds it by.

Left out is what differs from run to run and says nothing: ids of messages, what LangGraph injects,
callbacks. Ids of tool calls are named by their order. What is left is redacted before it is hashed,
so that a request made of redacted answers hashes like the one of the originals.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from operator import is_
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.tools import BaseTool
from pydantic import BaseModel

from ..store.plainness import packed
from .conversations import Conversations
from .tape import LeafCall

Redact = Callable[[Any], Any]
"""Returns a JSON tree without what must not be kept."""
MayFind = Callable[[bytes], bool]
"""Tells of JSON whether anything of it must not be kept."""

_NOT_ASKED = frozenset(("run_manager", "config", "callbacks", "stream"))
_PLAIN = frozenset((str, int, float, bool, type(None)))
_LISTS = (list, tuple)
_HOLDERS = (list, dict)
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False)
_DEEPEST = 40
_LARGE = 500  # characters from which a list is remembered: the tools that come with every call
_REMEMBERED = 10_000  # messages and lists, as they come in every call


class _Model:
    """A model, and what it is as long as no field of it is another, nor changed in place."""

    __slots__ = ("_fields", "_inside", "_owner", "told")

    def __init__(self, owner: Any, fields: Mapping[str, Any], told: Any) -> None:
        self._owner, self._fields, self.told = owner, list(fields.values()), told
        self._inside = [(each, packed(each)) for each in self._fields if isinstance(each, _HOLDERS)]

    def is_of(self, owner: Any, fields: Mapping[str, Any]) -> bool:
        """Tell whether this is the same model, unchanged."""
        if self._owner is not owner or len(self._fields) != len(fields):
            return False
        if not all(map(is_, self._fields, fields.values())):
            return False
        return all(told is not None and packed(each) == told for each, told in self._inside)


class Requests:
    """Brings the requests of calls to one form; each message, and each set of tools, once."""

    def __init__(self, redact: Redact, may_find: MayFind = lambda _: True) -> None:
        """Say how to redact.

        Args:
            redact: Returns a JSON tree without what must not be kept.
            may_find: Tells of JSON whether there is anything to redact; False must be sure.
        """
        self._redact, self._may_find = redact, may_find
        self._short: dict[Any, str] = {}
        self._models: dict[int, _Model] = {}
        self._conversations = Conversations(self._said, _ids_in)
        self._lists: dict[int, tuple[Any, str]] = {}

    def of(self, call: LeafCall) -> Mapping[str, Any]:
        """Return what a call asks, in which messages are still messages."""
        first = call.args[0] if call.args else None
        if call.kind == "model" and isinstance(first, list | str):
            stop = call.args[1] if len(call.args) > 1 else None
            asked = asked_of(call)
            model = _model_of(call) if asked or stop else self._model(call)
            return {"messages": first, "model": model, "params": asked | _given(stop=stop)}
        return {"args": list(call.args), "params": asked_of(call)}

    def _model(self, call: LeafCall) -> Any:
        """Return what a model is, by which it is known as long as none of its fields changes."""
        has = vars(call.owner)
        seen = self._models.get(id(call.owner))
        if seen is not None and seen.is_of(call.owner, has):
            return seen.told
        told = _model_of(call)
        if len(self._models) > _REMEMBERED:
            self._models.clear()
        self._models[id(call.owner)] = _Model(call.owner, has, told)
        return told

    def digest(self, request: Mapping[str, Any]) -> str:
        """Return 32 hexadecimal characters that stand for a request."""
        messages = request.get("messages")
        begun = self._conversations.digest(messages) if isinstance(messages, list) else b""
        found = blake2b(begun, digest_size=16)
        for key, value in _parts(request):
            found.update(f"\n{key} {self._text(value)}".encode("utf-8", "replace"))
        return found.hexdigest()

    def plain(self, request: Mapping[str, Any]) -> Any:
        """Return a request as redacted JSON, to be shown and compared."""
        return self._redact(plain(request))

    def _said(self, message: Any) -> str:
        return self._redacted(plain(message))

    def _redacted(self, tree: Any) -> str:
        """Return a tree as JSON without what must not be kept."""
        text = _written(tree)
        if not self._may_find(text.encode("utf-8", "replace")):
            return text
        return _written(self._redact(tree))

    def _text(self, value: Any) -> str:
        if not isinstance(value, list):
            return self._text_once(value)
        seen = self._lists.get(id(value))
        if seen is None or seen[0] is not value:
            seen = (value, self._redacted(plain(value)))
            if len(self._lists) > _REMEMBERED:
                self._lists.clear()
            if len(seen[1]) > _LARGE:
                self._lists[id(value)] = seen
        return seen[1]

    def _text_once(self, value: Any) -> str:
        """Return what is said by a value; short plain ones come with every call."""
        pairs = tuple(value.items()) if type(value) is dict else ((value,),)
        if not all(type(each) in _PLAIN for pair in pairs for each in pair):
            return self._redacted(plain(value))
        key = (type(value), pairs, tuple(type(pair[-1]) for pair in pairs))  # 1 is no True
        found = self._short.get(key)
        if found is None:
            found = self._redacted(plain(value))
            if len(self._short) > _REMEMBERED:
                self._short.clear()
            self._short[key] = found
        return found


def _given(**named: Any) -> dict[str, Any]:
    return {name: value for name, value in named.items() if value}


def _written(tree: Any) -> str:
    return _ENCODER.encode(tree)


def _parts(request: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in sorted(request):
        if key == "params":
            yield from sorted(request[key].items())
        elif key != "messages" or not isinstance(request[key], list):
            yield key, request[key]


def asked_of(call: LeafCall) -> dict[str, Any]:
    """Return the arguments by name that a caller gave, without what was injected."""
    injected = call.owner._injected_args_keys if isinstance(call.owner, BaseTool) else ()  # noqa: SLF001 - LangChain says it nowhere else
    return {
        name: value
        for name, value in call.kwargs.items()
        if name not in _NOT_ASKED and name not in injected and value is not None
    }


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON; of what is no data, its class alone."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, str | int | float):
        return _worth(value)
    if depth > _DEEPEST:
        return f"<{type(value).__name__}>"
    if isinstance(value, BaseMessage):
        return plain(_message(value), depth + 1)
    if type(value) is dict or isinstance(value, Mapping):
        return {str(key): plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, _LISTS):
        return [plain(each, depth + 1) for each in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(each, depth + 1) for each in value), key=repr)
    return _object(value, depth)


def _worth(value: str | int | float) -> str | int | float:
    """Return what a value of a class of its own is worth: an enum's member, most often."""
    if isinstance(value, str):
        return str.__str__(value)
    return int.__int__(value) if isinstance(value, int) else float.__float__(value)


def _object(value: Any, depth: int) -> Any:
    if isinstance(value, type) or callable(value):
        return f"<{getattr(value, '__qualname__', type(value).__name__)}>"
    if isinstance(value, BaseModel):
        return plain(dict(value), depth + 1)
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {each.name: plain(getattr(value, each.name, None), depth + 1) for each in fields}
    if isinstance(value, bytes):
        return f"<bytes {blake2b(value, digest_size=8).hexdigest()}>"
    text = str(value)
    return f"<{type(value).__name__}>" if " at 0x" in text else text


def _message(message: BaseMessage) -> Mapping[str, Any]:
    has = vars(message)  # to ask a model of Pydantic's for what it has not takes a microsecond
    said = {
        "type": message.type.removesuffix("MessageChunk").lower(),
        "content": message.content or "",
        "name": message.name,
        "role": has.get("role"),
        "calls": [[call["name"], call["args"]] for call in has.get("tool_calls", ())],
        "invalid": [call["args"] for call in has.get("invalid_tool_calls", ())],
        "failed": has.get("status") == "error" or None,
    }
    return {name: each for name, each in said.items() if each or name in ("type", "content")}


def _ids_in(message: BaseMessage) -> list[str]:
    """Return the ids of calls that a message makes or answers."""
    has = vars(message) if isinstance(message, BaseMessage) else {}
    ids: Iterable[Any] = [call["id"] for call in has.get("tool_calls", ())]
    return [each for each in [*ids, has.get("tool_call_id")] if each]


def _model_of(call: LeafCall) -> Any:
    """Return what the model is, as LangSmith is told of it: provider, name, temperature."""
    try:
        told = call.owner._get_ls_params(**dict(call.kwargs))  # noqa: SLF001 - what callbacks get of it, too
    except (AttributeError, TypeError, ValueError, NotImplementedError):
        return {}
    return {name: plain(value) for name, value in told.items() if value is not None}
