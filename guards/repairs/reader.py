"""A cursor over the text of a model, with what was noticed on the way."""

import re
from dataclasses import dataclass, field

from .report import Edit, Layer

EDITS = 200
"""Edits kept of one text; a broken text of megabytes needs no longer list. Chosen."""

FUEL = 4
"""How often, on average, a character may be looked at in vain by the strict decoder, which reads
valid parts of a broken text fast. Chosen: twice the depth at which answers are usually broken."""

_SPACE = re.compile(r"[\s\ufeff\u180e\u200b\u200c\u200d\u2060]*")
_BLOCK_END = "*/"
_LINE_COMMENT = re.compile(r"(?:#|//)[^\n]*")
_CLOSER = re.compile(r"[}\]]")


CUT = object()
"""What is read where the text ends too early to say anything: nothing."""


class OpenText(str):
    """A string that the text ended in: it may grow, so it is no choice, number or date yet."""

    __slots__ = ()


@dataclass(slots=True)
class Reader:
    """Where the reading of a text is, and what had to be assumed so far.

    Attributes:
        text: The whole text.
        pos: Offset of the next character to read.
        edits: What was assumed, at most `EDITS` of them.
        truncated: Whether the text ended inside a value.
        barren: Per quote and place, the offset from which on no quote closes a string. It keeps
            a text of many unclosed strings from being searched to its end for each of them.
        marks_open: Whether more text may come: a string that the text ends in is returned as
            `OpenText`, a number or word not at all.
        fuel: Characters that the strict decoder may still look at in vain, see `FUEL`.
    """

    text: str
    pos: int = 0
    edits: list[Edit] = field(default_factory=list)
    truncated: bool = False
    barren: dict[tuple[str, str], int] = field(default_factory=dict)
    marks_open: bool = False
    fuel: int = -1

    def __post_init__(self) -> None:
        if self.fuel < 0:
            self.fuel = FUEL * len(self.text)

    def note(self, what: str, at: int | None = None, layer: Layer = "syntax") -> None:
        """Remember an edit, at the cursor unless told otherwise."""
        if len(self.edits) < EDITS:
            self.edits.append(Edit(layer, what, self.pos if at is None else at))

    def peek(self) -> str:
        """Return the character at the cursor, or "" at the end."""
        return self.text[self.pos : self.pos + 1]

    def skip(self) -> str:
        """Move over white space and comments; return the character there, or ""."""
        while True:
            found = _SPACE.match(self.text, self.pos)
            self.pos = found.end() if found else self.pos
            char = self.peek()
            if char not in ("/", "#") or not self._skip_comment(char):
                return char

    def _skip_comment(self, char: str) -> bool:
        if char == "/" and self.text.startswith("/*", self.pos):
            end = self.text.find(_BLOCK_END, self.pos + 2)
            self.note("comment removed")
            self.truncated = self.truncated or end < 0
            self.pos = len(self.text) if end < 0 else end + len(_BLOCK_END)
            return True
        found = _LINE_COMMENT.match(self.text, self.pos)
        if found is None:
            return False
        self.note("comment removed")
        self.pos = self._line_comment_end(found)
        return True

    def _line_comment_end(self, found: re.Match[str]) -> int:
        """A comment on the last line of a text ends before a bracket that would close a value."""
        if found.end() < len(self.text):
            return found.end()
        closer = _CLOSER.search(self.text, found.start())
        return closer.start() if closer else found.end()
