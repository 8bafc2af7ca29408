"""Fit scalars: strings, numbers, truth values, null and choices."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from .fit import Fit, changed, wrong
from .reader import CUT, OpenText
from .report import Path, quoted
from .scalars import choice_in, date_in, number_in, truth_in
from .targets import NAMES

_NULLS = ("null", "none", "nil", "n/a", "")


def fit_string(value: Any, shape: Mapping[str, Any], path: Path) -> Fit:
    """Fit to a string: numbers and truth values as they are written in JSON, dates as ISO 8601."""
    if isinstance(value, str):
        return _formatted(value, shape, path)
    if isinstance(value, bool | int | float):
        return changed(json.dumps(value), f"{value!r} written as a string", path, 3)
    return wrong(value, "must be a string", path)


def _formatted(value: str, shape: Mapping[str, Any], path: Path) -> Fit:
    if isinstance(value, OpenText):
        return Fit(CUT) if "format" in shape else Fit(str(value))
    if shape.get("format") == "date" and (date := date_in(value)) and date != value:
        return changed(date, f"date {quoted(value)} written as {date}", path, 1)
    if shape.get("format") == "date-time" and not value[:4].isdigit() and (date := date_in(value)):
        return changed(date, f"date {quoted(value)} written as {date}", path, 1)
    return Fit(value)


def fit_integer(value: Any, shape: Mapping[str, Any], path: Path) -> Fit:
    """Fit to a whole number."""
    del shape
    if isinstance(value, int) and not isinstance(value, bool):
        return Fit(value)
    number = number_in(value) if isinstance(value, str) else value
    if not isinstance(number, int | float) or isinstance(number, bool) or number % 1:
        return wrong(value, "must be a whole number", path)
    cost = 1 if isinstance(value, float) else 2
    return changed(int(number), f"{quoted(value)} read as {int(number)}", path, cost)


def fit_number(value: Any, shape: Mapping[str, Any], path: Path) -> Fit:
    """Fit to a number."""
    del shape
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Fit(value)
    number = number_in(value) if isinstance(value, str) else None
    if number is None:
        return wrong(value, "must be a number", path)
    return changed(number, f"{quoted(value)} read as {number}", path, 2)


def fit_boolean(value: Any, shape: Mapping[str, Any], path: Path) -> Fit:
    """Fit to true or false: 0, 1 and what `truth_in` reads."""
    del shape
    if isinstance(value, bool):
        return Fit(value)
    truth = truth_in(value) if isinstance(value, str) else None
    if isinstance(value, int | float) and value in (0, 1):
        truth = bool(value)
    if truth is None:
        return wrong(value, "must be true or false", path)
    return changed(truth, f"{quoted(value)} read as {json.dumps(truth)}", path, 2)


def fit_null(value: Any, shape: Mapping[str, Any], path: Path) -> Fit:
    """Fit to null: what people write for nothing."""
    del shape
    if value is None:
        return Fit(None)
    if isinstance(value, str) and value.strip().lower() in _NULLS:
        return changed(None, f"{quoted(value)} read as null", path, 2)
    return wrong(value, "must be null", path)


def fit_choice(value: Any, shape: Mapping[str, Any], path: Path) -> Fit:
    """Fit to an enumeration or a constant."""
    if isinstance(value, OpenText):
        return Fit(CUT)
    choices = shape.get("enum", [shape.get("const")])
    if any(value == choice and type(value) is type(choice) for choice in choices):
        return Fit(value)
    allowed = "must be " + ("one of " if len(choices) > 1 else "") + ", ".join(map(repr, choices))
    if isinstance(value, float) and value.is_integer() and int(value) in choices:
        return changed(int(value), f"{value} read as {int(value)}", path, 1)
    if isinstance(value, dict | list | bool) or value is None:
        return wrong(value, allowed, path)
    spellings = {
        json.dumps(choice) if not isinstance(choice, str) else choice: choice for choice in choices
    }
    spellings |= {
        name: choice for name, choice in shape.get(NAMES, {}).items() if choice in choices
    }
    found = choice_in(str(value), spellings)
    if found is None:
        return wrong(value, allowed, path)
    return changed(found[0], f"{quoted(value)} read as {found[0]!r}", path, found[1])


Leaf = Callable[[Any, Mapping[str, Any], Path], Fit]


def _when_complete(leaf: Leaf) -> Leaf:
    def fit(value: Any, shape: Mapping[str, Any], path: Path) -> Fit:
        return Fit(CUT, 2) if isinstance(value, OpenText) else leaf(value, shape, path)

    return fit


LEAVES: Mapping[str, Leaf] = {
    "string": fit_string,
    "integer": _when_complete(fit_integer),
    "number": _when_complete(fit_number),
    "boolean": _when_complete(fit_boolean),
    "null": _when_complete(fit_null),
}
