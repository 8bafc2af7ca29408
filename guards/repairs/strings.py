"""Read quoted strings, and decide which quote ends one.

A model often forgets to escape a quote, or to write one. So a quote ends its string only if
what follows could follow a string in that place. Each decision looks ahead a bounded number of
characters, and a quote that closes nothing is not looked for twice: the whole stays linear.
"""

import re

from .endings import DOUBLE, PLAIN, SINGLE, TRIPLE, Ending, judge
from .reader import OpenText, Reader
from .words import KEY_AHEAD, Place

QUOTES = DOUBLE + SINGLE
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_KEPT = "\"\\/'`" + QUOTES
_HEX4 = re.compile(r"[0-9a-fA-F]{4}")
_LOW = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_HALF_PAIR = re.compile(r"[\ud800-\udbff]$")
_CUT_HEX = re.compile(r"[0-9a-fA-F]{0,3}$")
_CONCAT = re.compile(r"\s*\+\s*(?:/\*.{0,200}?\*/\s*)?(?=[\"'“‘`])", re.DOTALL)
_CUT_CONCAT = re.compile(r"\s*\+\s*$")
_CLOSING = re.compile(r"\S[\"'”’]\s")
_FENCE_TAIL = re.compile(r"\s*`{3,}\s*$")


def _stops(closers: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(closers)}\\\\]")


_STOP = {quote: _stops('"' if quote == '"' else DOUBLE) for quote in DOUBLE}
_STOP |= {quote: _stops("'" if quote == "'" else SINGLE) for quote in SINGLE}


def read_string(reader: Reader, place: Place, closers: str) -> str:
    """Read the quoted string at the cursor, with what is glued to it by `+`.

    Args:
        reader: At the opening quote.
        place: Where the string stands.
        closers: Closing brackets that are waited for, innermost first.
    """
    if plain := PLAIN[place].match(reader.text, reader.pos):
        reader.pos = plain.end(1) + 1
        return plain[1]
    pieces = [_one(reader, place, closers)]
    while place != "key" and (more := _CONCAT.match(reader.text, reader.pos)):
        reader.note("strings joined")
        reader.pos = more.end()
        pieces[-1] = _CUT_CONCAT.sub("", pieces[-1])
        pieces.append(_one(reader, place, closers))
    return pieces[0] if len(pieces) == 1 else "".join(pieces)


def _one(reader: Reader, place: Place, closers: str) -> str:
    opener = reader.peek()
    if opener != '"':
        reader.note("quotes replaced by double quotes")
    triple = TRIPLE.match(reader.text, reader.pos)
    if triple and place != "key":
        return _triple(reader, triple[0])
    if reader.text.startswith('""', reader.pos) and _is_doubled(reader, place):
        reader.note("doubled quote removed")
        reader.pos += 1
    return _Scan(reader, place, closers, opener).read()


def _is_doubled(reader: Reader, place: Place) -> bool:
    after = reader.text[reader.pos + 2 : reader.pos + 3]
    if after.isalnum():
        return True
    ahead = reader.text[reader.pos + 1 : reader.pos + 200]
    return place == "key" and after == " " and bool(re.match(r"\" [\w ]+\"\s*:", ahead))


def _triple(reader: Reader, quotes: str) -> str:
    start = reader.pos + 3
    end = reader.text.find(quotes, start)
    reader.note("triple quotes replaced")
    reader.truncated = reader.truncated or end < 0
    reader.pos = len(reader.text) if end < 0 else end + 3
    return reader.text[start : None if end < 0 else end]


