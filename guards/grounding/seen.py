"""What a run has seen, indexed once so that many values can be looked up."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from .amounts import find_amounts
from .dates import Day, find_days
from .words import UNSPACED

_RUN = re.compile(rf"[{UNSPACED}]|[^\W\d_{UNSPACED}]+|\d+")
_WORD = re.compile(r"[^\W_]+")
_SPOKEN = re.compile(r"\b(?:underscore|hyphen|dash|dot|at sign|hashtag)\b", re.IGNORECASE)
JOINABLE = 4
"""Shorter values must be one word of the text: longer ones may be spread over several."""


@dataclass(frozen=True)
class Seen:
    """Texts a run has seen, oldest first. Indexing is linear in their length, and done on demand.

    Attributes:
        texts: The user's words, tool results, the system prompt, state; not the model's own words.
    """

    texts: tuple[str, ...]

    @classmethod
    def of(cls, texts: "Sequence[str] | Seen") -> "Seen":
        """Index texts, or return what is indexed already."""
        return texts if isinstance(texts, Seen) else cls(tuple(texts))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every run of letters and digits, in lower case."""
        return frozenset(word for text in self.texts for word in _WORD.findall(text.casefold()))

    @cached_property
    def amounts(self) -> frozenset[float]:
        """Every number that stands alone, absolute value."""
        return frozenset(amount for text in self.texts for amount in find_amounts(text))

    @cached_property
    def days(self) -> frozenset[Day]:
        """Every date named."""
        return frozenset(day for text in self.texts for day in find_days(text))

    @cached_property
    def _joined(self) -> tuple[str, list[int]]:
        runs: list[str] = []
        for text in self.texts:
            runs.extend(_RUN.findall(_SPOKEN.sub(" ", text).casefold()))
            runs.append("\0")
        return "".join(runs), [0, *accumulate(map(len, runs))]

    def holds(self, value: str) -> bool:
        """Whether a text holds the value, whatever its case, punctuation and spacing.

        It must begin and end where a run of letters or of digits does, so `W1234` is not found
        in `W12345`.
        """
        needle = "".join(_RUN.findall(_SPOKEN.sub(" ", value).casefold()))
        if len(needle) < JOINABLE:
            return bool(needle) and needle in self.words
        joined, edges = self._joined
        at = joined.find(needle)
        while at >= 0:
            if _is_edge(edges, at) and _is_edge(edges, at + len(needle)):
                return True
            at = joined.find(needle, at + 1)
        return False

    def holds_words(self, value: str) -> bool:
        """Whether every word of the value occurs somewhere."""
        return all(word in self.words for word in _WORD.findall(value.casefold()))


def _is_edge(edges: list[int], at: int) -> bool:
    return edges[bisect_right(edges, at) - 1] == at
