"""Digests of conversations: each beginning of one is hashed once, as it comes in every call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from operator import attrgetter, is_
from threading import Lock
from typing import Any, NamedTuple

_CONVERSATIONS = 64  # of which the newest state is at hand
_CONTENT = attrgetter("content")
_MESSAGES = 10_000  # that are known by what stood before them

Told = Callable[[Any], str]
"""Returns what a message says, as one text."""
IdsIn = Callable[[Any], Sequence[str]]
"""Returns the ids of the calls that a message makes or answers."""


class _Link(NamedTuple):
    """A message behind others.

    Attributes:
        message: The message; kept, so that its number stays its own.
        content: Its content, by which a change in place is seen.
        digest: Stands for it and those before it.
        names: The ids of calls up to here, by their order.
    """

    message: Any
    content: Any
    digest: bytes
    names: Mapping[str, int]


@dataclass(slots=True)
class _Talk:
    messages: list[Any]
    contents: list[Any]
    tip: _Link

    def begins(self, messages: Sequence[Any]) -> bool:
        """Tell whether a list of messages begins with these, unchanged."""
        if len(messages) < len(self.messages) or not all(map(is_, self.messages, messages)):
            return False
        return all(map(is_, self.contents, _contents(messages, len(self.messages))))

    def go_on(self, messages: Sequence[Any], tip: _Link) -> None:
        """Take the messages that come after these, and the last link."""
        self.messages += messages
        self.contents += map(_content, messages)
        self.tip = tip


_START = _Link(None, None, b"", {})


class Conversations:
    """Hashes lists of messages.

    A list that goes on from one that was hashed costs its new messages, and a comparison of
    identities; one that goes on behind a new first message of the same words, as prompts do, a
    look-up for each message, 0.4 microseconds.
    """

    def __init__(self, told: Told, ids_in: IdsIn) -> None:
        self._told, self._ids_in = told, ids_in
        self._talks: dict[int, _Talk] = {}
        self._links: dict[tuple[bytes, int], _Link] = {}
        self._lock = Lock()

    def digest(self, messages: Sequence[Any]) -> bytes:
        """Return what stands for messages in this order; ids of calls by their order in them."""
        if not messages:
            return b""
        with self._lock:
            talk = self._talks.get(id(messages[0]))
            begun = talk is not None and talk.begins(messages)
            tip = talk.tip if talk is not None and begun else _START
            known = len(talk.messages) if talk is not None and begun else 0
            for message in messages[known:]:
                tip = self._next(tip, message)
            if talk is not None and begun:
                talk.go_on(messages[known:], tip)
                return tip.digest
            if len(self._talks) >= _CONVERSATIONS:
                self._talks.clear()
            self._talks[id(messages[0])] = _Talk([*messages], [*map(_content, messages)], tip)
            return tip.digest

    def _next(self, tip: _Link, message: Any) -> _Link:
        known = self._links.get((tip.digest, id(message)))
        if known and known.message is message and known.content is _content(message):
            return known
        ids = self._ids_in(message)
        new = [each for each in dict.fromkeys(ids) if each not in tip.names]
        names = {**tip.names, **{each: len(tip.names) + n for n, each in enumerate(new)}}
        said = f"{self._told(message)} {[names[each] for each in ids]}"
        digest = blake2b(tip.digest + said.encode("utf-8", "replace"), digest_size=16).digest()
        made = _Link(message, _content(message), digest, names if new else tip.names)
        if len(self._links) >= _MESSAGES:
            self._links.clear()
        self._links[tip.digest, id(message)] = made
        return made


def _contents(messages: Sequence[Any], most: int) -> list[Any]:
    """Return the contents of the first messages."""
    try:
        return list(map(_CONTENT, messages[:most]))
    except AttributeError:  # a text, a pair: LangChain takes them for messages, too
        return list(map(_content, messages[:most]))


def _content(message: Any) -> Any:
    return getattr(message, "content", message)
