"""Read one value that is nearly JSON, in one pass and without recursion.

Containers are kept on a stack of frames. Each step looks at one character and either closes a
frame, or reads one key, value or item. Nothing is read twice beyond a bounded look-ahead, so
reading is linear in the length of the text.
"""

import re
from typing import Any

from .frames import KINDS, Frame, Kind
from .reader import CUT, Reader
from .report import RepairError
from .strict import decode_at
from .strings import QUOTES, read_string
from .words import Place, read_word

MAX_DEPTH = 400
"""Containers within containers. Chosen: no answer needs more, and `json.dumps` can write it."""

_REOPEN = re.compile(r"[}\]]\s*,\s*(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}')\s*:")
_NEXT_OBJECT = re.compile(r"\]\s*,\s*\{")
_ELLIPSIS = re.compile(r"(?:\.{3}|…)(?=\s*(?:[,}\])/]|$))")
CALL = re.compile(
    r"([A-Za-z_$](?:[\w$.]|\\_)*)\s?\((?=\s*(?:[\"'{\[\d)-]|(?:\\?\w)+\s*=|true|false|null|[\w.]+\(\{|$))"
)
_ARGUMENT = re.compile(r"((?:\\?\w)+)\s*[=:](?!=)\s*")
_BARE_KEY = re.compile(r"([^:,{}\[\]\"'\n=]{1,200}?)\s*(?=:|=)")
_WORD = re.compile(r"[^\s:,{}\[\]\"'“”‘’]+")
_QUOTED_KEY = re.compile(r"\s+(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}')\s*:")
_VALUE_AHEAD = re.compile(r"\s*[\"'“‘{\[]")
_COLON = re.compile(r":|=>?")


