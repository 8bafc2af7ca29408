"""The seen values that resemble a given one."""

import re
from heapq import nlargest

from .seen import Seen

_CHUNK = re.compile(r"[^\s\"'<>(){}\[\],;|]+")
CONSIDERED = 2_000
"""At most so many different seen values are compared, the newest first."""


def nearest(value: object, seen: Seen, *, most: int = 3, least: float = 0.4) -> tuple[str, ...]:
    """Return the seen values most like `value`, most alike first.

    Likeness is the share of pairs of neighbouring characters in common (Dice), 0 to 1; values
    under `least` are left out, and values of another length by half or more.
    """
    wanted = str(value)
    pairs = _pairs(wanted)
    scored = []
    for chunk in _candidates(seen, len(wanted)):
        other = _pairs(chunk)
        likeness = 2 * len(pairs & other) / (len(pairs) + len(other) or 1)
        if likeness >= least:
            scored.append((likeness, chunk))
    return tuple(chunk for _, chunk in nlargest(most, scored, key=lambda pair: pair[0]))


def _candidates(seen: Seen, size: int) -> dict[str, None]:
    found: dict[str, None] = {}
    for text in reversed(seen.texts):
        for chunk in _CHUNK.findall(text):
            chunk = chunk.strip(".:!?*`")
            if size / 2 < len(chunk) < size * 2:
                found[chunk] = None
                if len(found) >= CONSIDERED:
                    return found
    return found


def _pairs(text: str) -> set[str]:
    padded = f" {text.casefold()} "
    return {padded[at : at + 2] for at in range(len(padded) - 1)}
