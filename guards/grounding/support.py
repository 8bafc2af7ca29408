"""How far sources support one claim: measures that a further source can only raise.

Each is a best over windows of the sources, or a count of what is found in none of them, negated.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from .index import PREFIX, SPREAD, SourceIndex
from .words import NEGATIONS, STOP_STEMS, STRONG

Masks = dict[int, int]
"""By window: which of the claim's content words it holds, one bit each."""

SUPPORT = (
    "covered",
    "in_window",
    "in_pair",
    "same_polarity",
    "pairs_copied",
    "triples_copied",
    "longest_run",
    "unseen_count",
    "unseen_loose",
    "unseen_numbers",
    "unseen_names",
    "unseen_strong",
    "unseen_run",
    "bonds",
    "cited",
    "worst_three",
    "worst_five",
    "mean_four",
    "longest_gap",
)
"""Names of the measures, in the order of `support`."""


class ClaimWords(NamedTuple):
    """A claim as words.

    Attributes:
        raw: In lower case, in order.
        row: Their stems, same order.
        names: Stems of words written with a capital inside the sentence.
        cited: Sources it names as its own, counted from 0.
    """

    raw: list[str]
    row: list[str]
    names: set[str]
    cited: set[int]


class Support(NamedTuple):
    """What sources say to a claim.

    Attributes:
        values: One number per name in `SUPPORT`, same order; higher is better.
        unseen: Content words that neither the sources nor the question hold.
        window: The window that holds most of the claim, or None.
        copied: Whether the claim stands word for word in a source.
    """

    values: list[float]
    unseen: list[str]
    window: int | None
    copied: bool


def support(claim: ClaimWords, found: SourceIndex, asked: set[str]) -> Support:
    """Measure one claim."""
    words = [word for word in claim.row if word not in STOP_STEMS]
    distinct = list(dict.fromkeys(words))
    masks = _masks(distinct, found)
    missing = [word for word in distinct if word not in found.words]
    unseen = [word for word in missing if word not in asked]
    held, window = _held(claim, distinct, masks, found)
    copied, stands = _copied(claim.row, found)
    whole = sum(map(weigh, distinct))
    together = _widest(masks)
    values = [
        1 - sum(map(weigh, missing)) / whole if distinct else 1.0,
        *held[:3],
        *copied,
        *_unseen(claim, words, missing, unseen, found),
        _bonds(words, distinct, together),
        held[3],
        *_stretches(len(distinct), together or list(set(masks.values()))),
        _gap(claim.row, found),
    ]
    return Support(values, unseen, window, stands)


def weigh(word: str) -> float:
    """Return how much a content word counts, 0.4 to 1.6: longer words and numbers say more."""
    return 1.0 if word[0].isdigit() else min(1.6, 0.4 + len(word) * 0.12)


def _masks(distinct: Sequence[str], found: SourceIndex) -> Masks:
    masks: Masks = {}
    for place, word in enumerate(distinct):
        bit = 1 << place
        for spot in found.places.get(word, ())[:SPREAD]:
            masks[spot] = masks.get(spot, 0) | bit
    return masks


def _held(
    claim: ClaimWords, distinct: Sequence[str], masks: Masks, found: SourceIndex
) -> tuple[list[float], int | None]:
    """Best share of the claim in one window, in two, in one of its polarity, in a cited one."""
    if not distinct:
        return [1.0] * 4, None
    weights = list(map(weigh, distinct))
    whole = sum(weights)
    memo: dict[int, float] = {0: 0.0}

    def share(mask: int) -> float:
        if mask not in memo:
            memo[mask] = sum(w for at, w in enumerate(weights) if mask >> at & 1) / whole
        return memo[mask]

    negative = not NEGATIONS.isdisjoint(claim.raw)
    single = pair = polar = cited = 0.0
    window: int | None = None
    for spot, mask in masks.items():
        value = share(mask)
        if value > single:
            single, window = value, spot
        if value > polar and found.windows[spot].negative == negative:
            polar = value
        following = masks.get(spot + 1, 0)
        both = share(mask | following) if following and mask & (mask - 1) else value
        pair = max(pair, both)
        if found.windows[spot].source in claim.cited:
            cited = max(cited, both)
    return [single, pair, polar, cited if claim.cited else pair], window


def _copied(row: Sequence[str], found: SourceIndex) -> tuple[list[float], bool]:
    """Shares of the claim's word pairs and triples that a source has; its longest copied run."""
    runs = found.runs
    pairs = [pair in runs for pair in pairwise(row)]
    triples = [triple in runs for triple in zip(row, row[1:], row[2:], strict=False)]
    longest = run = 0
    for hit in triples:
        run = run + 1 if hit else 0
        longest = max(longest, run)
    shares = [sum(hits) / len(hits) if hits else 1.0 for hits in (pairs, triples)]
    stands = all(triples) and all(pairs) and (len(row) > 1 or row[0] in found.words)
    return [*shares, (longest + 2) / len(row) if longest else 0.0], stands


def _unseen(
    claim: ClaimWords,
    words: Sequence[str],
    missing: Sequence[str],
    unseen: Sequence[str],
    found: SourceIndex,
) -> list[float]:
    """Counts of what no source holds, each negated."""
    run = worst = 0
    for word in words:
        run = 0 if word in found.words else run + 1
        worst = max(worst, run)
    strong = sum(
        raw in STRONG and word not in found.words
        for raw, word in zip(claim.raw, claim.row, strict=True)
    )
    loose = sum(word[:PREFIX] not in found.prefixes for word in unseen)
    numbers = sum(word[0].isdigit() for word in missing)
    names = sum(word in claim.names for word in unseen)
    return [float(-n) for n in (len(missing), loose, numbers, names, strong, worst)]


def _bonds(words: Sequence[str], distinct: Sequence[str], together: list[int]) -> float:
    """Share of neighbouring content words that stand together in some window."""
    bits = {word: 1 << place for place, word in enumerate(distinct)}
    bonds = [bits[a] | bits[b] for a, b in pairwise(words) if a != b]
    hits = sum(any(mask & bond == bond for mask in together) for bond in bonds)
    return hits / len(bonds) if bonds else 1.0


def _stretches(size: int, together: list[int]) -> list[float]:
    """The claim's worst three and worst five content words in a row, and its mean four."""
    if not size:
        return [1.0] * 3
    three, four, five = (_best_shares(size, length, together) for length in (3, 4, 5))
    return [min(three), min(five), sum(four) / len(four)]


def _best_shares(size: int, length: int, together: list[int]) -> list[float]:
    """For each run of so many content words: the best share of it in one window."""
    length = min(size, length)
    block = (1 << length) - 1
    return [
        max([(mask >> at & block).bit_count() for mask in together], default=0) / length
        for at in range(size - length + 1)
    ]


def _widest(masks: Masks) -> list[int]:
    """The windows that hold several of the words, without those that another one outdoes."""
    several = {mask for mask in masks.values() if mask & (mask - 1)}
    widest: list[int] = []
    for mask in sorted(several, key=int.bit_count, reverse=True):
        for wider in widest:
            if mask & wider == mask:
                break
        else:
            widest.append(mask)
    return widest


def _gap(row: Sequence[str], found: SourceIndex) -> float:
    """The longest run of words that stand beside neither of their neighbours in a source."""
    gap = longest = 0
    before = False
    runs = found.runs
    for pair in zip(row, [*row[1:], ""], strict=True):
        after = pair in runs
        gap = 0 if before or after else gap + 1
        longest = max(longest, gap)
        before = after
    return float(-longest)
