"""Scorers that are models on this machine's disk: an NLI cross-encoder, or an embedding.

Loaded from a path only: nothing is ever downloaded. Needs the extra `grounding`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ..guards.errors import GuardConfigError

_WORDS = 180  # words of one passage; most such models read 512 tokens
_PASSAGES = 400  # passages that a claim is compared with at most


@dataclass(frozen=True, slots=True)
class NliScorer:
    """Scores a claim by the passage that entails it best.

    Attributes:
        model: A cross-encoder: `predict(pairs)` gives a row of logits for each pair.
        entailment: Which column of the logits is entailment.
        name: What verdicts call it.
        threshold: A claim with less support is unsupported, 0 to 1.
    """

    model: Any
    entailment: int
    name: str = "nli"
    threshold: float = 0.5

    def __call__(self, claims: Sequence[str], sources: Sequence[str]) -> list[float]:
        """Return one score per claim. Cost: one pass of the model per claim and passage."""
        shown = passages(sources)
        if not shown:
            return [0.0] * len(claims)
        rows = self.model.predict([(passage, claim) for claim in claims for passage in shown])
        marks = [_share(list(map(float, row)), self.entailment) for row in rows]
        size = len(shown)
        return [max(marks[at * size : (at + 1) * size]) for at in range(len(claims))]


@dataclass(frozen=True, slots=True)
class EmbeddingScorer:
    """Scores a claim by the passage that is nearest in meaning; blind to a changed number.

    Attributes:
        model: An embedding: `encode(texts)` gives a vector for each text.
        name: What verdicts call it.
        threshold: A claim with less support is unsupported, 0 to 1.
    """

    model: Any
    name: str = "embedding"
    threshold: float = 0.6

    def __call__(self, claims: Sequence[str], sources: Sequence[str]) -> list[float]:
        """Return one score per claim. Cost: one pass of the model per claim and passage."""
        shown = passages(sources)
        if not shown or not claims:
            return [0.0] * len(claims)
        vectors = [list(map(float, row)) for row in self.model.encode([*claims, *shown])]
        found = vectors[len(claims) :]
        return [
            max(0.0, *(_cosine(claim, one) for one in found)) for claim in vectors[: len(claims)]
        ]


def load_scorer(
    kind: str, path: str | Path, *, make: Callable[..., Any] | None = None
) -> NliScorer | EmbeddingScorer:
    """Return a scorer by its kind, from a folder on disk.

    Args:
        kind: `nli`, a cross-encoder trained for entailment; or `embedding`.
        path: The folder with the model's files.
        make: What loads it; None: sentence-transformers.

    Raises:
        GuardConfigError: There is no such kind or folder, or the library is not installed.
    """
    if kind not in ("nli", "embedding"):
        raise GuardConfigError(f"load_scorer({kind!r}): use 'nli' or 'embedding'")
    if not Path(path).is_dir():
        raise GuardConfigError(
            f"load_scorer({kind!r}, {str(path)!r}): no such folder; models are loaded from disk "
            "and never downloaded: put the model's files there first"
        )
    model = (make or _loader(kind))(str(path), local_files_only=True)
    return EmbeddingScorer(model) if kind == "embedding" else NliScorer(model, _entailment(model))


def _loader(kind: str) -> Callable[..., Any]:
    try:
        library = import_module("sentence_transformers")
    except ImportError as error:
        raise GuardConfigError(
            f"load_scorer({kind!r}): sentence-transformers is not installed; use "
            "pip install 'holdfast[grounding]'"
        ) from error
    name = "SentenceTransformer" if kind == "embedding" else "CrossEncoder"
    loader: Callable[..., Any] = getattr(library, name)
    return loader


def _entailment(model: Any) -> int:
    labels = getattr(getattr(model, "config", None), "id2label", None) or {}
    for column, label in labels.items():
        if "entail" in str(label).lower() and "not" not in str(label).lower():
            return int(column)
    raise GuardConfigError(
        "load_scorer('nli'): the model names no label 'entailment'; use one trained for NLI"
    )


def passages(sources: Iterable[str]) -> list[str]:
    """Return sources cut into passages that a small model can read, half overlapping."""
    found: list[str] = []
    for source in sources:
        words = source.split()
        ends = range(0, max(len(words) - _WORDS // 2, 1), _WORDS // 2)
        found.extend(" ".join(words[at : at + _WORDS]) for at in ends if words)
    return found[:_PASSAGES]


def _share(logits: Sequence[float], column: int) -> float:
    top = max(logits)
    parts = [math.exp(value - top) for value in logits]
    return parts[column] / sum(parts)


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    norms = math.hypot(*one) * math.hypot(*other)
    return min(sum(a * b for a, b in zip(one, other, strict=True)) / norms, 1.0) if norms else 0.0
