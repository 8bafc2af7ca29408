"""What can be measured about a claim against sources, with no model.

Every measure that looks at the sources is written so that a further source can only raise it:
each is a best over windows, or a count of what is found nowhere, negated. With a model that is
monotone in them, a claim's score never falls when a source is added.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .claims import Piece
from .index import PREFIX, SourceIndex
from .words import NEGATIONS, STOP_STEMS, WORD, Stems

_STRONG = frozenset(
    "all always only every never most least best worst first last largest smallest highest lowest"
    " more less fewer greater higher lower better worse increase increased decrease decreased before"
    " after unlike significantly significant rarely often usually typically generally commonly".split()
)
_HEDGES = frozenset(
    "may might could can possible possibly likely perhaps seems appears suggests implied imply"
    " important note essential crucial recommended advisable consult ensure consider".split()
)
_META = frozenset("passage passages source sources document documents context text article".split())
_ADVICE = frozenset("you your please i we my our me hope".split())
_OPENERS = frozenset(
    "therefore however overall additionally furthermore moreover thus so in it this based also"
    " alternatively if for to while as".split()
)
_CITE = re.compile(r"\[(\d{1,2})\]|(?:[Pp]assage|[Ss]ource|[Dd]ocument)\s+(\d{1,2})")
_UPPER = re.compile(r"\S\s+[\"'(]*([^\W\d_a-z][\w’'-]+)")


@dataclass(frozen=True, slots=True)
class Measured:
    """A claim's measures and the window that supports it best.

    Attributes:
        values: One number per name in `NAMES`, same order.
        window: Number of the best window in the index, or None.
        copied: Whether the claim stands word for word in a source.
    """

    values: list[float]
    window: int | None
    copied: bool


SUPPORT = (
    "covered", "covered_in_window", "covered_in_pair", "same_polarity", "pairs_copied",
    "triples_copied", "longest_run", "novel", "novel_count", "novel_loose", "novel_rarest",
    "novel_numbers", "novel_names", "novel_strong", "near_pairs", "novel_run", "cited", "worst_three", "worst_five", "mean_four", "worst_gap",
)  # fmt: skip
SHAPE = (
    "words", "content_words", "place", "last", "claims", "opener", "hedges", "meta", "advice",
    "negative", "asked", "numbers", "names", "strong", "ends_colon", "answer_words", "short_words", "how", "cites", "asked_words", "bigwords", "list",
)  # fmt: skip
NAMES = SUPPORT + SHAPE


def weight(word: str) -> float:
    return 1.0 if word[0].isdigit() else min(1.6, 0.4 + len(word) * 0.12)


def measure(
    text: str, pieces: Sequence[Piece], found: SourceIndex, question: str, stems: Stems
) -> list[Measured]:
    lower = text.lower()
    if len(lower) != len(text):
        lower = text
    asked = {stems[word] for word in WORD.findall(question.lower())}
    raws = [WORD.findall(lower, piece.start, piece.end) for piece in pieces]
    total = sum(map(len, raws))
    result = []
    for at, (piece, raw) in enumerate(zip(pieces, raws, strict=True)):
        row = [stems[word] for word in raw]
        names = {stems[name.lower()] for name in _UPPER.findall(text, piece.start, piece.end)}
        cited = {int(a or b) - 1 for a, b in _CITE.findall(text, piece.start, piece.end)}
        support, window, copied = _support(raw, row, names, found, asked, cited)
        shape = [
            math.log1p(len(row)),
            math.log1p(len(set(row) - STOP_STEMS)),
            at / max(1, len(pieces) - 1),
            float(at == len(pieces) - 1),
            math.log(len(pieces)),
            float(raw[0] in _OPENERS),
            float(sum(word in _HEDGES for word in raw)),
            float(not _META.isdisjoint(raw)),
            float(sum(word in _ADVICE for word in raw)),
            float(not NEGATIONS.isdisjoint(raw)),
            sum(word in asked for word in row) / len(row),
            float(sum(word[0].isdigit() for word in row)),
            float(len(names)),
            float(sum(word in _STRONG for word in raw)),
            float(text[piece.end - 1] == ":" or text[piece.end : piece.end + 1] == ":"),
            math.log1p(total),
            sum(map(len, raw)) / len(raw),
            float(question.lower().startswith("how")),
            float(bool(_CITE.search(text, piece.start, piece.end))),
            math.log1p(len(asked)),
            float(sum(len(w) > 8 for w in raw)),
            float(
                text[max(0, piece.start - 2) : piece.start].strip()
                in ("-", "*", "•", ".", ")", "**")
            ),
        ]
        result.append(Measured(support + shape, window, copied))
    return result


def _support(
    raw: list[str],
    row: list[str],
    names: set[str],
    found: SourceIndex,
    asked: set[str],
    cited: set[int],
) -> tuple[list[float], int | None, bool]:
    words = [word for word in row if word not in STOP_STEMS]
    distinct = list(dict.fromkeys(words))
    bits = {word: 1 << place for place, word in enumerate(distinct)}
    weights = [weight(word) for word in distinct]
    whole = sum(weights) or 1.0
    unseen = [word for word in distinct if word not in found.words]
    unasked = [word for word in unseen if word not in asked]
    masks: dict[int, int] = {}
    for word in distinct:
        bit = bits[word]
        for spot in found.places.get(word, ()):
            masks[spot] = masks.get(spot, 0) | bit
    negative = not NEGATIONS.isdisjoint(raw)
    single = pair = polar = 0.0
    window: int | None = None
    memo: dict[int, float] = {}

    def covers(mask: int) -> float:
        value = memo.get(mask)
        if value is None:
            value = memo[mask] = sum(w for i, w in enumerate(weights) if mask >> i & 1) / whole
        return value

    ref = 0.0
    near = 0
    together: set[int] = set()
    for spot, mask in masks.items():
        value = covers(mask)
        if value > single:
            single, window = value, spot
        if found.windows[spot].negative == negative and value > polar:
            polar = value
        if found.windows[spot].source in cited:
            ref = max(ref, covers(mask | masks.get(spot + 1, 0)))
        if mask & (mask - 1):
            together.add(mask)
            both = covers(mask | masks.get(spot + 1, 0))
            if both > pair:
                pair = both
    pair = max(pair, single)
    bonds = [bits[a] | bits[b] for a, b in zip(words, words[1:], strict=False) if a != b]
    near = sum(any(mask & bond == bond for mask in together) for bond in bonds)
    allm = set(masks.values())
    n = len(distinct)

    def slides(k):
        if n <= k:
            return [max((m.bit_count() for m in allm), default=0) / n] if n else [1.0]
        sub = (1 << k) - 1
        return [
            max(((m >> i & sub).bit_count() for m in allm), default=0) / k for i in range(n - k + 1)
        ]

    three, four, five = slides(3), slides(4), slides(5)
    gap = worstgap = 0.0
    for w, nx, px in zip(row, row[1:] + [""], [""] + row, strict=False):
        if (w, nx) in found.runs or (px, w) in found.runs:
            gap = 0
        else:
            gap += 1
            worstgap = max(worstgap, gap)
    pairs = list(zip(row, row[1:], strict=False))
    triples = list(zip(row, row[1:], row[2:], strict=False))
    hit = [triple in found.runs for triple in triples]
    longest = run = 0
    for ok in hit:
        run = run + 1 if ok else 0
        longest = max(longest, run)
    stretch = worst = 0
    for word in words:
        stretch = stretch + 1 if word not in found.words else 0
        worst = max(worst, stretch)
    n_pairs = sum(p in found.runs for p in pairs)
    values = [
        1 - sum(map(weight, unseen)) / whole if distinct else 1.0,
        single if distinct else 1.0,
        pair if distinct else 1.0,
        polar if distinct else 1.0,
        n_pairs / len(pairs) if pairs else 1.0,
        sum(hit) / len(hit) if hit else 1.0,
        (longest + 2) / len(row) if longest else 0.0,
        -sum(map(weight, unasked)),
        -float(len(unseen)),
        -float(sum(word[:PREFIX] not in found.prefixes for word in unasked)),
        -max(map(len, unasked), default=0.0),
        -float(sum(word[0].isdigit() for word in unseen)),
        -float(sum(word in names for word in unasked)),
        -float(
            sum(word in _STRONG and s not in found.words for word, s in zip(raw, row, strict=True))
        ),
        near / len(bonds) if bonds else 1.0,
        -float(worst),
        ref if cited else pair,
        min(three),
        min(five),
        sum(four) / len(four),
        -float(worstgap),
    ]
    return values, window, bool(hit) and all(hit)
