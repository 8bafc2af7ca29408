"""Notice that a run has spent what it may."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from .errors import GuardConfigError
from .ledger import Ledger
from .prices import Prices
from .verdict import Action, Verdict, passed, skipped, tripped

Measure = Literal["steps", "model_calls", "tool_calls", "tokens", "usd", "seconds"]
MEASURES: tuple[Measure, ...] = (
    "steps",
    "model_calls",
    "tool_calls",
    "tokens",
    "usd",
    "seconds",
)


class Use(NamedTuple):
    """How much of one limit is used."""

    measure: Measure
    used: float
    limit: float

    @property
    def share(self) -> float:
        """What part of the limit is used; 1.0 is all of it."""
        return self.used / self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Trips when a run comes near its limits: warn, then wrap up, then stop.

    One budget holds for the supervisor, its specialists and their subgraphs, because it reads the
    run's own totals. Waiting for a person costs no seconds.

    Attributes:
        steps: Most model calls, tool calls, hand-offs and answers, or None for no limit.
        model_calls: Most model calls.
        tool_calls: Most tool calls that ran.
        tokens: Most tokens, prompts and replies together.
        usd: Most USD; needs `prices`.
        seconds: Most wall seconds, without the time spent waiting for a person.
        prices: USD by model name, for nodes that record what a call cost.
        warn: Part of a limit at which to nudge, above 0 and at most `wrap_up`.
        wrap_up: Part of a limit at which to wrap up, at most 1; at 1 the run stops. Limits on
            counts keep at least one call for wrapping up.
    """

    steps: int | None = None
    model_calls: int | None = None
    tool_calls: int | None = None
    tokens: int | None = None
    usd: float | None = None
    seconds: float | None = None
    prices: Prices | None = field(default=None, hash=False)
    warn: float = 0.8
    wrap_up: float = 0.9

    def __post_init__(self) -> None:
        for measure in MEASURES:
            limit = getattr(self, measure)
            if limit is not None and not (isinstance(limit, int | float) and limit > 0):
                raise GuardConfigError(
                    f"Budget({measure}={limit!r}): use a limit above 0, or None for no limit"
                )
        if not 0 < self.warn <= self.wrap_up <= 1:
            raise GuardConfigError(
                f"Budget(warn={self.warn}, wrap_up={self.wrap_up}): "
                "use 0 < warn <= wrap_up <= 1, parts of a limit"
            )

    def check(self, ledger: Ledger) -> Verdict:
        """Judge the totals of a run. Cost: constant, a few microseconds."""
        uses = list(self._uses(ledger))
        if not uses:
            return passed("budget")
        worst = max(uses, key=lambda use: (_RANK[self._rung(use)], use.share))
        action = self._rung(worst)
        if action != "none":
            return tripped("budget", worst.measure, action, self._reason(worst, action, ledger))
        if self.usd is not None and ledger.spent["unpriced"]:
            return skipped("budget", self._unpriced(ledger))
        return passed("budget", score=worst.share)

    def _uses(self, ledger: Ledger) -> Iterator[Use]:
        for measure in MEASURES:
            limit = getattr(self, measure)
            if limit is not None:
                yield Use(measure, _USED[measure](ledger), limit)

    def _rung(self, use: Use) -> Action:
        if use.share >= 1:
            return "stop"
        last_call = use.measure in ("steps", "model_calls") and use.limit - use.used <= 1
        if use.share >= self.wrap_up or (last_call and use.limit > 1):
            return "wrap_up"
        return "nudge" if use.share >= self.warn else "none"

    def _reason(self, use: Use, action: Action, ledger: Ledger) -> str:
        estimated = use.measure == "tokens" and ledger.spent["estimated"] > 0
        used = f"{_shown(use.used)} of {_shown(use.limit)} {use.measure.replace('_', ' ')} used"
        advice = {"nudge": "finish soon", "wrap_up": "wrap up now", "stop": "the run stops"}
        about = " (partly estimated)" if estimated else ""
        return f"{used}{about}: {advice[action]}."

    def _unpriced(self, ledger: Ledger) -> str:
        return (
            f"{ledger.spent['unpriced']} tokens had no price, so the limit of {self.usd} USD "
            "cannot be judged; give Budget(prices={model: Price(...)})"
        )


_RANK = {"none": 0, "nudge": 1, "wrap_up": 2, "stop": 3}


def _seconds(ledger: Ledger) -> float:
    if ledger.now is None or ledger.started is None:
        return ledger.spent["seconds"]
    return max(ledger.now - ledger.started - ledger.spent["waited"], 0.0)


_USED: dict[Measure, Callable[[Ledger], float]] = {
    "steps": lambda ledger: ledger.spent["steps"],
    "model_calls": lambda ledger: ledger.spent["model_calls"],
    "tool_calls": lambda ledger: ledger.spent["tool_calls"],
    "tokens": lambda ledger: ledger.spent["tokens_in"] + ledger.spent["tokens_out"],
    "usd": lambda ledger: ledger.spent["usd"],
    "seconds": _seconds,
}


def _shown(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"
