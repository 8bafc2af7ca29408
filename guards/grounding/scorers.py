"""Scores that come from elsewhere: an embedding, an NLI model, a judge.

A guard calls nothing, so whoever runs a scorer (a node, an audit) does it beforehand, over
`claims_of(answer)`, and passes what it said as data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..errors import GuardConfigError
from .claims import split


class Scorer(Protocol):
    """Says how far sources support claims."""

    @property
    def name(self) -> str:
        """A short name, which verdicts carry."""
        ...

    def __call__(self, claims: Sequence[str], sources: Sequence[str]) -> Sequence[float]:
        """Return one score per claim, same order, 0 to 1, 1 = fully supported."""
        ...


@dataclass(frozen=True, slots=True)
class Scores:
    """What a scorer said about an answer.

    Attributes:
        scorer: The scorer's name.
        claims: One score per claim of `claims_of(answer)`, same order, 0 to 1.
        threshold: A claim that scores less is unsupported, and so is the answer.
    """

    scorer: str
    claims: tuple[float, ...]
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if not all(0 <= score <= 1 for score in (*self.claims, self.threshold)):
            raise GuardConfigError(f"{self}: use scores and a threshold from 0 to 1")


def claims_of(answer: str) -> list[str]:
    """Return the claims of an answer, in order, as `ground` cuts them."""
    return [answer[piece.start : piece.end] for piece in split(answer)]


def run_scorer(scorer: Scorer, answer: str, sources: Sequence[str]) -> Scores:
    """Ask a scorer about an answer's claims. It costs what the scorer costs."""
    return Scores(scorer.name, tuple(map(float, scorer(claims_of(answer), sources))))
