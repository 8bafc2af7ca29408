"""Sources, indexed once: which words stand where, which word runs occur, which numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from .claims import Piece, split
from .words import NEGATIONS, STOP_STEMS, WORD, Stems

PREFIX = 5
"""Two words whose stems share this many first letters count as near."""


@dataclass(frozen=True, slots=True)
class Window:
    """One sentence of a source.

    Attributes:
        source: Which source, counted from 0.
        piece: Where in that source.
        negative: Whether it holds a negation.
    """

    source: int
    piece: Piece
    negative: bool


@dataclass(frozen=True, slots=True)
class SourceIndex:
    """What a set of sources holds. Adding a source only ever adds to it.

    Attributes:
        windows: The sentences, in order.
        places: For each content stem, the first windows that hold it, at most `SPREAD`.
        runs: Pairs and triples of neighbouring stems, grammar words included.
        prefixes: First letters of the stems.
        words: All stems.
    """

    windows: list[Window]
    places: dict[str, list[int]]
    runs: set[tuple[str, ...]]
    prefixes: set[str]
    words: set[str]


SPREAD = 64


def index(sources: Sequence[str], stems: Stems) -> SourceIndex:
    """Index sources; time and memory grow in proportion to their length."""
    windows: list[Window] = []
    places: dict[str, list[int]] = {}
    runs: set[tuple[str, ...]] = set()
    words: set[str] = set()
    find = WORD.findall
    for number, source in enumerate(sources):
        lower = source.lower()
        if len(lower) != len(source):
            lower = source
        for piece in split(source):
            raw = find(lower, piece.start, piece.end)
            row = [stems[word] for word in raw]
            here = set(row)
            at = len(windows)
            windows.append(Window(number, piece, not NEGATIONS.isdisjoint(raw)))
            runs.update(zip(row, row[1:], strict=False))
            runs.update(zip(row, row[1:], row[2:], strict=False))
            words |= here
            for word in here:
                if word in STOP_STEMS:
                    continue
                spots = places.setdefault(word, [])
                if len(spots) < SPREAD:
                    spots.append(at)
    return SourceIndex(windows, places, runs, {word[:PREFIX] for word in words}, words)
