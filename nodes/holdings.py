"""Hold what a call can cost before it is made, among branches and in a tenant's account."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from langchain_core.runnables import RunnableConfig

from ..guards.channel import add_spend
from ..guards.digest import preview
from ..guards.errors import BackendError
from ..guards.ledger import Ledger, Spend, no_spend
from ..guards.verdict import Verdict, tripped
from .accounts import Accounts
from .branch import branch_of
from .reading import read
from .reservations import Reservations, pool_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a call claims of the budgets until it is settled.

    Attributes:
        pool: The parallel branches it shares with, or empty.
        branch: Its own branch, or empty.
        ticket: A name for the call, the same when its node runs again.
        config: The run's, which names the tenant.
        held: The most it can cost.
    """

    pool: str
    branch: str
    ticket: str
    config: RunnableConfig
    held: Spend

    @classmethod
    def of(cls, state: Any, config: RunnableConfig, ticket: str) -> "Claim":
        """Return the claim of a call in a branch: by its allowance, or on the pool it shares."""
        pool = read(state, "pool") or ("" if read(state, "allowance") else pool_of(config))
        branch = read(state, "branch") or branch_of(config)
        return cls(pool, branch, ticket, config, no_spend())


class Holdings:
    """What a graph's calls hold. One belongs to one compiled graph; safe for threads.

    Attributes:
        accounts: Where budgets of a day or a month are kept, or None.
    """

    def __init__(self, accounts: Accounts | None = None) -> None:
        self.accounts = accounts
        self._reservations = Reservations()

    def hold(
        self,
        claim: Claim,
        ledger: Ledger,
        decide: Callable[[Ledger], tuple[T, Spend]],
        now: float,
    ) -> tuple[T, Claim]:
        """Decide on a call, knowing what others hold, and hold what was decided; in one step.

        Args:
            claim: Whose call it is.
            ledger: The run as it knows itself.
            decide: Given the run as it stands with what others hold, what to do, and the most
                that costs.
            now: Unix time in seconds.

        Raises:
            BackendError: The tenant's account cannot be reached, and is `closed`.
        """
        held: list[Spend] = []

        def among(others: Spend) -> tuple[T, Spend]:
            seen = with_others(ledger, others)
            result, most = self._on_account(claim, seen, decide, now)
            held[:] = [most]
            return result, most

        result = self._reservations.hold(claim.pool, claim.branch, claim.ticket, among)
        return result, replace(claim, held=held[0])

    def _on_account(
        self,
        claim: Claim,
        ledger: Ledger,
        decide: Callable[[Ledger], tuple[T, Spend]],
        now: float,
    ) -> tuple[T, Spend]:
        if self.accounts is None:
            return decide(ledger)
        decided: list[tuple[T, Spend]] = []

        def knowing(periods: Mapping[str, Spend]) -> tuple[T, Spend]:
            decided[:] = [decide(replace(ledger, periods=periods))]
            return decided[0]

        self.accounts.hold(claim.config, now, knowing)
        return decided[0]

    def settle(self, claim: Claim, spent: Spend, now: float) -> None:
        """Replace what a claim holds by what the call cost."""
        if claim.pool:
            self._reservations.settle(claim.pool, claim.branch, claim.ticket, spent)
        if self.accounts is not None:
            self.accounts.settle(claim.config, now, claim.held, spent)


def with_others(ledger: Ledger, others: Spend) -> Ledger:
    """Return a view in which what the siblings hold is spent already."""
    return replace(
        ledger,
        spent=add_spend(ledger.spent, others),
        thread=add_spend(ledger.thread, others),
        held=add_spend(ledger.held, others) if ledger.held else others,
    )


def unreachable(error: BackendError) -> Verdict:
    """Return the verdict that no call is made, since it could not be counted."""
    reason = f"The budget's account cannot be reached, and no call is made without it: {error}"
    return tripped("budget", "account_down", "escalate", preview(reason))
