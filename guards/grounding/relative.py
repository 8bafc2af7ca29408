"""Dates that a person gives by counting: tomorrow, the day after, three days later, Friday."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from .seen import Seen
from .vocabulary import word_list

_NUMBERS = word_list("one two three four five six seven eight nine ten")
_DAYS = re.compile(
    rf"\b(\d{{1,2}}|a|couple of|few|{'|'.join(_NUMBERS)})\s+(day|week)s?\b", re.IGNORECASE
)
_ONE = re.compile(
    r"\btomorrow|\byesterday|\bday (?:after|before|later|earlier|prior)"
    r"|\b(?:next|following|previous|prior|preceding) (?:day|morning|night|date)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"\b(mon|tues|wednes|thurs|fri|satur|sun)day\b|\bweek(?:end|day)", re.IGNORECASE
)
_AROUND = re.compile(
    r"\bflexible|\baround\b|\bany (?:day|date|time)|\bother (?:days|dates)|\bfew days"
    r"|\b(?:this|next|last|past|coming|earlier|later|same) (?:this |in the |that )?(?:week|month)"
    r"|\b(?:earliest|soonest|next available|closest)\b",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\b(?:between|from|through|until|till|range|within)\b", re.IGNORECASE)
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST = 2_000
"""Longer texts are manuals, not people: what they say about days is not about this run."""


class RelativeDays:
    """Which dates the seen texts imply without naming them."""

    def __init__(self, seen: Seen) -> None:
        self._known = sorted(_full(seen))
        spoken = [
            text for text in seen.texts if len(text) <= LONGEST and text[:1] not in ("{", "[")
        ]
        self._steps: set[int] = set()
        self._weekdays: set[str] = set()
        self._near = 0
        self._ranges = False
        for text in spoken:
            self._read(text)

    def _read(self, text: str) -> None:
        if _ONE.search(text):
            self._steps.add(1)
        for number, unit in _DAYS.findall(text):
            self._steps.add(_count(number.lower()) * (7 if unit.lower() == "week" else 1))
        for name in _WEEKDAY.findall(text):
            self._weekdays.update([name[:3].lower()] if name else _NAMES)
        if _AROUND.search(text):
            self._near = 14
        self._ranges = self._ranges or bool(_RANGE.search(text))

    def implies(self, day: date) -> bool:
        """Whether a date lies at a spoken distance from a known one.

        Distances: so many days or weeks; a named weekday within two weeks; anything within two
        weeks where the person was vague (`flexible`, `earlier this month`), or in the same month.
        Where no whole date is known, the model must have today's from elsewhere: any will do.
        """
        if not self._known:
            return bool(self._steps or self._weekdays or self._near)
        return any(self._reaches(known, day) for known in self._known) or self._lies_between(day)

    def _reaches(self, known: date, day: date) -> bool:
        apart = abs((day - known).days)
        if apart in self._steps or apart <= self._near:
            return True
        if self._near and (known.year, known.month) == (day.year, day.month):
            return True
        return apart <= 14 and _NAMES[day.weekday()] in self._weekdays

    def _lies_between(self, day: date) -> bool:
        month = timedelta(days=31)
        return self._ranges and any(
            first < day < last and last - first <= month
            for first, last in zip(self._known, self._known[1:], strict=False)
        )


def _count(number: str) -> int:
    if number.isdigit():
        return int(number)
    return _NUMBERS.index(number) + 1 if number in _NUMBERS else {"a": 1}.get(number, 2)


def _full(seen: Seen) -> Iterator[date]:
    years = {day.year for day in seen.days if day.year}
    for day in seen.days:
        if day.month is None:
            continue
        for year in [day.year] if day.year else years:
            try:
                yield date(year, day.month, day.day)
            except ValueError:
                continue
