"""Digests of conversations: each beginning of one is hashed once, as it comes in every call."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from operator import is_
from threading import Lock
from typing import Any, NamedTuple

from ..store.talks import alike, fields_then

_CONVERSATIONS = 64  # of which the newest state is at hand
_MESSAGES = 10_000  # that are known by what stood before them

Told = Callable[[Any], str]
"""Returns what a message says, as one text."""
IdsIn = Callable[[Any], Sequence[str]]
"""Returns the ids of the calls that a message makes or answers."""


class _Link(NamedTuple):
    """A message behind others.

    Attributes:
        message: The message; kept, so that its number stays its own.
        then: Its fields then, by which a change in place is seen.
        digest: Stands for it and those before it.
        ids: The ids of calls in it.
    """

    message: Any
    then: Any
    digest: bytes
    ids: Sequence[str]


class _Words(NamedTuple):
    """What a message says, wherever it stands, and the ids of calls in it."""

    message: Any
    then: Any
    told: bytes
    ids: Sequence[str]


@dataclass(slots=True)
class _Talk:
    """Messages that were hashed, with the ids of calls in them by their order."""

    messages: list[Any] = field(default_factory=list)
    then: list[Any] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    digest: bytes = b""

    def begins(self, messages: Sequence[Any]) -> bool:
        """Tell whether a list of messages begins with these, unchanged."""
        if len(messages) < len(self.messages) or not all(map(is_, self.messages, messages)):
            return False
        return _are_alike(messages[: len(self.then)], self.then)

    def named(self, ids: Iterable[str]) -> list[int]:
        """Return the numbers of ids; those that are new get the next ones."""
        return [self.names.setdefault(each, len(self.names)) for each in ids]


class Conversations:
    """Hashes lists of messages.

    A list that goes on from one that was hashed costs its new messages, and a comparison of
    identities; one that goes on behind a new first message of the same words, as prompts do, a
    look-up for each message, a microsecond. Behind other words each message is hashed anew, a
    few microseconds; what it says is told once wherever it stands.
    """

    def __init__(self, told: Told, ids_in: IdsIn) -> None:
        self._told, self._ids_in = told, ids_in
        self._talks: dict[int, _Talk] = {}
        self._links: dict[tuple[bytes, int], _Link] = {}
        self._words: dict[int, _Words] = {}
        self._lock = Lock()

    def digest(self, messages: Sequence[Any]) -> bytes:
        """Return what stands for messages in this order; ids of calls by their order in them."""
        if not messages:
            return b""
        with self._lock:
            talk = self._talks.get(id(messages[0]))
            if talk is None or not talk.begins(messages):
                if len(self._talks) >= _CONVERSATIONS:
                    self._talks.clear()
                talk = self._talks[id(messages[0])] = _Talk()
            for message in messages[len(talk.messages) :]:
                self._go_on(talk, message)
            return talk.digest

    def _go_on(self, talk: _Talk, message: Any) -> None:
        link = self._links.get((talk.digest, id(message)))
        if link and link.message is message and _are_alike([message], [link.then]):
            talk.named(link.ids)
        else:
            link = self._linked(talk, message)
        talk.messages.append(message)
        talk.then.append(link.then)
        talk.digest = link.digest

    def _linked(self, talk: _Talk, message: Any) -> _Link:
        words = self._words_of(message)
        said = words.told + (f" {talk.named(words.ids)}".encode() if words.ids else b" []")
        digest = blake2b(talk.digest + said, digest_size=16).digest()
        made = _Link(message, words.then, digest, words.ids)
        if len(self._links) >= _MESSAGES:
            self._links.clear()
        self._links[talk.digest, id(message)] = made
        return made

    def _words_of(self, message: Any) -> _Words:
        """Return what a message says: behind another prompt it says the same."""
        known = self._words.get(id(message))
        if known and known.message is message and _are_alike([message], [known.then]):
            return known
        told = self._told(message).encode("utf-8", "replace")
        made = _Words(message, fields_then(message), told, self._ids_in(message))
        if len(self._words) >= _MESSAGES:
            self._words.clear()
        self._words[id(message)] = made
        return made


def _are_alike(messages: Sequence[Any], then: Sequence[Any]) -> bool:
    """Tell whether messages have the fields they had."""
    return alike(messages, then) == len(then)
