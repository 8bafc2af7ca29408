"""Sources, indexed once: which words stand where, which word runs occur, which numbers."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from .claims import Piece, split
from .words import NEGATIONS, STOP_STEMS, WORD, Stems

PREFIX = 5
"""Two words whose stems share this many first letters count as near."""


class Window(NamedTuple):
    """One sentence of a source.

    Attributes:
        source: Which source, counted from 0.
        piece: Where in that source.
        negative: Whether it holds a negation.
    """

    source: int
    piece: Piece
    negative: bool


class SourceIndex(NamedTuple):
    """What a set of sources holds. Adding a source only ever adds to it.

    Attributes:
        windows: The sentences, in order.
        places: For each content stem, the windows that hold it, in order.
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
"""In so many windows, the first, a word is looked up: one that is everywhere places nothing."""


def index(sources: Sequence[str], stems: Stems) -> SourceIndex:
    """Index sources; time and memory grow in proportion to their length."""
    windows: list[Window] = []
    places: defaultdict[str, list[int]] = defaultdict(list)
    runs: set[tuple[str, ...]] = set()
    words: set[str] = set()
    find = WORD.findall
    for number, source in enumerate(sources):
        lower = source.lower() if len(source.lower()) == len(source) else source
        flat: list[str] = []
        for piece in split(source):
            raw = find(lower, piece.start, piece.end)
            row = [stems[word] for word in raw]
            at = len(windows)
            for word in {*row} - STOP_STEMS:
                places[word].append(at)
            windows.append(Window(number, piece, not NEGATIONS.isdisjoint(raw)))
            flat += row
        words.update(flat)
        runs.update(pairwise(flat))
        runs.update(zip(flat, flat[1:], flat[2:], strict=False))
    return SourceIndex(windows, places, runs, {word[:PREFIX] for word in words}, words)
