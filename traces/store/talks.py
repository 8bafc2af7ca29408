"""Conversations seen before: what a longer list of messages shares with a shorter one."""

from collections.abc import Sequence
from operator import attrgetter, is_
from threading import Lock
from typing import Any, Final

from ormsgpack import packb

from .plainness import STRICT, packed

_FIELDS: Final = attrgetter("__dict__")
_NO_FIELDS: Final[dict[str, Any]] = {}  # of a text, a pair: LangChain takes them for messages, too
_KEPT: Final = 256  # conversations
_INCOMPARABLE: Final = (TypeError, ValueError, RuntimeError)  # an array, what is endlessly deep


def mark_of(message: Any) -> Any:
    """Return what tells whether a message was changed in place since; half a microsecond.

    Agents do so to what a model has just said: its name, or the arguments of its calls.
    """
    try:
        return hash(packb(message.__dict__, None, STRICT))
    except TypeError:  # it holds an object: an artifact, most often
        fields = message.__dict__.values()
        return tuple(id(each) if (told := packed(each)) is None else told for each in fields)


def fields_then(message: Any) -> Any:
    """Return what the fields of a message are now, to be compared later; its texts are shared."""
    try:
        return _copied(getattr(message, "__dict__", _NO_FIELDS))
    except RecursionError:
        return None  # so that it is read again each time


def alike(messages: Sequence[Any], then: Sequence[Any]) -> int:
    """Return how many messages at the beginning have the fields they had; 0.2 µs a message."""
    try:
        now = list(map(_FIELDS, messages))
    except AttributeError:
        now = [getattr(each, "__dict__", _NO_FIELDS) for each in messages]
    try:
        if now == then:
            return len(now)
    except _INCOMPARABLE:
        pass
    pairs = enumerate(zip(now, then, strict=False))
    differing = (n for n, (one, other) in pairs if not _is_alike(one, other))
    return next(differing, min(len(now), len(then)))


def _is_alike(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except _INCOMPARABLE:
        return False


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if kind is list else value


class Talk:
    """A list of messages, and for each the link of the chain that ends with it."""

    __slots__ = ("messages", "then", "tips")

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.then: list[Any] = []
        self.tips: list[bytes] = []

    def shared(self, messages: Sequence[Any]) -> int:
        """Return how many messages at the beginning are the same objects, and unchanged.

        Agents, reducers and whoever shortens a prompt change messages in place, also old ones.
        """
        own = self.messages
        same = min(len(messages), len(own))
        if not all(map(is_, messages, own)):
            pairs = enumerate(zip(messages, own, strict=False))
            same = next(n for n, (new, old) in pairs if new is not old)
        return alike(messages[:same], self.then[:same])

    def cut(self, length: int) -> None:
        """Forget what comes after so many messages."""
        if length < len(self.messages):
            for kept in (self.messages, self.then, self.tips):
                del kept[length:]

    def add(self, message: Any, tip: bytes) -> None:
        """Take one more message."""
        self.messages.append(message)
        self.then.append(fields_then(message))
        self.tips.append(tip)


class Talks:
    """The conversations seen last, by what their first message says, and their second one.

    Many conversations begin with one system prompt, and many an agent makes it anew for each call.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self._talks: dict[tuple[bytes, int], Talk] = {}

    def of(self, messages: Sequence[Any], first: bytes) -> Talk:
        """Return the conversation that begins like a list of messages; the caller holds the lock.

        Args:
            messages: The messages.
            first: The digest of the first one.
        """
        key = (first, id(messages[1]) if len(messages) > 1 else 0)
        found = self._talks.get(key)
        if found is None:
            if len(self._talks) >= _KEPT:
                del self._talks[next(iter(self._talks))]
            found = self._talks[key] = Talk()
        elif found.messages:
            found.messages[0] = messages[0]  # it says the same
        return found

    def clear(self) -> None:
        """Forget all."""
        with self.lock:
            self._talks.clear()
