"""What came of coercing one part of a value to one part of a schema."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .report import Edit, FieldError, Path

WRONG = 100
"""Cost of a part that does not fit. Every edit costs 1 to 5, so a whole fit always wins."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A reading of a part, with its price.

    Attributes:
        value: The part after coercion, or as it was where it does not fit.
        cost: 0 for a part that fits as it is; the cheapest of several readings is taken.
        edits: What was changed.
        errors: What does not fit.
    """

    value: Any
    cost: int = 0
    edits: tuple[Edit, ...] = ()
    errors: tuple[FieldError, ...] = ()

    def after(self, what: str, path: Path, cost: int) -> "Fit":
        """Return this reading with an edit that came before it."""
        return replace(
            self, cost=self.cost + cost, edits=(Edit("schema", what, path=path), *self.edits)
        )


def changed(value: Any, what: str, path: Path, cost: int) -> Fit:
    """Return a reading that one edit made."""
    return Fit(value, cost, (Edit("schema", what, path=path),))


def wrong(value: Any, message: str, path: Path) -> Fit:
    """Return a part that does not fit."""
    return Fit(value, WRONG, (), (FieldError(path, message, value),))


def missing(path: Path) -> Fit:
    """Return a part that is not there but must be."""
    error = FieldError(path, "required, but missing", is_missing=True)
    return Fit(None, WRONG, (), (error,))


def joined(value: Any, parts: Iterable[Fit]) -> Fit:
    """Return a container whose parts were read one by one."""
    cost, edits, errors = 0, list[Edit](), list[FieldError]()
    for part in parts:
        cost += part.cost
        edits += part.edits
        errors += part.errors
    return Fit(value, cost, tuple(edits), tuple(errors))


def cheapest(fits: Iterable[Fit]) -> Fit:
    """Return the cheapest reading, the first of several."""
    return min(fits, key=lambda fit: fit.cost)
