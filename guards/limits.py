"""What can be limited, and how much of it is used."""

from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

from .ledger import Ledger, Spend

Measure = Literal[
    "steps",
    "model_calls",
    "tool_calls",
    "tokens",
    "tokens_in",
    "tokens_out",
    "usd",
    "seconds",
]
MEASURES: tuple[Measure, ...] = get_args(Measure)
SHARED: tuple[Measure, ...] = MEASURES[:-1]
"""What parallel branches use up together; wall seconds pass for all of them at once."""


class Use(NamedTuple):
    """How much of one limit is used."""

    measure: Measure
    used: float
    limit: float

    @property
    def share(self) -> float:
        """What part of the limit is used; 1.0 is all of it."""
        return self.used / self.limit if self.limit > 0 else 1.0

    @property
    def left(self) -> float:
        """What is left of the limit, 0 or more."""
        return max(self.limit - self.used, 0.0)


_OF_SPEND: dict[Measure, Callable[[Spend], float]] = {
    "steps": lambda spent: spent["steps"],
    "model_calls": lambda spent: spent["model_calls"],
    "tool_calls": lambda spent: spent["tool_calls"],
    "tokens": lambda spent: spent["tokens_in"] + spent["tokens_out"],
    "tokens_in": lambda spent: spent["tokens_in"],
    "tokens_out": lambda spent: spent["tokens_out"],
    "usd": lambda spent: spent["usd"],
    "seconds": lambda spent: spent["seconds"],
}


def measured(measure: Measure, spent: Spend) -> float:
    """Return how much of a measure some spend is."""
    return _OF_SPEND[measure](spent)


def used_of(measure: Measure, ledger: Ledger, spent: Spend, this_run: bool) -> float:
    """Return how much of a measure is used; the seconds of this run are the clock's."""
    clocked = ledger.now is not None and ledger.started is not None
    if measure == "seconds" and this_run and clocked:
        return max(ledger.now - ledger.started - spent["waited"], 0.0)  # type: ignore[operator]
    return measured(measure, spent)
