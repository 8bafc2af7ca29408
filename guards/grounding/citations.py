"""Citations in an answer: `[1]`, `[2, 3]`, "Passage 2", "source 1"."""

import re

_BRACKETS = re.compile(r"\[(\d{1,3}(?:\s*[,;-]\s*\d{1,3})*)\]")
_SPOKEN = re.compile(r"\b(?:passage|source|document|doc)s?\s+#?(\d{1,2})\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")


def cited_in(claim: str) -> set[int]:
    """Return the sources a claim cites, counted from 0 as in `sources`; the text counts from 1.

    >>> sorted(cited_in("Sharks are fish [1, 3], says passage 2."))
    [0, 1, 2]
    """
    return bracketed(claim) | {int(number) - 1 for number in _SPOKEN.findall(claim)}


def bracketed(claim: str) -> set[int]:
    """Return the sources cited in brackets, counted from 0. A range cites its ends."""
    return {
        int(number) - 1 for group in _BRACKETS.findall(claim) for number in _NUMBER.findall(group)
    }


def without_marks(text: str) -> str:
    """Return the text with its bracketed citations blanked, at the same length."""
    return _BRACKETS.sub(lambda match: " " * len(match.group()), text)
