"""Cut a text into claims: sentences, list items, table rows and lines of code, with offsets."""

import re
from typing import NamedTuple

from .vocabulary import word_set

_ABBREVIATIONS = word_set(
    "mr mrs ms dr prof st vs etc inc ltd jr sr no fig approx dept est e.g i.e a.m p.m u.s u.k oz lb"
    " ft jan feb mar apr jun jul aug sep sept oct nov dec"
)
_STOP = re.compile(r"[.!?]+[\"'”’)\]]*(?:\s*\[\d+\])*(?=\s|$)|[。！？]+|\n\s*")
_NUMERAL = re.compile(r"[\s*#>_-]*\d{1,3}[.)]\s+")
_EDGE = " \t\r\n*•·-–—#>|_`~"


class Piece(NamedTuple):
    """A stretch of a text: `text[start:end]`."""

    start: int
    end: int


def split(text: str, longest: int = 600) -> list[Piece]:
    """Return the claims of a text, in order, not overlapping, without markup at their edges.

    A piece with no letter or digit is left out. One longer than `longest` characters is cut at
    a space, so that the cost of what follows stays linear.

    >>> [ "Dr. Li paid $3.50. He left."[a:b] for a, b in split("Dr. Li paid $3.50. He left.") ]
    ['Dr. Li paid $3.50.', 'He left.']
    """
    pieces: list[Piece] = []
    start = 0
    for stop in _STOP.finditer(text):
        if text.startswith(".", stop.start()) and _abbreviates(text, start, stop.start()):
            continue
        _add(pieces, text, start, stop.end(), longest)
        start = stop.end()
    _add(pieces, text, start, len(text), longest)
    return pieces


def _abbreviates(text: str, start: int, dot: int) -> bool:
    """Whether the word before a full stop is an abbreviation, an initial or a list's number."""
    before = text[max(start, dot - 8) : dot]
    word = before.rsplit(None, 1)[-1].lstrip("(\"'") if before.strip() else ""
    if len(word) == 1:
        return word.isalpha() or dot - 1 == start or text[start : dot - 1].isspace()
    return word.lower() in _ABBREVIATIONS or (word.isdigit() and text[start:dot].strip() == word)


def _add(pieces: list[Piece], text: str, start: int, end: int, longest: int) -> None:
    while start < end:
        cut = end if end - start <= longest else _space(text, start, start + longest)
        piece = _trimmed(text, start, cut)
        if piece is not None:
            pieces.append(piece)
        start = cut


def _space(text: str, start: int, end: int) -> int:
    space = text.rfind(" ", start + 1, end)
    return end if space < 0 else space


def _trimmed(text: str, start: int, end: int) -> Piece | None:
    numeral = _NUMERAL.match(text, start, end)
    if numeral is not None and numeral.end() < end:
        start = numeral.end()
    raw = text[start:end]
    left = len(raw) - len(raw.lstrip(_EDGE))
    right = len(raw.rstrip(_EDGE))
    if not any(map(str.isalnum, raw[left:right])):
        return None
    return Piece(start + left, start + right)
