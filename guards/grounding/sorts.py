"""What sort of claim a sentence is: what in it could be wrong."""

import re
from typing import Literal

from .citations import cited_in
from .dates import find_days

Sort = Literal["number", "date", "name", "quote", "citation", "statement"]

_QUOTE = re.compile(r"[\"“][^\"“”]{8,}[\"”]")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")
_DIGIT = re.compile(r"\d")


def sort_of(claim: str) -> Sort:
    """Return the sort of a claim; the first that fits of quote, citation, date, number, name.

    >>> sort_of("It opened on May 3, 1999."), sort_of("It costs $5."), sort_of("It is big.")
    ('date', 'number', 'statement')
    """
    if _QUOTE.search(claim):
        return "quote"
    if cited_in(claim):
        return "citation"
    if _DIGIT.search(claim):
        return "date" if any(day.month for day in find_days(claim)) else "number"
    return "name" if _NAME.search(claim) else "statement"