class _Scan:
    """The reading of one string: pieces so far, and inner quotes met."""

    def __init__(self, reader: Reader, place: Place, closers: str, opener: str) -> None:
        self.reader, self.place, self.closers = reader, place, closers
        self.opener = opener
        self.start = reader.pos + 1
        self.pieces: list[str] = []
        self.copied = self.start
        self.inner: list[int] = []

    def read(self) -> str:
        reader, pos, stop = self.reader, self.start, _STOP[self.opener]
        known = reader.barren.get((self.opener, self.place), len(reader.text))
        while self.start < known and (found := stop.search(reader.text, pos)):
            pos = found.start()
            if found[0] == "\\":
                pos = self._escape(pos)
                continue
            ending = judge(reader.text, self.place, self.start, pos, len(self.inner))
            if ending.kind != "inner":
                return self._ended(ending)
            self.inner.append(pos)
            pos += 1
        reader.barren.setdefault((self.opener, self.place), self.start)
        return self._unclosed()

    def _escape(self, at: int) -> int:
        """Decode the escape at an offset; return the offset behind it."""
        char = self.reader.text[at + 1 : at + 2]
        if char in _ESCAPES:
            return self._put(at, _ESCAPES[char], at + 2)
        if char in ("", "\n"):
            return self._put(at, "", at + 2)
        if char in _KEPT:
            return self._put(at, char, at + 2)
        if char == "u":
            return self._unicode(at)
        self.reader.note("backslash kept as a character", at)
        return self._put(at, "\\", at + 1)

    def _put(self, at: int, decoded: str, end: int) -> int:
        self.pieces += [self.reader.text[self.copied : at], decoded]
        self.copied = min(end, len(self.reader.text))
        return self.copied

    def _unicode(self, at: int) -> int:
        text = self.reader.text
        if found := _HEX4.match(text, at + 2):
            code, end = int(found[0], 16), found.end()
            low = _LOW.match(text, end) if 0xD800 <= code < 0xDC00 else None
            if low:
                code = 0x10000 + ((code - 0xD800) << 10) + int(low[1], 16) - 0xDC00
                end = low.end()
            return self._put(at, chr(code), end)
        if _CUT_HEX.match(text, at + 2):
            return self._put(at, "", len(text))
        self.reader.note("backslash kept as a character", at)
        return self._put(at, "\\", at + 1)

    def _content(self, end: int) -> str:
        if end < self.copied:
            self.pieces = []
            self.copied = self.start
        return "".join(self.pieces) + self.reader.text[self.copied : end]

    def _ended(self, ending: Ending) -> str:
        reader = self.reader
        if self.inner:
            reader.note("quotes inside a string escaped", self.inner[0])
        if ending.kind == "missing":
            reader.note("closing quote added", ending.at)
        text = self._content(ending.at)
        reader.pos = ending.resume
        raw_line_end = reader.text[self.start : ending.at].rstrip(" \t").endswith("\n")
        if ending.kind == "missing" or (raw_line_end and text.strip()):
            text = text.rstrip()
        return text

    def _unclosed(self) -> str:
        """The text ends before a closing quote: cut where the string most likely ended."""
        reader, text = self.reader, self.reader.text
        body_end = len(text)
        if fence := _FENCE_TAIL.search(text, max(self.start, body_end - 50)):
            body_end = fence.start()
        tail = self._tail(body_end)
        if tail == body_end:
            reader.pos = len(text)
            reader.truncated = True
            if len(self.inner) % 2 and _CLOSING.match(text, self.inner[-1] - 1):
                reader.pos = self.inner[-1] + 1
                return self._content(self.inner[-1])
            reader.note("closing quote added: the text ends inside a string")
            content = _CUT_CONCAT.sub("", self._content(body_end))
            return OpenText(_HALF_PAIR.sub("", content)) if reader.marks_open else content
        end, resume = self._guess(tail)
        reader.note("closing quote added", end)
        reader.pos = resume
        return self._content(end).rstrip()

    def _tail(self, end: int) -> int:
        """Return where the brackets begin that end the text and close the open containers."""
        for closer in reversed(self.closers):
            rest = self.reader.text[max(self.start, end - 200) : end].rstrip(" \t\r\n,;")
            if not rest.endswith(closer):
                break
            end = max(self.start, end - 200) + len(rest) - 1
        return end

    def _guess(self, tail: int) -> tuple[int, int]:
        """Return where the content ends and where to go on, before the brackets at `tail`."""
        text = self.reader.text
        if self.inner and self.place != "key":
            last = self.inner[0] if len(self.inner) == 1 else self.inner[-1]
            return last, last + 1
        limit = min(tail, self.start + 100_000)
        if self.place == "item":
            comma = text.find(",", self.start, limit)
            return (comma, comma) if comma >= 0 else (tail, tail)
        if self.place == "key":
            colon = text.find(":", self.start, limit)
            return (colon, colon) if colon >= 0 else (tail, tail)
        comma = text.find(",", self.start, limit)
        while comma >= 0 and not KEY_AHEAD.match(text, comma):
            comma = text.find(",", comma + 1, limit)
        return (comma, comma) if comma >= 0 else (tail, tail)