class Syntax:
    """The reading of one value from a reader's cursor on.

    Args:
        reader: At the value's first character; afterwards behind its last.
        keep_calls: Read `name({...})` as a call of that name. By default the name is dropped,
            as it is a wrapper (JSONP, `ObjectId("...")`); with named arguments it is kept always.
    """

    def __init__(self, reader: Reader, *, keep_calls: bool = False) -> None:
        self.reader = reader
        self.keep_calls = keep_calls
        self.stack: list[Frame] = []
        self.closers = ""
        self.comma = True
        self.comma_at = 0
        self.result: Any = None

    def read(self) -> Any:
        """Return the value.

        Raises:
            RepairError: It is nested deeper than `MAX_DEPTH`.
        """
        self._value("root")
        return self._rest()

    def read_members(self) -> Any:
        """Return the object whose braces were forgotten; the cursor is at its first key."""
        self.reader.note("braces added")
        self._push("object", "}")
        return self._rest()

    def _rest(self) -> Any:
        while self.stack:
            self._step()
        return self.result

    def _step(self) -> None:
        reader, frame, char = self.reader, self.stack[-1], self.reader.skip()
        if not char:
            self._end_of_text()
        elif char in ",;":
            if self.comma:
                reader.note("comma removed")
            self.comma, self.comma_at = True, reader.pos
            reader.pos += 1
        elif char in "}])":
            self._closer(char)
        elif ellipsis := _ELLIPSIS.match(reader.text, reader.pos):
            reader.note("ellipsis removed")
            reader.pos = ellipsis.end()
        elif frame.kind == "object":
            self._member(frame, char)
        else:
            self._item(frame)

    def _end_of_text(self) -> None:
        self.reader.truncated = True
        self.reader.note(f"{self.closers} added: the text ends inside the value")
        while self.stack:
            self._pop()

    def _push(self, kind: Kind, closer: str, *, name: str = "") -> None:
        if len(self.stack) >= MAX_DEPTH:
            reason = f"the value is nested more than {MAX_DEPTH} levels deep; ask for a flatter one"
            raise RepairError("too_deep", reason, at=self.reader.pos)
        self.stack.append(Frame(kind, closer, name=name))
        self.closers = closer + self.closers
        self.comma = True

    def _pop(self) -> None:
        frame = self.stack.pop()
        self.closers = self.closers[len(frame.closer) :]
        is_empty = not frame.items and not frame.members
        if self.comma and not is_empty:
            self.reader.note("trailing comma removed", self.comma_at)
        value = frame.value(comma=self.comma, keep_calls=self.keep_calls)
        self._emit(value)

    def _emit(self, value: Any) -> None:
        self.comma = False
        if value is CUT:
            self.stack[-1].key = None
        elif not self.stack:
            self.result = value
        elif (frame := self.stack[-1]).key is not None:
            frame.members[frame.key] = value
            frame.key = None
        elif frame.kind == "object":
            self._stray(frame, value)
        else:
            frame.items.append(value)

    def _stray(self, frame: Frame, value: Any) -> None:
        """A container where a key should be: it goes on with the list before it, or is an item."""
        last = next(reversed(frame.members), None)
        if last is not None and isinstance(value, list) and isinstance(frame.members[last], list):
            self.reader.note("list joined with the list before it")
            frame.members[last].extend(value)
        elif last is None:
            self.reader.note("braces around items read as a list")
            frame.kind = "list"
            frame.items.append(value)
        else:
            self.reader.note("a value without a key was removed")

    def _closer(self, char: str) -> None:
        """Close what this bracket closes; take a wrong bracket for the right one if it must be."""
        reader, frame = self.reader, self.stack[-1]
        if char == frame.closer:
            if len(self.stack) == 1 and self._reopens(char):
                reader.note("closing bracket removed: the object goes on")
                reader.pos += 1
                return
            reader.pos += 1
            self._pop()
        elif char in self.closers and not self._is_slip(char):
            reader.note(f"{frame.closer} added" if frame.closer else "braces added")
            self._pop()
        elif char == ")" or (self._reopens(char) and len(self.stack) == 1):
            reader.note(f"{char} removed")
            reader.pos += 1
        else:
            reader.note(f"{char} replaced by {frame.closer}")
            reader.pos += 1
            self._pop()

    def _reopens(self, char: str) -> bool:
        is_object = self.stack[-1].kind == "object"
        return is_object and char in "}]" and bool(_REOPEN.match(self.reader.text, self.reader.pos))

    def _is_slip(self, char: str) -> bool:
        """Whether closing the outermost container here would leave the rest of it outside."""
        if len(self.stack) != 2:
            return False
        rest = _REOPEN if char == "}" else _NEXT_OBJECT
        return bool(self.stack[-1].closer and rest.match(self.reader.text, self.reader.pos))

    def _value(self, place: Place) -> None:
        reader, char = self.reader, self.reader.skip()
        if char in KINDS:
            self._container(char)
        elif char and char in QUOTES:
            self._string(place)
        elif call := CALL.match(reader.text, reader.pos):
            reader.pos = call.end()
            reader.note("call read as a value", call.start())
            self._push("call", ")", name=call[1].replace("\\", ""))
        else:
            self._emit(read_word(reader, place, self.closers))

    def _string(self, place: Place) -> None:
        reader = self.reader
        text = read_string(reader, place, self.closers)
        if place == "item" and self.stack[-1].kind == "list" and reader.skip() == ":":
            reader.note("braces added")
            self._push("object", "")
            reader.pos += 1
            self._member_value(self.stack[-1], text)
        else:
            self._emit(text)

    def _container(self, char: str) -> None:
        """Open a container; where what it holds is valid JSON, let the decoder in C read it."""
        reader, start = self.reader, self.reader.pos
        if char != "(" and reader.fuel > 0 and len(self.stack) < MAX_DEPTH:
            value, end, cost = decode_at(reader.text, start)
            reader.fuel -= cost
            if end >= 0 and (self.stack or not _REOPEN.match(reader.text, end - 1)):
                reader.pos = end
                self._emit(value)
                return
        if char == "(":
            reader.note("parentheses read as a list")
        reader.pos = start + 1
        self._push(*KINDS[char])

    def _item(self, frame: Frame) -> None:
        if not self.comma:
            self.reader.note("comma added")
        argument = _ARGUMENT.match(self.reader.text, self.reader.pos)
        if frame.kind == "call" and argument:
            self.reader.pos = argument.end()
            frame.key = argument[1].replace("\\", "")
        self._value("item")

    def _member(self, frame: Frame, char: str) -> None:
        """Read one key and its value."""
        reader, start = self.reader, self.reader.pos
        if char in "{[(":
            self._container(char)
            return
        key = self._key(char)
        if key is None:
            return
        if not self.comma:
            reader.note("comma added", start)
        following = reader.skip()
        if found := _COLON.match(reader.text, reader.pos):
            reader.pos = found.end()
        elif not following:
            reader.note("key without a value removed", start)
            return
        elif following in ",}])":
            self._lone_key(frame, key, start, following)
            return
        elif key.endswith(":"):
            key = key[:-1]
        else:
            reader.note("colon added")
        self._member_value(frame, key)

    def _lone_key(self, frame: Frame, key: str, start: int, following: str) -> None:
        if not frame.members and frame.closer:
            self.reader.note("braces around items read as a list", start)
            frame.kind = "list"
            self.reader.pos = start
        elif following == ",":
            frame.members[key] = None
            self.comma = False
            self.reader.note("key without a value read as null", start)

    def _member_value(self, frame: Frame, key: str) -> None:
        reader, char = self.reader, self.reader.skip()
        if not char:
            reader.note("key without a value removed")
        elif char in ",}])":
            frame.members[key] = None
            self.comma = False
            reader.note("missing value read as null")
        else:
            frame.key = key
            self._value("value")

    def _key(self, char: str) -> str | None:
        """Read a key; None when there is only text that is none, which is passed over."""
        reader, text = self.reader, self.reader.text
        if char in QUOTES:
            return read_string(reader, "key", self.closers)
        if found := _BARE_KEY.match(text, reader.pos):
            reader.note("quotes added")
            reader.pos = found.end()
            return found[1]
        found = _WORD.match(text, reader.pos)
        start, end = reader.pos, found.end() if found else reader.pos + 1
        reader.pos = end
        follows = _VALUE_AHEAD.match(text, end)
        if _QUOTED_KEY.match(text, end) or char == ":" or (self.stack[-1].members and not follows):
            reader.note("text between members removed", start)
            return None
        return text[start:end]
