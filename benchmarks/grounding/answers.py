"""Answers: the shipped way of judging, cross-validated, and the shipped model on other sets."""

from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np
from datasets import Example, read_examples
from fit import POSITIVES, Prepared, f1, fit, folds, judge, prepare, weigh
from holdfast.guards.grounding import ground
from holdfast.guards.grounding.coefficients import MODEL
from sklearn.metrics import roc_auc_score

Row = tuple[str, str, str]
"""What was measured, the figure, the target or a remark."""


@dataclass
class Judged:
    """Scores and decisions over a set, each from a model that has not seen the example's source."""

    data: list[Prepared]
    scores: np.ndarray
    flagged: np.ndarray
    claims: list[list[float]]
    limits: list[float]

    @property
    def wrong(self) -> np.ndarray:
        return np.array([each.example.wrong for each in self.data])


def cross_validate(data: list[Prepared]) -> Judged:
    """Judge every example by a model, thresholds included, fitted without its source."""
    judged = Judged(data, np.zeros(len(data)), np.zeros(len(data), bool), [[]] * len(data), [])
    judged.limits = [0.0] * len(data)
    for train, held in folds(data, 5, seed=7):
        model = fit([data[at] for at in train])
        for at in held:
            judged.scores[at], judged.claims[at] = judge(data[at], model)
            judged.flagged[at] = judged.scores[at] < model.threshold
            judged.limits[at] = model.claim_threshold
    return judged


def ragtruth() -> list[Row]:
    """The cross-validated figures; needs the shared data."""
    judged = cross_validate(prepare(read_examples("ragtruth_qa_train")))
    wrong, weights = judged.wrong, weigh(judged.data)
    auc = roc_auc_score(wrong, -judged.scores)
    value = f1(judged.flagged, wrong, weights)
    precision = (weights * (judged.flagged & wrong)).sum() / (weights * judged.flagged).sum()
    low, high = interval(wrong, lambda pick: roc_auc_score(wrong[pick], -judged.scores[pick]))
    flow, fhigh = interval(wrong, lambda p: f1(judged.flagged[p], wrong[p], weights[p]))
    return [
        ("answers", f"{len(wrong):,}", f"{wrong.sum():,} unsupported; 839 sources"),
        ("AUC", f"{auc:.3f} [{low:.3f}, {high:.3f}]", "target >= .84"),
        ("F1 at 18 % positives", f"{value:.3f} [{flow:.3f}, {fhigh:.3f}]", "target >= .57"),
        ("precision / recall there", f"{precision:.3f} / {judged.flagged[wrong].mean():.3f}", ""),
        ("always unsupported", f"{f1(wrong | True, wrong, weights):.3f}", "F1, for comparison"),
        ("span F1, by characters", f"{span_f1(judged):.3f}", "claims are whole sentences"),
        ("claim AUC", f"{claim_auc(judged):.3f}", ""),
        ("calibration error", f"{calibration(judged):.3f}", "ten bins, at 18 % positives"),
    ]


def interval(wrong: np.ndarray, measure: object) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a figure over examples, 300 draws, seed 7."""
    draw = np.random.default_rng(7)
    size = len(wrong)
    values = [measure(draw.integers(0, size, size)) for _ in range(300)]
    return tuple(np.quantile(values, [0.025, 0.975]))


def span_f1(judged: Judged) -> float:
    """Return the F1 of marked characters, over all answers."""
    hits = marked = truth = 0
    for each, scores, limit in zip(judged.data, judged.claims, judged.limits, strict=True):
        pieces = claim_pieces(each.example)
        ours = {
            at
            for piece, score in zip(pieces, scores, strict=True)
            if score < limit
            for at in range(piece.start, piece.end)
        }
        theirs = {at for start, end in each.example.spans for at in range(start, end)}
        hits, marked, truth = hits + len(ours & theirs), marked + len(ours), truth + len(theirs)
    return 2 * hits / (marked + truth)


def claim_pieces(example: Example) -> list:
    from holdfast.guards.grounding.claims import split

    return split(example.answer)


def claim_auc(judged: Judged) -> float:
    """Return how well claim scores tell the claims that a marked span touches."""
    labels = [label for each in judged.data for label in each.labels]
    return roc_auc_score(labels, [-score for scores in judged.claims for score in scores])


def calibration(judged: Judged) -> float:
    """Return the expected calibration error of the answer score."""
    weights, right = weigh(judged.data), ~judged.wrong
    bins = np.minimum((judged.scores * 10).astype(int), 9)
    return sum(
        abs(
            (weights[bins == at] * judged.scores[bins == at]).sum()
            - (weights[bins == at] * right[bins == at]).sum()
        )
        for at in range(10)
    ) / sum(weights)


def other(name: str) -> Row:
    """Judge a set the model was not trained on with the shipped threshold."""
    data = prepare(read_examples(name))
    judged = [judge(each, MODEL)[0] for each in data]
    scores, wrong = np.array(judged), np.array([each.example.wrong for each in data])
    flagged = scores < MODEL.threshold

    def balanced(pick: np.ndarray) -> float:
        return (flagged[pick][wrong[pick]].mean() + (~flagged[pick])[~wrong[pick]].mean()) / 2

    low, high = interval(wrong, balanced)
    auc = roc_auc_score(wrong, -scores)
    alow, ahigh = interval(wrong, lambda pick: roc_auc_score(wrong[pick], -scores[pick]))
    return (
        f"{name} ({len(data):,})",
        f"{balanced(np.arange(len(data))):.3f} [{low:.3f}, {high:.3f}]",
        f"AUC {auc:.3f} [{alow:.3f}, {ahigh:.3f}]",
    )


def speed() -> list[Row]:
    """Time whole calls: answers of 140 to 160 words over 1,500 words of sources, best of seven."""
    examples = read_examples("ragtruth_qa_train")
    sources, size = [], 0
    for text in dict.fromkeys(text for each in examples for text in each.sources):
        words = text.split()[: 1500 - size]
        sources.append(" ".join(words))
        size += len(words)
        if size >= 1500:
            break
    chosen = [each for each in examples if 140 <= len(each.answer.split()) <= 160][:100]
    times = sorted(min(_time(each, sources) for _ in range(7)) for each in chosen)
    half = (f"{1000 * median(times):.2f} ms", f"95 %: {1000 * times[-len(times) // 20]:.2f} ms")
    return [("150 words over 1,500: p50", half[0], f"target <= 3 ms; {half[1]}")]


def _time(each: Example, sources: list[str]) -> float:
    start = perf_counter()
    ground(each.answer, sources, each.question)
    return perf_counter() - start


PREVALENCE = f"{POSITIVES:.0%}"
