"""Read numbers, truth values, dates and choices from the way people write them.

Each function returns what it read, or None when that is not certain: nothing is guessed.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

NEAREST = 0.8
"""Similarity, 0 to 1, from which a choice that is misspelt is taken for the nearest. Chosen: one
wrong letter in five; the next nearest must be clearly further (`MARGIN`)."""
MARGIN = 0.1
LONGEST = 2000
"""Characters of text in which a choice, a number or a truth value is looked for."""

_NUMBER = re.compile(r"(?<![\w.,])[-+]?\d[\d.,'’_\u00a0\u202f]*(?:[eE][-+]?\d+)?|[-+]?\.\d+")
_FRACTION = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)\s*\Z")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:([,.'’_\u00a0\u202f])\d{3})(?:\1\d{3})*\Z")
_SCALES = {"k": 3, "thousand": 3, "million": 6, "mio": 6, "billion": 9, "bn": 9}
_SCALE = re.compile(r"\s?(k|thousand|million|mio|billion|bn)\b", re.IGNORECASE)
_MINUS = str.maketrans("−–", "--")
_TRUE = ("true", "yes", "y", "on", "1", "t")
_FALSE = ("false", "no", "n", "off", "0", "f")
_TRUTH = re.compile(r"\b(true|false)\b", re.IGNORECASE)
_LOOSE = re.compile(r"[\W_]+")
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?\Z|(\d{4})(\d\d)(\d\d)\Z")
_DAY_FIRST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})\Z")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_WRITTEN = tuple(
    re.compile(rf"(?:[A-Za-z]+day,?\s+)?{form}\Z")
    for form in (
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_DAY}(?:\s+of)?[\s-]+{_MONTH},?[\s-]+{_YEAR}",
    )
)


def number_in(text: str) -> int | float | None:
    """Return the one number in a text, whatever its unit, currency and separators.

    `1,234.5` and `1.234,5` are read alike: the last kind of separator is the decimal one. A single
    separator before three digits groups thousands if it is not a point: `12,111` is 12111 and
    `1.234` is 1.234. `$1.2 million` is 1200000, `45%` is 45, `1/4` is 0.25.

    >>> [number_in(text) for text in ("$1,234.50", "12 kg", "3 to 5", "1.234,5")]
    [1234.5, 12, None, 1234.5]
    """
    text = text[:LONGEST].translate(_MINUS)
    if fraction := _FRACTION.match(text):
        return float(fraction[1]) / float(fraction[2]) if float(fraction[2]) else None
    found = list(_NUMBER.finditer(text))
    if len(found) != 1:
        return None
    value = _plain_number(found[0][0].rstrip(".,'’_\u00a0\u202f"))
    scale = _SCALE.match(text, found[0].end())
    if value is None or scale is None:
        return value
    scaled: float = value * 10 ** _SCALES[scale[1].lower()]
    return round(scaled) if abs(scaled - round(scaled)) < 1e-6 else scaled


def _plain_number(digits: str) -> int | float | None:
    grouped = _GROUPED.match(digits)
    if grouped and (grouped[1] != "." or digits.count(".") > 1):
        digits = digits.replace(grouped[1], "")
    elif digits.count(",") == 1 and digits.rfind(".") < digits.rfind(","):
        digits = digits.replace(".", "").replace(",", ".")
    digits = re.sub(r"[,'’_\u00a0\u202f]", "", digits)
    try:
        return int(digits)
    except ValueError:
        pass
    try:
        return float(digits)
    except ValueError:
        return None


def truth_in(text: str) -> bool | None:
    """Return the truth value that a text states; None when it states both or neither.

    >>> [truth_in(text) for text in ("Yes", "The answer is **False**", "true or false")]
    [True, False, None]
    """
    word = text.strip().strip("\"'*.`").lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    stated = {found.lower() for found in _TRUTH.findall(text[:LONGEST])}
    return stated == {"true"} if len(stated) == 1 else None


def date_in(text: str) -> str | None:
    """Return a date as `YYYY-MM-DD`; None when day and month could be either.

    >>> [date_in(text) for text in ("March 5, 2024", "2024/3/5", "25.12.2024", "3/4/2024")]
    ['2024-03-05', '2024-03-05', '2024-12-25', None]
    """
    text = text.strip()
    if found := _DATE.match(text):
        year, month, day = (part for part in found.groups() if part)
        return _date(year, int(month), int(day))
    if found := _DAY_FIRST.match(text):
        one, other = int(found[1]), int(found[3])
        if found[2] == "." or one > 12 or one == other:
            return _date(found[4], other, one)
        return _date(found[4], one, other) if other > 12 else None
    for written in _WRITTEN:
        found = written.match(text)
        if found and found["month"][:3].lower() in _MONTHS:
            month = _MONTHS.index(found["month"][:3].lower()) + 1
            return _date(found["year"], month, int(found["day"]))
    return None


def _date(year: str, month: int, day: int) -> str | None:
    fits = 1 <= month <= 12 and 1 <= day <= 31
    return f"{year}-{month:02}-{day:02}" if fits else None


def loose(name: object) -> str:
    """Return a name without case, spaces and punctuation: `Flight-No.` and `flight_no` are one."""
    return _LOOSE.sub("", str(name)).casefold()


def choice_in(text: str, choices: Mapping[str, Any]) -> tuple[Any, int] | None:
    """Return the choice that a text names, with a cost, or None when that is not certain.

    In this order: spelt alike but for case and punctuation (cost 1); named in the text as a whole
    word, more often than any other (2; case counts, unless no choice is named that way); spelt
    nearly alike (3), see `NEAREST`.

    Args:
        text: What the model wrote.
        choices: The choices by the spellings that stand for them.
    """
    text = text[:LONGEST]
    alike = {repr(value): value for name, value in choices.items() if loose(name) == loose(text)}
    if len(alike) == 1:
        return next(iter(alike.values())), 1
    for flags in (re.NOFLAG, re.IGNORECASE):
        named = _named(text, choices, flags)
        if named:
            return (named[0], 2) if len(named) == 1 else None
    return _nearest(text, choices)


def _named(text: str, choices: Mapping[str, Any], flags: re.RegexFlag) -> Sequence[Any]:
    """Return the choices that are named most often; longer spellings hide shorter ones."""
    spellings = sorted((name for name in choices if name.strip()), key=len, reverse=True)
    if not spellings:
        return []
    either = "|".join(map(re.escape, spellings))
    by_fold = {name.casefold(): value for name, value in choices.items()}
    counts: Counter[str] = Counter()
    values: dict[str, Any] = {}
    for found in re.findall(rf"(?<![\w-])(?:{either})(?![\w])", text, flags):
        value = choices[found] if found in choices else by_fold[found.casefold()]
        counts[repr(value)] += 1
        values[repr(value)] = value
    most = max(counts.values(), default=0)
    return [values[key] for key, count in counts.items() if count == most]


def _nearest(text: str, choices: Mapping[str, Any]) -> tuple[Any, int] | None:
    word = loose(text)
    if len(word) < 4 or len(word) > 100:
        return None
    scores: dict[str, tuple[float, Any]] = {}
    for name, value in choices.items():
        score = SequenceMatcher(None, word, loose(name)).ratio()
        scores[repr(value)] = max(scores.get(repr(value), (0.0, value)), (score, value), key=_score)
    ranked = sorted(scores.values(), key=_score, reverse=True)
    if not ranked or ranked[0][0] < NEAREST:
        return None
    is_clear = len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= MARGIN
    return (ranked[0][1], 3) if is_clear else None


def _score(ranked: tuple[float, Any]) -> float:
    return ranked[0]
