"""Read JSON values from text of any length, one at a time: JSON, JSON Lines, one huge array."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

CHUNK = 1 << 20
"""Characters read at once. A chunk is all that is kept beyond the value being read."""

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_LONGEST_TOKEN = (
    16  # `-Infinity`, or two \uXXXX escapes: what a chunk's end may cut outside strings
)


class Text(Protocol):
    """What text is read from."""

    def read(self, size: int, /) -> str:
        """Return at most so many characters, none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Value:
    """A JSON value.

    Attributes:
        data: The value.
        line: The line it begins on, from 1.
    """

    data: Any
    line: int


@dataclass(frozen=True, slots=True)
class Unread:
    """A place that could not be read.

    Attributes:
        line: The line it begins on, from 1.
        why: What is wrong, in a clause without text of the file.
    """

    line: int
    why: str


class _BadValueError(Exception):
    """What stands at the present place is no JSON value."""


def values_in(
    text: Text, *, whole: Callable[[Any], bool], chunk: int = CHUNK
) -> Iterator[Value | Unread]:
    """Yield the values of a text, and where one could not be read.

    A list is opened, and its items are yielded one by one, so that a file that is one long list
    is never held in memory; an empty list is a value. Where each line is a value of its own, a bad
    one costs only its line; a value over several lines that breaks off costs the rest of the text.

    Cost: time grows with the text, memory with its longest value.

    Args:
        text: Where to read from; a line ends with a line feed and with nothing else.
        whole: Whether a list that begins with this item is to be kept as one value.
        chunk: Characters to read at once.
    """
    window = _Window(text, chunk)
    lined = bool(window.space()) and window.is_lined()
    while window.space():
        line = window.line
        try:
            yield from _opened(window, whole)
        except _BadValueError as error:
            yield Unread(line if lined else window.line, str(error))
            if not lined:
                return
            window.drop_line()


def _opened(window: "_Window", whole: Callable[[Any], bool]) -> Iterator[Value]:
    line = window.line
    if window.space() != "[":
        yield Value(window.value(), line)
        return
    window.step()
    kept: list[Any] | None = None
    empty = True
    for first, item in _items(window):
        if first and whole(item.data):
            kept = []
        if kept is None:
            yield item
        else:
            kept.append(item.data)
        empty = False
    if kept is not None or empty:
        yield Value(kept or [], line)


def _items(window: "_Window") -> Iterator[tuple[bool, Value]]:
    first = True
    while (sign := window.space()) != "]":
        if not first:
            if sign != ",":
                raise _BadValueError("a list lacks a comma or its end")
            window.step()
            window.space()
        line = window.line
        yield first, Value(window.value(), line)
        first = False
    window.step()


class _Window:
    """The part of a text that is being read."""

    def __init__(self, text: Text, chunk: int) -> None:
        self.line = 1
        self._text, self._chunk = text, chunk
        self._held, self._at, self._ended = "", 0, False

    def space(self) -> str:
        """Go to the next character that is not white space, and return it; "" at the end."""
        while True:
            match = _SPACE.match(self._held, self._at)
            self._go(match.end() if match else self._at)
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def step(self) -> None:
        """Go one character on."""
        self._go(self._at + 1)

    def value(self) -> Any:
        """Read the value that begins here.

        Raises:
            _BadValueError: None does; the place stays where it was.
        """
        while True:
            try:
                found, end = _DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                if not self._is_cut(error) or not self._more():
                    raise _BadValueError(_said(error)) from error
            except (RecursionError, ValueError) as error:
                raise _BadValueError("it is nested too deeply, or a number is too long") from error
            else:
                closed = end < len(self._held) or isinstance(found, str | list | dict)
                if closed or not self._more():  # a number may go on in the next chunk
                    self._go(end)
                    return found

    def is_lined(self) -> bool:
        """Return whether the line that begins here looks like a value of its own."""
        end = self._held.find("\n", self._at)
        line = self._held[self._at : end].rstrip() if end >= 0 else "]"
        return line[-1:] not in tuple("[{,:")

    def drop_line(self) -> None:
        """Go to the beginning of the next line."""
        while (end := self._held.find("\n", self._at)) < 0:
            self._at = len(self._held)
            if not self._more():
                return
        self._go(end + 1)

    def _go(self, place: int) -> None:
        self.line += self._held.count("\n", self._at, place)
        self._at = place

    def _more(self) -> bool:
        """Read on, and return whether there was more; twice as much where a value is long."""
        if self._ended:
            return False
        rest = self._held[self._at :]
        new = self._text.read(max(self._chunk, len(rest)))
        self._held, self._at, self._ended = rest + new, 0, not new
        return not self._ended

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Return whether it may be only the end of the chunk that makes the value bad."""
        rest = len(self._held) - error.pos
        return rest <= _LONGEST_TOKEN or error.msg.startswith("Unterminated string")


def _said(error: json.JSONDecodeError) -> str:
    return f"it is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}"
