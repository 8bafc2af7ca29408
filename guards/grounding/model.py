"""The small model that turns measures into scores: boosted trees per claim, a sum per answer.

Both are monotone: the better the sources support a claim, the higher its score and the answer's.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .features import Measured
from .support import SUPPORT

Node = float | tuple[int, float, "Node", "Node"]
"""A leaf's value; or which input, its limit, the branch up to the limit, the branch above it."""

_NEIGHBOURLY = tuple(SUPPORT.index(name) for name in ("covered", "in_pair", "pairs_copied"))
_COUNTED = tuple(
    SUPPORT.index(name)
    for name in ("unseen_count", "unseen_loose", "unseen_numbers", "unseen_names", "unseen_strong")
)
BACKED = len(SUPPORT) + 3
"""So many inputs of a claim speak of its own support."""
CONTEXT = 3 * (len(_NEIGHBOURLY) + 1)
"""And so many of that of its neighbours and of the whole answer."""


@dataclass(frozen=True, slots=True)
class Model:
    """The learned numbers.

    Attributes:
        words: How telling an unseen word is; 1 is the mean, and counts for words not listed.
        base: Log odds that a claim is unsupported, before any measure.
        trees: Added to it, one leaf of each.
        weights: One per input of `answer_inputs`, same order.
        intercept: Log odds that an answer is unsupported, when all its inputs are 0.
        threshold: An answer that scores less, 0 to 1, is not grounded.
        claim_threshold: A claim that scores less, 0 to 1, is not supported.
    """

    words: Mapping[str, float]
    base: float
    trees: Sequence[Node]
    weights: Sequence[float]
    intercept: float
    threshold: float
    claim_threshold: float


def claim_inputs(measured: Sequence[Measured], words: Mapping[str, float]) -> list[list[float]]:
    """Return a row of numbers per claim: own support, the neighbours', the answer's, shape."""
    backed = [[*each.support.values, *_novelty(each.support.unseen, words)] for each in measured]
    near = [[*(row[at] for at in _NEIGHBOURLY), row[len(SUPPORT)]] for row in backed]
    mean = [sum(column) / len(near) for column in zip(*near, strict=True)]
    edge = [*([1.0] * len(_NEIGHBOURLY)), 0.0]
    return [
        [*own, *before, *after, *mean, *each.values[len(SUPPORT) :]]
        for own, before, after, each in zip(
            backed, [edge, *near], [*near[1:], edge], measured, strict=False
        )
    ]


def _novelty(unseen: Sequence[str], words: Mapping[str, float]) -> list[float]:
    weights = sorted((words.get(word, 1.0) for word in unseen), reverse=True)
    return [-sum(weights), *(-weight for weight in [*weights, 0.0, 0.0][:2])]


def claim_odds(row: Sequence[float], model: Model) -> float:
    """Return the log odds that a claim is unsupported."""
    total = model.base
    for node in model.trees:
        while isinstance(node, tuple):
            node = node[2] if row[node[0]] <= node[1] else node[3]
        total += node
    return total


def answer_inputs(rows: Sequence[Sequence[float]], odds: Sequence[float]) -> list[float]:
    """Return the answer's numbers; all but the last ones, its shape, rise with what is wrong."""
    worst = sorted(odds, reverse=True)
    worst += [worst[-1] - 1.0] * (3 - len(worst))
    doubt = sum(math.log1p(math.exp(min(each, 30.0))) for each in odds)
    columns = list(zip(*rows, strict=True))
    backed, shape = columns[:BACKED], columns[BACKED + CONTEXT :]
    return [
        *worst[:3],
        sum(odds) / len(odds),
        math.log(doubt),
        *(-min(column) for column in backed),
        *(-sum(column) / len(rows) for column in backed),
        *(-sum(columns[at]) for at in (*_COUNTED, len(SUPPORT))),
        *(sum(column) / len(rows) for column in shape),
        math.log(len(rows)),
    ]


MONOTONE = 5 + 2 * BACKED + len(_COUNTED) + 1
"""So many of the answer's inputs, the first, may only have weights of 0 or more."""


def answer_odds(inputs: Sequence[float], model: Model) -> float:
    """Return the log odds that an answer is unsupported."""
    products = (weight * value for weight, value in zip(model.weights, inputs, strict=True))
    return model.intercept + sum(products)


def supported(odds: float) -> float:
    """Return the share of support, 0 to 1, for log odds against it."""
    return 1 / (1 + math.exp(max(-30.0, min(30.0, odds))))
