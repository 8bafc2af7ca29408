"""What follows from what was seen: dates counted from others, totals, parts, abbreviations."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from .amounts import as_amount, find_amounts
from .dates import as_date
from .kinds import Kind
from .records import amounts_under, totals
from .relative import RelativeDays
from .seen import Seen

_PRICED = frozenset(("amount", "price", "value", "total"))
COUNTABLE = 10
"""A whole number below this may be a count, and is not objected to unless a policy asks."""


LETTERS = 4
"""A longer code is not taken for the letters of a name."""


class Derivations:
    """Judges single values of one proposed call against what was seen."""

    def __init__(self, seen: Seen, args: Mapping[str, Any]) -> None:
        self._seen = seen
        self._args = args

    def is_seen(self, kind: Kind, value: Any) -> bool:
        """Whether the value occurs in the texts, in any spelling of its kind."""
        text = str(value)
        if kind == "amount":
            return _amount(value) in self._seen.amounts
        if kind == "date":
            return self._seen.holds(text) or self._names_day(text)
        if kind == "expression":
            return self._seen.amounts.issuperset(find_amounts(text))
        if kind == "name":
            return self._seen.holds(text) or self._seen.holds_words(text)
        return self._seen.holds(text)

    def follows(self, kind: Kind, value: Any) -> bool:
        """Whether the value occurs, or can be had from what occurs."""
        if self.is_seen(kind, value):
            return True
        if kind == "amount":
            return self._adds_up(_amount(value))
        if kind == "expression":
            return all(
                amount in self._seen.amounts or self._adds_up(amount)
                for amount in find_amounts(str(value))
            )
        if kind == "date":
            day = as_date(str(value))
            return day is not None and self._relative.implies(day)
        if kind == "code":
            return self._abbreviates(str(value))
        return kind == "identifier" and self._completes(str(value))

    def _completes(self, value: str) -> bool:
        """Whether it is a seen number of six digits or more with at most three letters added."""
        parts = re.fullmatch(r"[\W_]*[^\W\d_]{0,3}[\W_]*(\d{6,})", value)
        return parts is not None and self._seen.holds(parts[1])

    @cached_property
    def _relative(self) -> RelativeDays:
        return RelativeDays(self._seen)

    def _names_day(self, text: str) -> bool:
        day = as_date(text)
        if day is None:
            return False
        days = self._seen.days
        if (day.year, day.month, day.day) in days:
            return True
        years = {each.year for each in days if each.year}
        likely = not years or bool(years & {day.year - 1, day.year, day.year + 1})
        if likely and (None, day.month, day.day) in days:
            return True
        months = {(each.year, each.month) for each in days if each.year}
        return (None, None, day.day) in days and (day.year, day.month) in months

    def _adds_up(self, amount: float) -> bool:
        if amount < COUNTABLE and amount == int(amount):
            return True
        rest = sum(self._amounts_given) - amount
        wanted = {round(amount, 2), round(amount + max(rest, 0), 2)}
        return not wanted.isdisjoint(self._totals) or amount in self._pairs

    @cached_property
    def _amounts_given(self) -> list[float]:
        return [
            abs(float(value))
            for key, value in _flat(self._args)
            if key in _PRICED and isinstance(value, int | float)
        ]

    @cached_property
    def _totals(self) -> frozenset[float]:
        named = [
            value
            for _, value in _flat(self._args)
            if isinstance(value, str) and len(value) > 3 and as_date(value) is None
        ]
        times = {1, *_counts(self._args)}
        found = totals(amounts_under(self._seen.texts, set(named)))
        return frozenset(round(total * n, 2) for total in found for n in times)

    @cached_property
    def _pairs(self) -> frozenset[float]:
        """Sums, differences and products of two amounts that one recent message names."""
        found: set[float] = set()
        for text in self._seen.texts[-2:]:
            amounts = sorted(set(find_amounts(text)))
            if text.lstrip()[:1] in ("{", "[") or len(amounts) > 8:
                continue
            found.add(round(sum(amounts), 2))
            for at, a in enumerate(amounts):
                for b in amounts[at + 1 :]:
                    found.update((round(a + b, 2), round(b - a, 2), round(a * b, 2)))
        return frozenset(found)

    def _abbreviates(self, code: str) -> bool:
        """Whether a code is made of a seen name's letters: NY of New York, SEA of Seattle."""
        if len(code) > LETTERS:
            return False
        pattern = r"\b" + r"[a-z]{0,9}?\s?".join(map(re.escape, code[:1] + code[1:].lower()))
        initials = r"\b" + r"[a-z]+\s+".join(map(re.escape, code)) + r"[a-z]"
        either = re.compile(f"{initials}|{pattern}")
        return any(either.search(text) for text in self._seen.texts)


def _amount(value: Any) -> float:
    return as_amount(re.sub(r"[^\d.]", "", str(value)) or "0")


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _flat(item, str(name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item, key)
    else:
        yield key, value


def _counts(args: Mapping[str, Any]) -> set[int]:
    """How many people or things the call is for: the lengths of its lists without amounts."""
    return {
        len(value)
        for value in args.values()
        if isinstance(value, list) and value and not any(key in _PRICED for key, _ in _flat(value))
    }
