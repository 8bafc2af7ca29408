"""Find amounts in text, and tell whether one can be reckoned from others."""

import re
from collections.abc import Iterator

from .vocabulary import word_list

_AMOUNT = re.compile(
    r"(?<![\w.#/-])[-+]?[$€£¥]?\s?(\d[\d,]*(?:\.\d+)?|\.\d+)(?=[a-zA-Z%°]{0,3}\b|\W|$)(?!\w{4})"
)
_WORDS: dict[str, float] = {
    word: float(value)
    for value, word in enumerate(
        word_list(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
            " fifteen sixteen seventeen eighteen nineteen twenty"
        )
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80}
_WORDS |= {"ninety": 90, "hundred": 100, "thousand": 1000, "both": 2, "couple": 2, "once": 1}
_WORDS |= {"twice": 2, "single": 1, "no": 0, "none": 0, "half": 0.5, "dozen": 12}
_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)


def find_amounts(text: str) -> Iterator[float]:
    """Yield the numbers that stand alone in a text, without sign: digits and small number words.

    >>> sorted(find_amounts("Two tickets at $1,200.50, order #W99, 15% off"))
    [2.0, 15.0, 1200.5]
    """
    for digits in _AMOUNT.findall(text):
        yield as_amount(digits)
    for match in _WORD.findall(text):
        yield float(_WORDS[match.lower()])


def as_amount(digits: str) -> float:
    """Return the number that a run of digits, commas and a point spells."""
    return round(float(digits.replace(",", "")), 4)
