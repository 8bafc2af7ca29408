"""Find calls told apart by small edits that change nothing in the result."""

import re
from collections.abc import Iterator, Sequence
from zlib import crc32

from ..digest import likeness, sketch
from .acts import Act

_TOKEN = re.compile(r"[\w./:#@-]+")
_DIGIT = re.compile(r"\d")
_CODE = re.compile(r"\b[A-Z]{2,}\b")
_WORD = re.compile(r"[^\W\d_]+")
_SMALL = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "please", "the", "to")
)
_ALIKE = 0.6
"""Share of word pairs. Chosen: one word changed among six or more, the others in their places."""

_COMPARED = 20_000
"""Characters of the arguments compared word by word; beyond, any edit makes another call."""
_LINKS = 3  # calls of a row, to one of which the next must be alike: wordings wander


def sketch_call(text: str) -> str:
    """Return a sketch of a call's arguments, for `is_edit`.

    Eight hexadecimal digits for what makes another question of it (numbers, ids, dates, codes in
    capitals), eight for its other words in any order, and the sketch of their pairs.

    Args:
        text: The arguments in canonical form.
    """
    text, rest = text[:_COMPARED], text[_COMPARED:]
    hard = " ".join(
        [*_hard(text), *([f"{crc32(rest.encode('utf-8', 'replace'))}"] if rest else ())]
    )
    words = {word.lower().removesuffix("s") for word in _WORD.findall(text)} - _SMALL
    soft = " ".join(sorted(words))
    return f"{crc32(hard.encode('utf-8', 'replace')):08x}{crc32(soft.encode()):08x}{sketch(text)}"


def _hard(text: str) -> Iterator[str]:
    """Yield what makes another question of a call: each token is looked at once."""
    for token in _TOKEN.findall(text):
        if _DIGIT.search(token):
            yield token
        elif not token.islower():
            yield from _CODE.findall(token)


def is_edit(one: str, other: str) -> bool:
    """Return whether two sketched calls ask the same in slightly other words.

    Their numbers, ids and codes are the same, and so are their words but for order, case, plural
    and filler, or at least 60 % of the pairs of words.
    """
    if not one or not other or one[:8] != other[:8]:
        return False
    return one[8:16] == other[8:16] or likeness(one[16:], other[16:]) >= _ALIKE


def near_run(acts: Sequence[Act]) -> int:
    """Return how many of the newest acts, in a row, are edits of one call with one outcome.

    Args:
        acts: What was done, newest first; a proposed call has its sketch.
    """
    count = 1 if acts else 0
    while count < len(acts) and _belongs(acts[max(0, count - _LINKS) : count], acts[count]):
        count += 1
    return count


def _belongs(newer: Sequence[Act], older: Act) -> bool:
    return any(_follows(act, older) for act in newer)


def _follows(newer: Act, older: Act) -> bool:
    if newer.name != older.name or newer.args.keys() != older.args.keys():
        return False
    if newer.result and older.result and newer.result != older.result:
        return False
    return newer.args == older.args or is_edit(newer.sketch, older.sketch)
