"""Conversations seen before: what a longer list of messages shares with a shorter one."""

import marshal
from collections.abc import Iterable, Sequence
from operator import attrgetter, is_
from threading import Lock
from typing import Any, Final

_LOOK: Final = attrgetter("id", "content")
_KEPT: Final = 64  # conversations
_NEWEST: Final = 4  # messages at the end of what is shared that are read again as a whole
_PLAIN: Final = 2  # marshal's format that says the same of equal values


def mark_of(message: Any) -> Any:
    """Return what tells whether a message was changed in place since; about a microsecond.

    Agents do so to what a model has just said: its name, or the arguments of its calls.
    """
    try:
        return hash(marshal.dumps(message.__dict__, _PLAIN))
    except ValueError:  # it holds an object: an artifact, most often
        return tuple(map(id, message.__dict__.values()))


class Talk:
    """A list of messages, and for each the link of the chain that ends with it."""

    __slots__ = ("looks", "marks", "messages", "tips")

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.looks: list[tuple[Any, Any]] = []
        self.marks: list[Any] = []
        self.tips: list[bytes] = []

    def shared(self, messages: Sequence[Any], *, sure: bool) -> int:
        """Return how many messages at the beginning are the same objects, and unchanged.

        Agents and reducers change messages in place, so the newest are read again; with `sure` ids
        and contents of all of them are looked at, at a tenth of a microsecond each.
        """
        same = min(len(messages), len(self.messages))
        if not all(map(is_, messages, self.messages)):
            pairs = enumerate(zip(messages, self.messages, strict=False))
            same = next(n for n, (new, old) in pairs if new is not old)
        newest = max(same - _NEWEST, 0)
        if sure:
            same = _alike(map(_LOOK, messages[:same]), self.looks[:same], 0)
        return _alike(map(mark_of, messages[newest:same]), self.marks[newest:same], newest)

    def cut(self, length: int) -> None:
        """Forget what comes after so many messages."""
        if length < len(self.messages):
            for kept in (self.messages, self.looks, self.marks, self.tips):
                del kept[length:]

    def add(self, message: Any, tip: bytes) -> None:
        """Take one more message."""
        self.messages.append(message)
        self.looks.append(_LOOK(message))
        self.marks.append(mark_of(message))
        self.tips.append(tip)


def _alike(new: Iterable[Any], old: Sequence[Any], first: int) -> int:
    """Return at which number, counted from the first, two begin to differ, or end."""
    found = list(new)
    if found == old:
        return first + len(found)
    return first + next(
        n for n, (one, other) in enumerate(zip(found, old, strict=True)) if one != other
    )


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

    def clear(self) -> None:
        """Forget all."""
        with self.lock:
            self._talks.clear()
