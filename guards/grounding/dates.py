"""Find calendar dates in text, however they are written."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from .vocabulary import word_list

_MONTHS = word_list("jan feb mar apr may jun jul aug sep oct nov dec")
_NAME = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_ORDINAL = r"(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(\d{4}))?"
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_SLASHED = re.compile(r"(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?(?![\d/-])")
_MONTH_DAY = re.compile(
    rf"\b{_NAME}\.?\s+(?:the\s+)?(\d{{1,2}}){_ORDINAL}"
    rf"(?:\s*(?:-|–|to|and|or|through)\s*(\d{{1,2}}){_ORDINAL}(?![\d:]))?{_YEAR}(?![\d:])",
    re.IGNORECASE,
)
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}}){_ORDINAL}\s+(?:of\s+)?{_NAME}\b\.?{_YEAR}", re.IGNORECASE
)
_DAY = re.compile(r"\bthe\s+(\d{1,2})(?:st|nd|rd|th)\b", re.IGNORECASE)


class Day(NamedTuple):
    """A date as a text gives it; what the text leaves out is None."""

    year: int | None
    month: int | None
    day: int


def find_days(text: str) -> Iterator[Day]:
    """Yield the dates a text names. `05/06` is read both ways round.

    >>> sorted(set(find_days("On May 20th, 2024 or 21 June")), key=str)
    [Day(year=2024, month=5, day=20), Day(year=None, month=6, day=21)]
    """
    for year, month, day in _ISO.findall(text):
        yield from _real(int(year), int(month), int(day))
    for first, second, year in _SLASHED.findall(text):
        long = int(year) + (2000 if len(year) == 2 else 0) if year else None
        yield from _real(long, int(first), int(second))
        yield from _real(long, int(second), int(first))
    for name, day, last, year in _MONTH_DAY.findall(text):
        month = 1 + _MONTHS.index(name[:3].lower())
        for each in range(int(day), int(last or day) + 1):
            yield from _real(int(year) if year else None, month, each)
    for day, name, year in _DAY_MONTH.findall(text):
        yield from _real(int(year) if year else None, 1 + _MONTHS.index(name[:3].lower()), int(day))
    for day in _DAY.findall(text):
        yield Day(None, None, int(day))


def _real(year: int | None, month: int, day: int) -> Iterator[Day]:
    try:
        date(year or 2024, month, day)
    except ValueError:
        return
    yield Day(year, month, day)


def as_date(value: str) -> date | None:
    """Return the date that a whole value is, or None: `2024-05-20`, `05/20/2024`, `May 20, 2024`.

    A time after the date is left out of account.
    """
    value = value.strip()
    if not 6 <= len(value) <= 40:
        return None
    for pattern in (_ISO, _SLASHED, _MONTH_DAY, _DAY_MONTH):
        match = pattern.match(value)
        if match and (match.end() == len(value) or value[match.end()] in "T "):
            return next(_full(match.group()), None)
    return None


def _full(text: str) -> Iterator[date]:
    for day in find_days(text):
        if day.year is not None and day.month is not None:
            yield date(day.year, day.month, day.day)
