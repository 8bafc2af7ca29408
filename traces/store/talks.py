"""Conversations seen before: what a longer list of messages shares with a shorter one."""

from collections.abc import Iterable, Sequence
from operator import attrgetter, is_
from threading import Lock
from typing import Any, Final

from ormsgpack import packb

from .plainness import STRICT

_LOOK: Final = attrgetter("id", "content")
_CONTENT: Final = attrgetter("content")
_KEPT: Final = 64  # conversations
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
    """The conversations seen last, by their first message."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._talks: dict[int, Talk] = {}

    def of(self, first: Any) -> Talk:
        """Return the conversation that begins with a message; the caller holds the lock."""
        found = self._talks.get(id(first))
        if found is None or not found.messages or found.messages[0] is not first:
            if len(self._talks) >= _KEPT:
                self._talks.clear()
            found = self._talks[id(first)] = Talk()
        return found

    def look(self, messages: Sequence[Any]) -> None:
        """Look at all of a prompt for contents that were changed in place."""
        with self.lock:
            talk = self._talks.get(id(messages[0]))
            if talk is not None and talk.messages and talk.messages[0] is messages[0]:
                talk.look(messages)

    def clear(self) -> None:
        """Forget all."""
        with self.lock:
            self._talks.clear()
