"""Lay the calls of two traces side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from ...guards.digest import likeness
from .call_steps import CallStep

Change = Literal["same", "request", "result", "status", "only_a", "only_b"]
"""`request`: something else was asked; `result`: the same was asked, and something else came."""
_MOST = 250_000
"""Pairs of calls that are compared; beyond, calls are aligned by their places and names alone."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A call of one trace and that of the other which stands in its place.

    Attributes:
        a: The one, or None: only the other made it.
        b: The other, or None.
    """

    a: CallStep | None
    b: CallStep | None

    @property
    def change(self) -> Change:
        """How they differ."""
        if self.a is None or self.b is None:
            return "only_b" if self.a is None else "only_a"
        if (self.a.before, self.a.request) != (self.b.before, self.b.request):
            return "request"
        if self.a.span.status != self.b.span.status:
            return "status"
        return "same" if self.a.result == self.b.result else "result"


def aligned(one: Sequence[CallStep], other: Sequence[CallStep]) -> list[Pair]:
    """Return the calls of two traces in pairs, in order.

    Calls of the same kind, place and name may stand together; of all ways to pair them, one that
    keeps most calls together, and the most alike.

    Cost: grows with the product of the two lengths, about a second for 500 calls each; beyond that
    length likeness is not looked at.
    """
    if len(one) * len(other) > _MOST:
        return _by_keys(one, other)
    scores = _scores(one, other)
    pairs: list[Pair] = []
    i = j = 0
    while i < len(one) and j < len(other):
        together = _together(one[i], other[j])
        if together and scores[i][j] == together + scores[i + 1][j + 1]:
            pairs.append(Pair(one[i], other[j]))
            i, j = i + 1, j + 1
        elif scores[i][j] == scores[i + 1][j]:
            pairs.append(Pair(one[i], None))
            i += 1
        else:
            pairs.append(Pair(None, other[j]))
            j += 1
    return [*pairs, *(Pair(a, None) for a in one[i:]), *(Pair(None, b) for b in other[j:])]


def _together(a: CallStep, b: CallStep) -> int:
    """Return what it is worth to pair two calls: nothing if they are not of one kind."""
    if a.key != b.key:
        return 0
    if a.request == b.request:
        return 18 if a.result == b.result else 17
    return 8 + round(8 * likeness(a.likeness, b.likeness))


def _scores(one: Sequence[CallStep], other: Sequence[CallStep]) -> list[list[int]]:
    """Return the worth of the best way to pair what comes from each place on."""
    scores = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) - 1, -1, -1):
        row, below = scores[i], scores[i + 1]
        for j in range(len(other) - 1, -1, -1):
            together = _together(one[i], other[j])
            row[j] = max(below[j], row[j + 1], together + below[j + 1] if together else 0)
    return scores


def _by_keys(one: Sequence[CallStep], other: Sequence[CallStep]) -> list[Pair]:
    pairs: list[Pair] = []
    matcher = SequenceMatcher(None, [a.key for a in one], [b.key for b in other], autojunk=False)
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        if kind == "equal":
            pairs += map(Pair, one[i:i_end], other[j:j_end])
        else:
            pairs += [Pair(a, None) for a in one[i:i_end]]
            pairs += [Pair(None, b) for b in other[j:j_end]]
    return pairs
