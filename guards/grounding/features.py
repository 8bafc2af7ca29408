"""What can be measured about an answer's claims, with no model: their support and their shape."""

import math
import re
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

from .citations import cited_in, without_marks
from .claims import Piece
from .index import Run, SourceIndex, index
from .support import SUPPORT, ClaimWords, Support, support
from .words import (
    ADVICE,
    HEDGES,
    META,
    NEGATIONS,
    OPENERS,
    STOP_STEMS,
    STRONG,
    WORD,
    stem,
    word_pattern,
)

_NAME = re.compile(r"(?<=\w[\s,'\"(])[A-Z][\w’'-]+")

SHAPE = (
    "words",
    "content_words",
    "place",
    "last",
    "claims",
    "opener",
    "hedges",
    "meta",
    "advice",
    "negative",
    "asked",
    "numbers",
    "names",
    "strong",
    "colon",
    "answer_words",
    "word_length",
    "long_words",
    "cites",
    "how",
    "question_words",
)
"""Names of the measures that do not look at the sources, in the order of `_shape`."""

NAMES = (*SUPPORT, *SHAPE)


class Measured(NamedTuple):
    """One claim, measured.

    Attributes:
        values: One number per name in `NAMES`, same order.
        support: What the sources say to it.
    """

    values: list[float]
    support: Support


def measure(
    text: str, pieces: Sequence[Piece], sources: Sequence[str], question: str
) -> tuple[list[Measured], SourceIndex]:
    """Measure the claims of an answer, in order. Time is linear in all lengths.

    Returns:
        A measured claim for each piece, and the sources as they were indexed for it.
    """
    lower = without_marks(text.lower() if len(text.lower()) == len(text) else text)
    claims = [_words(text, lower, piece) for piece in pieces]
    found = index(sources, {run for claim in claims for run in _runs(claim.row)})
    question_words = list(map(stem, WORD.findall(question.lower())))
    asked = set(question_words)
    about = [float(question.lower().startswith("how")), math.log1p(len(asked))]
    whole = [math.log(len(pieces) or 1), math.log1p(sum(len(claim.row) for claim in claims))]
    measured = []
    for at, claim in enumerate(claims):
        place = [at / max(1, len(pieces) - 1), float(at == len(pieces) - 1)]
        backing = support(claim, found, asked)
        colon = ":" in text[pieces[at].end - 1 : pieces[at].end + 1]
        shape = _shape(claim, asked, place, whole, colon=colon)
        measured.append(Measured([*backing.values, *shape, *about], backing))
    return measured, found


def _words(text: str, lower: str, piece: Piece) -> ClaimWords:
    raw = word_pattern(lower).findall(lower, piece.start, piece.end) or ["_"]
    row = list(map(stem, raw))
    names = {
        stem(word)
        for name in _NAME.findall(text, piece.start, piece.end)
        for word in WORD.findall(name.lower())
    }
    return ClaimWords(raw, row, names, cited_in(text[piece.start : piece.end]))


def _runs(row: Sequence[str]) -> Iterator[Run]:
    return chain(pairwise(row), zip(row, row[1:], row[2:], strict=False))


def _shape(
    claim: ClaimWords, asked: set[str], place: list[float], whole: list[float], *, colon: bool
) -> list[float]:
    raw, row = claim.raw, claim.row
    return [
        math.log1p(len(row)),
        math.log1p(len(set(row) - STOP_STEMS)),
        *place,
        whole[0],
        float(raw[0] in OPENERS),
        float(sum(word in HEDGES for word in raw)),
        float(not META.isdisjoint(raw)),
        float(sum(word in ADVICE for word in raw)),
        float(not NEGATIONS.isdisjoint(raw)),
        sum(word in asked for word in row) / len(row),
        float(sum(word[0].isdigit() for word in row)),
        float(len(claim.names)),
        float(sum(word in STRONG for word in raw)),
        float(colon),
        whole[1],
        sum(map(len, raw)) / len(raw),
        float(sum(len(word) > 8 for word in raw)),
        float(bool(claim.cited)),
    ]
