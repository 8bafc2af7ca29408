"""Notice that a run has spent what it may."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import GuardConfigError
from .ledger import Ledger, Spend
from .limits import MEASURES, SHARED, Use, measured, used_of
from .prices import Price, Prices
from .verdict import Action, Verdict, passed, skipped, tripped

Scope = Literal["run", "thread", "day", "month"]
SCOPES: tuple[Scope, ...] = ("run", "thread", "day", "month")
PERIODS: tuple[Scope, ...] = ("day", "month")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Trips when a run comes near its limits: warn, then wrap up, then stop.

    One budget holds for the supervisor, its specialists and their subgraphs, because it reads the
    run's own totals. Before tools it blocks the proposed calls for which nothing is left. Our own
    nodes ask it before each model call as well (see `guards.admission`). Waiting for a person
    costs no seconds. A person who says "go on" grants as much again.

    Attributes:
        steps: Most model calls and tool calls together, or None for no limit.
        model_calls: Most model calls, failed ones too.
        tool_calls: Most tool calls that run.
        tokens: Most tokens, prompts and replies together.
        tokens_in: Most tokens of prompts.
        tokens_out: Most tokens of replies.
        usd: Most USD; needs `prices`.
        seconds: Most wall seconds, without the time spent waiting for a person; of a thread or a
            period, the seconds of its calls.
        prices: USD by model name.
        scope: What the limits are for: one run, the whole thread, or a day or month of a tenant
            (UTC), whose totals the nodes fetch from an account.
        warn: Part of a limit at which to nudge, above 0 and at most `wrap_up`.
        wrap_up: Part of a limit at which to wrap up, at most 1; at 1 the run stops. Limits on
            model calls and steps keep one call for wrapping up.
        longest_reply: Tokens that the longest reply can have; a model call for which less is left
            is told so by `max_tokens`. Chosen: what common models' providers allow by default.
    """

    steps: int | None = None
    model_calls: int | None = None
    tool_calls: int | None = None
    tokens: int | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    usd: float | None = None
    seconds: float | None = None
    prices: Prices | None = field(default=None, hash=False)
    scope: Scope = "run"
    warn: float = 0.8
    wrap_up: float = 0.9
    longest_reply: int = 16_384

    def __post_init__(self) -> None:
        for measure in (*MEASURES, "longest_reply"):
            limit = getattr(self, measure)
            if limit is not None and not (_is_number(limit) and limit > 0):
                raise GuardConfigError(
                    f"Budget({measure}={limit!r}): use a limit above 0, or None for no limit"
                )
        if not 0 < self.warn <= self.wrap_up <= 1:
            raise GuardConfigError(
                f"Budget(warn={self.warn}, wrap_up={self.wrap_up}): "
                "use 0 < warn <= wrap_up <= 1, parts of a limit"
            )
        self._check_prices()
        if self.scope not in SCOPES:
            raise GuardConfigError(f"Budget(scope={self.scope!r}): use one of {', '.join(SCOPES)}")
        if self.prices is None and all(getattr(self, measure) is None for measure in MEASURES):
            raise GuardConfigError(
                "Budget(): no limit was given; give at least one of "
                f"{', '.join(MEASURES)}, for example Budget(usd=1.0, prices=...)"
            )

    def _check_prices(self) -> None:
        given: Any = self.prices
        if given is None:
            return
        if not isinstance(given, Mapping) or not all(isinstance(p, Price) for p in given.values()):
            raise GuardConfigError(
                "Budget(prices=...): give a Price for each model's name, "
                '{"gpt-x": Price(tokens_in=2.0, tokens_out=8.0)}, in USD per million tokens'
            )

    def check(self, ledger: Ledger) -> Verdict:
        """Judge the totals, or the proposed calls against what is left. Cost: constant."""
        spent = self.spent(ledger)
        if spent is None:
            return skipped("budget", f"nobody said what was spent in this {self.scope}")
        uses = list(self.uses(ledger, spent))
        if not uses:
            return passed("budget")
        worst = max(uses, key=lambda use: (_RANK[self._rung(use)], use.share))
        action = self._rung(worst)
        if ledger.proposed and _RANK[action] < _RANK["wrap_up"]:
            blocked = self._beyond(uses, ledger)
            if blocked is not None:
                return blocked
        if action != "none":
            reason = self.reason(worst, spent, _ADVICE[action])
            use = self.evidence(worst, ledger)
            return tripped("budget", self.kind(worst), action, reason, score=worst.share, use=use)
        if self.usd is not None and spent["unpriced"]:
            return skipped("budget", self._unpriced(spent))
        return passed("budget", score=worst.share)

    def spent(self, ledger: Ledger) -> Spend | None:
        """Return the totals that the limits are for; None when nobody fetched a period's."""
        if self.scope == "run":
            return ledger.spent
        return ledger.thread if self.scope == "thread" else ledger.periods.get(self.scope)

    def uses(self, ledger: Ledger, spent: Spend) -> Iterator[Use]:
        """Yield how much of each limit is used, with what was granted and what was handed down."""
        for measure in MEASURES:
            limit = getattr(self, measure)
            if limit is None:
                continue
            if self.scope in ("run", "thread"):
                limit = limit * (1 + ledger.granted.get(measure, 0))
                limit = min(limit, ledger.caps.get(measure, limit))
            yield Use(measure, used_of(measure, ledger, spent, self.scope == "run"), limit)

    def kind(self, use: Use) -> str:
        """Return the word for a limit that is reached."""
        return use.measure if self.scope == "run" else f"{use.measure}_per_{self.scope}"

    def reason(self, use: Use, spent: Spend, advice: str) -> str:
        """Return the sentence for a limit that is reached or would be."""
        name = use.measure.replace("_", " ")
        per = "" if self.scope == "run" else f" of this {self.scope}"
        about = " (partly estimated)" if "tokens" in use.measure and spent["estimated"] else ""
        return f"{_shown(use.used)} of {_shown(use.limit)} {name}{per} used{about}: {advice}."

    def evidence(self, use: Use, ledger: Ledger, needs: float | None = None) -> dict[str, Any]:
        """Return the numbers that a verdict on a limit rests on, as `Verdict.use` has them."""
        among = ledger.held if self.scope in ("run", "thread") and use.measure in SHARED else None
        told = {
            "measure": use.measure,
            "scope": self.scope,
            "used": round(use.used, 6),
            "held": round(measured(use.measure, among), 6) if among else 0,
            "limit": round(use.limit, 6),
        }
        return told if needs is None else {**told, "needs": round(needs, 6)}

    def _rung(self, use: Use) -> Action:
        if use.share >= 1:
            return "wrap_up" if use.measure == "tool_calls" else "stop"
        if use.measure in ("steps", "model_calls"):
            last_call = use.limit - use.used <= 1 < use.limit
            return "wrap_up" if last_call or use.share >= self.wrap_up else self._warned(use)
        if use.measure != "tool_calls" and use.share >= self.wrap_up:
            return "wrap_up"
        return self._warned(use)

    def _warned(self, use: Use) -> Action:
        return "nudge" if use.share >= self.warn else "none"

    def _beyond(self, uses: Sequence[Use], ledger: Ledger) -> Verdict | None:
        """Return what is wrong with proposed tool calls for which nothing is left."""
        tools = [call for call in ledger.proposed if call.kind == "tool"]
        for use in uses:
            left = _CALLS_LEFT.get(use.measure)
            if left is None or len(tools) <= (fit := max(left(use), 0)):
                continue
            reason = (
                f"{len(tools)} tool calls are proposed, and the budget has {fit} left "
                f"({_shown(use.used)} of {_shown(use.limit)} {use.measure.replace('_', ' ')} used)."
            )
            calls, told = [call.id for call in tools[fit:]], self.evidence(use, ledger)
            return tripped(
                "budget", self.kind(use), "block", reason, calls=calls, score=use.share, use=told
            )
        return None

    def _unpriced(self, spent: Spend) -> str:
        return (
            f"{spent['unpriced']} tokens had no price, so the limit of {self.usd} USD "
            "cannot be judged; give Budget(prices={model: Price(...)})"
        )


_RANK = {"none": 0, "nudge": 1, "wrap_up": 2, "stop": 3}
_ADVICE = {"nudge": "finish soon", "wrap_up": "wrap up now", "stop": "the run stops"}
_CALLS_LEFT = {
    "tool_calls": lambda use: int(use.limit - use.used),
    "steps": lambda use: int(use.limit - use.used) - 1,  # one is kept for the last word
}


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def _shown(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"
