"""Conversations seen before: what a longer list of messages shares with a shorter one."""

from collections.abc import Iterable, Sequence
from operator import attrgetter, is_
from threading import Lock
from typing import Any, Final

from ormsgpack import packb

from .plainness import STRICT

_LOOK: Final = attrgetter("id", "content")
_CONTENT: Final = attrgetter("content")
_KEPT: Final = 256  # conversations
_NEWEST: Final = 2  # messages at the end of what is shared that are read again as a whole


def mark_of(message: Any) -> Any:
    """Return what tells whether a message was changed in place since; half a microsecond.

    Agents do so to what a model has just said: its name, or the arguments of its calls.
    """
    try:
        return hash(packb(message.__dict__, None, STRICT))
    except TypeError:  # it holds an object: an artifact, most often
        return tuple(map(id, message.__dict__.values()))


class Talk:
    """A list of messages, and for each the link of the chain that ends with it."""

    __slots__ = ("contents", "looks", "marks", "messages", "tips")

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.contents: list[Any] = []
        self.looks: list[tuple[Any, Any]] = []
        self.marks: list[Any] = []
        self.tips: list[bytes] = []

    def shared(self, messages: Sequence[Any], *, sure: bool) -> int:
        """Return how many messages at the beginning are the same objects, and unchanged.

        Agents and reducers change messages in place, so the newest are read again; with `sure` ids
        and contents of all of them are looked at, at a tenth of a microsecond each.
        """
        own, marks = self.messages, self.marks
        same = min(len(messages), len(own))
        if not all(map(is_, messages, own)):
            pairs = enumerate(zip(messages, own, strict=False))
            same = next(n for n, (new, old) in pairs if new is not old)
        if sure:
            same = _alike(map(_LOOK, messages[:same]), self.looks[:same])
        for n in range(same - 1, max(same - _NEWEST, 0) - 1, -1):
            if mark_of(messages[n]) != marks[n]:
                same = n
        return same

    def look(self, messages: Sequence[Any]) -> None:
        """Forget what comes after a message whose content is another now; 35 ns a message."""
        most = min(len(messages), len(self.looks))
        if list(map(_CONTENT, messages[:most])) != self.contents[:most]:
            self.cut(_alike(map(_CONTENT, messages[:most]), self.contents[:most]))

    def cut(self, length: int) -> None:
        """Forget what comes after so many messages."""
        if length < len(self.messages):
            for kept in (self.messages, self.contents, self.looks, self.marks, self.tips):
                del kept[length:]

    def add(self, message: Any, tip: bytes) -> None:
        """Take one more message."""
        self.messages.append(message)
        self.contents.append(message.content)
        self.looks.append(_LOOK(message))
        self.marks.append(mark_of(message))
        self.tips.append(tip)


def _alike(new: Iterable[Any], old: Sequence[Any]) -> int:
    """Return at which number two begin to differ, or end."""
    found = list(new)
    if found == old:
        return len(found)
    return next(n for n, (one, other) in enumerate(zip(found, old, strict=True)) if one != other)


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

    def look(self, messages: Sequence[Any], first: bytes) -> None:
        """Look at all of a prompt for contents that were changed in place."""
        with self.lock:
            self.of(messages, first).look(messages)

    def clear(self) -> None:
        """Forget all."""
        with self.lock:
            self._talks.clear()
