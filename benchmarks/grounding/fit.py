"""Learn the grounding model's numbers from labelled answers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from datasets import Example
from holdfast.guards.grounding.claims import split
from holdfast.guards.grounding.features import NAMES, Measured, measure
from holdfast.guards.grounding.model import (
    BACKED,
    CONTEXT,
    MONOTONE,
    Model,
    Node,
    answer_inputs,
    answer_odds,
    claim_inputs,
    claim_odds,
    supported,
)
from holdfast.guards.grounding.overrides import given_odds
from holdfast.guards.grounding.support import SUPPORT
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

POSITIVES = 0.18
"""The share of unsupported answers that scores are calibrated for."""
LEAST = 12
WORDS = 400
PRIOR = 25.0
TREES = {"max_iter": 70, "max_depth": 3, "learning_rate": 0.12, "min_samples_leaf": 60}
STRENGTH = 0.004


@dataclass(frozen=True)
class Prepared:
    """An example, measured.

    Attributes:
        given: Per claim, log odds that are settled without the model, else None.
        labels: Per claim, whether a marked span touches it.
    """

    example: Example
    measured: list[Measured]
    given: list[float | None]
    labels: list[bool]


def prepare(examples: Sequence[Example]) -> list[Prepared]:
    """Measure examples; those without a claim are left out."""
    return [each for each in map(_prepared, examples) if each.measured]


def _prepared(example: Example) -> Prepared:
    pieces = split(example.answer)
    measured, _ = measure(example.answer, pieces, example.sources, example.question)
    texts = [example.answer[piece.start : piece.end] for piece in pieces]
    return Prepared(
        example,
        measured,
        [given_odds(text, each) for text, each in zip(texts, measured, strict=True)],
        [any(a < piece.end and b > piece.start for a, b in example.spans) for piece in pieces],
    )


def fit(data: Sequence[Prepared]) -> Model:
    """Learn word weights, claim trees, answer weights and both thresholds."""
    words, rows = word_weights(data), {}
    for train, held in folds(data, 5, seed=3):
        inner = word_weights([data[at] for at in train])
        rows.update({at: claim_inputs(data[at].measured, inner) for at in held})
    every = range(len(data))
    odds = {}
    for train, held in folds(data, 4, seed=1):
        trees = _trees(data, rows, train)
        odds.update({at: _odds(data[at], rows[at], trees) for at in held})
    inputs = np.array([answer_inputs(rows[at], odds[at]) for at in every])
    wrong = np.array([each.example.wrong for each in data])
    weights, intercept = _bounded(inputs, wrong, weigh(data))
    trees = _trees(data, rows, every)
    scores = 1 - 1 / (1 + np.exp(-(inputs @ weights + intercept)))
    claim_scores = np.array([supported(one) for at in every for one in odds[at]])
    labels = np.array([label for each in data for label in each.labels])
    per_claim = np.repeat(weigh(data), [len(each.labels) for each in data])
    return Model(
        words=words,
        base=trees.base,
        trees=trees.trees,
        weights=tuple(round(float(value), 4) for value in weights),
        intercept=round(float(intercept), 4),
        threshold=best_threshold(scores, wrong, weigh(data)),
        claim_threshold=best_threshold(claim_scores, labels, per_claim),
    )


def judge(each: Prepared, model: Model) -> tuple[float, list[float]]:
    """Return an answer's score and its claims', 1 = supported."""
    rows = claim_inputs(each.measured, model.words)
    odds = _odds(each, rows, model)
    if all(one is not None for one in each.given):
        return 1.0, [1.0] * len(odds)
    return supported(answer_odds(answer_inputs(rows, odds), model)), [supported(o) for o in odds]


def _odds(each: Prepared, rows: list[list[float]], model: Model) -> list[float]:
    return [
        claim_odds(row, model) if given is None else given
        for row, given in zip(rows, each.given, strict=True)
    ]


def folds(
    data: Sequence[Prepared], count: int, *, seed: int
) -> Iterator[tuple[list[int], list[int]]]:
    """Split by source, so that no source is on both sides."""
    groups = [each.example.group for each in data]
    splitter = GroupKFold(count, shuffle=True, random_state=seed)
    for train, held in splitter.split(groups, groups=groups):
        yield list(train), list(held)


def weigh(data: Sequence[Prepared]) -> np.ndarray:
    """Weigh examples so that `POSITIVES` of them are unsupported."""
    wrong = np.array([each.example.wrong for each in data])
    share = wrong.mean()
    return np.where(wrong, POSITIVES / share, (1 - POSITIVES) / (1 - share))


def word_weights(data: Sequence[Prepared]) -> dict[str, float]:
    """Return how much more often than the mean a claim with this unseen word is marked."""
    seen: Counter[str] = Counter()
    marked: Counter[str] = Counter()
    for each in data:
        for measured, label in zip(each.measured, each.labels, strict=True):
            seen.update(set(measured.support.unseen))
            if label:
                marked.update(set(measured.support.unseen))
    mean = sum(marked.values()) / sum(seen.values())
    weights = {
        word: (marked[word] + PRIOR * mean) / (count + PRIOR) / mean
        for word, count in seen.items()
        if count >= LEAST
    }
    telling = sorted(weights, key=lambda word: abs(weights[word] - 1) * seen[word], reverse=True)
    return {word: round(weights[word], 2) for word in telling[:WORDS]}


def _trees(
    data: Sequence[Prepared], rows: dict[int, list[list[float]]], of: Sequence[int]
) -> Model:
    inputs, labels, weights = [], [], []
    every = weigh(data)
    for at in of:
        for row, label, given in zip(rows[at], data[at].labels, data[at].given, strict=True):
            if given is None:
                inputs.append(row)
                labels.append(label)
                weights.append(every[at])
    signs = [-1] * (BACKED + CONTEXT) + [0] * (len(NAMES) - len(SUPPORT))
    booster = HistGradientBoostingClassifier(**TREES, monotonic_cst=signs, early_stopping=False)
    booster.fit(np.array(inputs), np.array(labels), sample_weight=np.array(weights))
    stages = booster._predictors  # noqa: SLF001 - there is no public way to a tree
    trees = tuple(_node(stage[0].nodes, 0) for stage in stages)
    base = float(booster._baseline_prediction.ravel()[0])  # noqa: SLF001 - nor for this
    return Model({}, round(base, 4), trees, (), 0, 0.5, 0.5)


def _node(nodes: np.ndarray, at: int) -> Node:
    node = nodes[at]
    if node["is_leaf"]:
        return round(float(node["value"]), 3)
    low, high = _node(nodes, node["left"]), _node(nodes, node["right"])
    return (int(node["feature_idx"]), float(f"{node['num_threshold']:.4g}"), low, high)


def _bounded(
    inputs: np.ndarray, wrong: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, float]:
    """Logistic regression whose first `MONOTONE` weights are not negative."""
    mean, spread = inputs.mean(0), inputs.std(0) + 1e-9
    scaled = np.c_[(inputs - mean) / spread, np.ones(len(inputs))]
    sign = np.where(wrong, 1.0, -1.0)

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (scaled @ beta)
        miss = 1 / (1 + np.exp(margin))
        ridge = np.r_[beta[:-1], 0] / (STRENGTH * len(wrong))
        value = np.sum(weights * np.logaddexp(0, -margin)) / len(wrong) + ridge @ beta / 2
        return value, -(scaled.T @ (weights * miss * sign)) / len(wrong) + ridge

    size = inputs.shape[1]
    bounds = [(0, None)] * MONOTONE + [(None, None)] * (size - MONOTONE + 1)
    beta = minimize(loss, np.zeros(size + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return beta[:-1] / spread, float(beta[-1] - (beta[:-1] * mean / spread).sum())


def f1(flagged: np.ndarray, wrong: np.ndarray, weights: np.ndarray) -> float:
    """Return the weighted F1 of flags."""
    hits = (weights * (flagged & wrong)).sum()
    return float(2 * hits / max(1e-9, (weights * flagged).sum() + (weights * wrong).sum()))


def best_threshold(scores: np.ndarray, wrong: np.ndarray, weights: np.ndarray) -> float:
    """Return the threshold on support scores with the best weighted F1, on a smoothed curve."""
    grid = np.unique(np.quantile(scores, np.linspace(0.01, 0.7, 150)))
    curve = np.array([f1(scores < at, wrong, weights) for at in grid])
    smooth = np.convolve(np.pad(curve, 5, mode="edge"), np.ones(11) / 11, mode="valid")
    return round(float(grid[int(smooth.argmax())]), 4)
