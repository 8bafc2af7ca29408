"""Conversations seen before: what a longer list of messages shares with a shorter one."""

from collections.abc import Sequence
from operator import attrgetter, is_
from threading import Lock
from typing import Any, Final

_MARK: Final = attrgetter("id", "content")
_KEPT: Final = 64  # conversations
_NEWEST: Final = 8  # messages at the end of what is shared that are always looked at


class Talk:
    """A list of messages, and for each the link of the chain that ends with it."""

    __slots__ = ("marks", "messages", "tips")

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.marks: list[tuple[Any, Any]] = []
        self.tips: list[bytes] = []

    def shared(self, messages: Sequence[Any], *, sure: bool) -> int:
        """Return how many messages at the beginning are the same objects, and unchanged.

        A reducer gives ids to messages in place, so the newest are looked at again; with `sure`
        all of them are, at a tenth of a microsecond each.
        """
        same = min(len(messages), len(self.messages))
        if not all(map(is_, messages, self.messages)):
            pairs = enumerate(zip(messages, self.messages, strict=False))
            same = next(n for n, (new, old) in pairs if new is not old)
        first = 0 if sure else max(same - _NEWEST, 0)
        marks = list(map(_MARK, messages[first:same]))
        if marks == self.marks[first:same]:
            return same
        changed = zip(marks, self.marks[first:same], strict=True)
        return first + next(n for n, (new, old) in enumerate(changed) if new != old)

    def cut(self, length: int) -> None:
        """Forget what comes after so many messages."""
        if length < len(self.messages):
            del self.messages[length:], self.marks[length:], self.tips[length:]

    def add(self, message: Any, tip: bytes) -> None:
        """Take one more message."""
        self.messages.append(message)
        self.marks.append(_MARK(message))
        self.tips.append(tip)


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
