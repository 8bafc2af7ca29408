"""Sources, indexed once: which words stand where, which word runs occur, which numbers."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from .claims import Piece, split
from .words import NEGATIONS, STOP_STEMS, stem, word_pattern

PREFIX = 5
"""Two words whose stems share this many first letters count as near."""


Run = tuple[str, ...]
"""Neighbouring stems, grammar words included."""


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
        runs: Those pairs and triples of neighbouring stems that were asked for.
        prefixes: First letters of the stems.
        words: All stems.
    """

    windows: list[Window]
    places: dict[str, list[int]]
    runs: set[Run]
    prefixes: set[str]
    words: set[str]


SPREAD = 64
"""In so many windows, the first, a word is looked up: one that is everywhere places nothing."""


def index(sources: Sequence[str], wanted: set[Run]) -> SourceIndex:
    """Index sources; time and memory grow in proportion to their length.

    Args:
        sources: Their texts.
        wanted: The pairs and triples of stems to look for: keeping all of them costs more time
            than all the rest.
    """
    windows: list[Window] = []
    places: defaultdict[str, list[int]] = defaultdict(list)
    runs: set[Run] = set()
    words: set[str] = set()
    for number, source in enumerate(sources):
        lower = source.lower() if len(source.lower()) == len(source) else source
        find = word_pattern(lower).findall
        flat: list[str] = []
        for piece in split(source):
            raw = find(lower, piece.start, piece.end)
            row = list(map(stem, raw))
            at = len(windows)
            for word in {*row} - STOP_STEMS:
                places[word].append(at)
            windows.append(Window(number, piece, not NEGATIONS.isdisjoint(raw)))
            flat += row
        words.update(flat)
        runs |= wanted.intersection(pairwise(flat))
        runs |= wanted.intersection(zip(flat, flat[1:], flat[2:], strict=False))
    return SourceIndex(windows, places, runs, {word[:PREFIX] for word in words}, words)
