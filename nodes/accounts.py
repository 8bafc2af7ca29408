"""What a tenant has spent in a day and a month, over all threads and processes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar, cast

from langchain_core.runnables import RunnableConfig

from ..guards.budget import PERIODS, Budget
from ..guards.channel import add_spend, spend_since
from ..guards.errors import BackendError, GuardConfigError
from ..guards.guard import Guard
from ..guards.ledger import Spend, no_spend
from .backends import Backend, MemoryBackend

T = TypeVar("T")

Tenant = Callable[[RunnableConfig], str]
"""Whose account a run is charged to, from its config."""
OnFailure = Literal["open", "closed"]

_FORMAT = {"day": "%Y-%m-%d", "month": "%Y-%m"}


def one_tenant(_: RunnableConfig) -> str:
    """Charge everything to one account."""
    return "all"


@dataclass(frozen=True, slots=True)
class Accounts:
    """Where budgets of a day or a month are kept; give it beside `Budget(scope="day", ...)`.

    What a call can cost at most is held before it is made, in one atomic change, and settled
    after. A process that dies in between leaves it held: an account is never under-counted.

    Attributes:
        backend: Where: `SqliteBackend(path)`, `RedisBackend(...)`, or `MemoryBackend()`.
        tenant: Whose account a run is charged to; the default is one for all.
        on_failure: When the backend cannot be reached: `closed` makes no call, `open` makes it
            uncounted, and says so in the verdicts.
    """

    backend: Backend
    tenant: Tenant = one_tenant
    on_failure: OnFailure = "closed"

    def __post_init__(self) -> None:
        if self.on_failure not in ("open", "closed"):
            raise GuardConfigError(
                f"Accounts(on_failure={self.on_failure!r}): use 'open' or 'closed'"
            )

    @property
    def is_quick(self) -> bool:
        """Whether asking never waits for a disk or a network."""
        return isinstance(self.backend, MemoryBackend)

    def hold(
        self,
        config: RunnableConfig,
        now: float,
        decide: Callable[[Mapping[str, Spend]], tuple[T, Spend]],
    ) -> T:
        """Decide, knowing what was spent, and hold what was decided; in one step.

        Args:
            config: The run's.
            now: Unix time in seconds.
            decide: Given the totals by period, what to do, and the most it costs.

        Raises:
            BackendError: The backend cannot be reached, and the account is `closed`.
        """
        found: list[T] = []

        def change(stored: Mapping[str, Any] | None) -> Mapping[str, Any]:
            totals = _current(stored, now)
            result, most = decide(totals)
            found[:] = [result]
            return _stored({name: add_spend(total, most) for name, total in totals.items()}, now)

        try:
            self.backend.update(self._key(config), change)
        except BackendError:
            if self.on_failure == "closed":
                raise
            found[:] = [decide({})[0]]
        return found[0]

    def settle(self, config: RunnableConfig, now: float, held: Spend, spent: Spend) -> None:
        """Replace what was held by what it cost. What was held in another period stays there."""

        def change(stored: Mapping[str, Any] | None) -> Mapping[str, Any]:
            totals = _current(stored, now)
            rest = spend_since(spent, held)
            return _stored({name: _floor(add_spend(t, rest)) for name, t in totals.items()}, now)

        try:
            self.backend.update(self._key(config), change)
        except BackendError:
            return  # what is held stays held: over-counted, never under-counted

    def _key(self, config: RunnableConfig) -> str:
        return f"account:{self.tenant(config)}"


def check_accounts(guards: Iterable[Guard], accounts: Accounts | None) -> None:
    """Refuse a budget of a period without accounts.

    Raises:
        GuardConfigError: There is one.
    """
    for guard in guards:
        if is_of_period(guard) and accounts is None:
            raise GuardConfigError(
                f"Budget(scope={guard.scope!r}) needs accounts to be counted in: "  # type: ignore[attr-defined]
                "give accounts=Accounts(SqliteBackend(path), tenant=...)"
            )


def is_of_period(guard: Guard) -> bool:
    """Return whether a guard is a budget of a day or a month."""
    return isinstance(guard, Budget) and guard.scope in PERIODS


def _current(stored: Mapping[str, Any] | None, now: float) -> dict[str, Spend]:
    """Return the totals of the periods that now is in; those of others are over."""
    totals: dict[str, Spend] = {}
    for period in PERIODS:
        kept = (stored or {}).get(period) or {}
        same = kept.get("of") == _name(period, now)
        totals[period] = {**no_spend(), **kept["spent"]} if same else no_spend()
    return totals


def _stored(totals: Mapping[str, Spend], now: float) -> dict[str, Any]:
    return {
        period: {"of": _name(period, now), "spent": dict(spent)} for period, spent in totals.items()
    }


def _name(period: str, now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime(_FORMAT[period])


def _floor(spend: Spend) -> Spend:
    """Return a spend without negative parts: a period may have begun in the middle of a call."""
    plain: dict[str, Any] = {**spend}
    return cast("Spend", {name: max(value, 0) for name, value in plain.items()})
