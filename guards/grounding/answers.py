"""Judge an answer against its sources: which claims they support, and where."""

from collections.abc import Sequence
from dataclasses import replace

from ..errors import GuardConfigError
from .citations import bracketed
from .claims import Piece, split
from .coefficients import MODEL
from .features import Measured, measure
from .index import SourceIndex
from .model import Model, answer_inputs, answer_odds, claim_inputs, claim_odds, supported
from .overrides import given_odds
from .refusals import refuses
from .result import Claim, Evidence, Grounding
from .scorers import Scores
from .sorts import sort_of
from .support import SUPPORT
from .words import WORD, stem

_CITED = SUPPORT.index("cited")
CITED_LEAST = 0.34
"""A bracketed citation holds when the cited source has this share of the claim. Chosen."""


def ground(
    answer: str,
    sources: Sequence[str],
    question: str | None = None,
    *,
    scores: Scores | None = None,
    model: Model = MODEL,
) -> Grounding:
    """Judge an answer against its sources.

    Args:
        answer: Plain text or markdown, in any script.
        sources: The passages it should rest on; an answer's citations count them from 1.
        question: What was asked: its words are not held against the answer.
        scores: Support scores from elsewhere, one per claim of `claims_of(answer)`; they take
            the place of the lexical ones.
        model: The learned numbers to judge with.

    Returns:
        A `Grounding`. An answer with nothing to check (empty, punctuation) is grounded, score 1.
        Without sources nothing but a refusal is supported. Further sources, put after the
        others, never lower a score.

    Raises:
        GuardConfigError: `scores` is not about as many claims as the answer has.

    Cost: linear in the lengths of answer and sources; see benchmarks/grounding.
    """
    pieces = split(answer)
    if scores is not None and len(scores.claims) != len(pieces):
        raise GuardConfigError(
            f"{len(scores.claims)} scores by {scores.scorer} for {len(pieces)} claims: "
            "give one per claim of claims_of(answer)"
        )
    if not pieces:
        return Grounding(1.0, True, (), scores.scorer if scores else "lexical")
    measured, found = measure(answer, pieces, sources, question or "")
    texts = [answer[piece.start : piece.end] for piece in pieces]
    marks, whole, limit, least = _scored(texts, measured, found, scores, model)
    claims = [
        _claim(text, piece, each, mark, least, found)
        for text, piece, each, mark in zip(texts, pieces, measured, marks, strict=True)
    ]
    faults = [
        _miscited(claim, each, len(sources)) for claim, each in zip(claims, measured, strict=True)
    ]
    return _verdict(claims, faults, whole, limit, scores.scorer if scores else "lexical")


def _scored(
    texts: Sequence[str],
    measured: Sequence[Measured],
    found: SourceIndex,
    scores: Scores | None,
    model: Model,
) -> tuple[list[float], float, float, float]:
    """Return the claims' scores, the answer's, and the least that is enough for either."""
    if not found.windows:
        marks = [float(refuses(text)) for text in texts]
        return marks, min(marks), 0.5, 0.5
    if scores is not None:
        marks = [
            max(given, refuses(text)) for given, text in zip(scores.claims, texts, strict=True)
        ]
        return marks, min(marks), scores.threshold, scores.threshold
    marks, whole = score(texts, measured, model)
    return marks, whole, model.threshold, model.claim_threshold


def score(
    texts: Sequence[str], measured: Sequence[Measured], model: Model
) -> tuple[list[float], float]:
    """Return the lexical scores of the claims, and of the answer they make up."""
    given = [given_odds(text, each) for text, each in zip(texts, measured, strict=True)]
    if None not in given:
        return [1.0] * len(given), 1.0
    rows = claim_inputs(measured, model.words)
    odds = [
        min(claim_odds(row, model), 99.0 if known is None else known)
        for row, known in zip(rows, given, strict=True)
    ]
    whole = supported(answer_odds(answer_inputs(rows, odds), model))
    marks = [
        1.0 if known is not None else supported(one) for one, known in zip(odds, given, strict=True)
    ]
    return marks, whole


def _claim(
    text: str, piece: Piece, each: Measured, mark: float, limit: float, found: SourceIndex
) -> Claim:
    why = "" if mark >= limit else _lacking(text, each)
    evidence = None
    if each.support.window is not None:
        window = found.windows[each.support.window]
        evidence = Evidence(window.source, window.piece.start, window.piece.end)
    return Claim(text, piece.start, piece.end, not why, mark, evidence, sort_of(text), why)


def _lacking(text: str, each: Measured) -> str:
    unseen = set(each.support.unseen)
    words = [word for word in WORD.findall(text) if stem(word.lower()) in unseen]
    if words:
        return f"not in the sources: {', '.join(dict.fromkeys(words[:6]))}"
    return "the sources have its words, but not together"


def _miscited(claim: Claim, each: Measured, count: int) -> str:
    """Say what is wrong with a claim's bracketed citations; empty when they hold."""
    cited = bracketed(claim.text)
    beyond = sorted(number + 1 for number in cited if not 0 <= number < count)
    if beyond:
        return f"cites source {beyond[0]} of {count}"
    if cited and each.support.values[_CITED] < CITED_LEAST:
        return "the source it cites does not say it"
    return ""


def _verdict(
    claims: list[Claim], faults: list[str], whole: float, limit: float, scorer: str
) -> Grounding:
    claims = [
        replace(claim, supported=False, why=fault) if fault else claim
        for claim, fault in zip(claims, faults, strict=True)
    ]
    grounded = whole >= limit and not any(faults)
    if not grounded and all(claim.supported for claim in claims):
        at = min(range(len(claims)), key=lambda number: claims[number].score)
        claims[at] = replace(claims[at], supported=False, why="the least supported of the answer")
    return Grounding(whole, grounded, tuple(claims), scorer)
