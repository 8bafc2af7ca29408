"""Let an agent that runs inside of another one's call share its ledger and its budgets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from langchain_core.runnables import RunnableConfig

from ..guards.budget import Budget
from ..guards.channel import LedgerState, LedgerUpdate, extend_ledger
from .branch import branch_of
from .holdings import Holdings
from .reading import read
from .reservations import pool_of

_KEY = "__holdfast_share"  # LangGraph keeps names that begin so out of metadata
_STEPS_SHOWN = 64  # recent steps that an inner agent's guards get to see


@dataclass(slots=True)
class Share:
    """What an agent lends to those that run inside of one of its calls. Safe for threads.

    It goes down with the config, and what it gets back stays in the memory of the call: an inner
    agent that goes on after an interrupt says again all that it has done, out of its own state.

    Attributes:
        ledger: The outer ledger as the call begins.
        holdings: What the outer agent's calls hold of the budgets.
        pool: The parallel branches that share, or empty.
        branch: The branch of the call, or empty.
        allowance: The totals that it may reach, by measure, where it was given some.
        budgets: The outer agent's budgets, which hold inside as well.
        under: What the outer agent itself was lent, or None.
        task: The task of the call.
    """

    ledger: LedgerState
    holdings: Holdings
    pool: str = ""
    branch: str = ""
    allowance: Mapping[str, float] = field(default_factory=dict)
    budgets: tuple[Budget, ...] = ()
    under: "Share | None" = None
    task: str = ""
    _lock: Lock = field(default_factory=Lock)
    _told: dict[str, dict[str, LedgerUpdate]] = field(default_factory=dict)

    def seed(self) -> dict[str, Any]:
        """Return a ledger for an inner agent to begin with: what was done and spent so far."""
        ledger: Any = extend_ledger(self.ledger, [self.told()])
        return {**ledger, "recent": list(ledger.get("recent", ()))[-_STEPS_SHOWN:], "cursor": None}

    def tell(self, who: str, update: LedgerUpdate, call: str = "") -> None:
        """Say what an inner agent has done.

        Args:
            who: The agent's run.
            update: All that it did so far; or, with a call, what came of that one.
            call: A tool call that it made; the next word on all it did includes it.
        """
        with self._lock:
            said = self._told.setdefault(who, {})
            if not call:
                said.clear()
            said[call] = update

    def told(self) -> list[LedgerUpdate]:
        """Return what the inner agents have done in all."""
        with self._lock:
            return [update for said in self._told.values() for update in said.values()]


@dataclass(frozen=True, slots=True)
class Lending:
    """What a team lends to an agent that does one of its tasks.

    Attributes:
        holdings: What the team's calls hold of the budgets.
        budgets: The team's.
    """

    holdings: Holdings
    budgets: tuple[Budget, ...]

    def lend(self, state: Any, config: RunnableConfig) -> None:
        """Lend the ledger of a state to all that runs inside of a task."""
        allowance = read(state, "allowance") or {}
        share = Share(
            read(state, "ledger") or LedgerState(),
            self.holdings,
            pool="" if allowance else pool_of(config),
            branch=branch_of(config),
            allowance=allowance,
            budgets=self.budgets,
            task=task_of(config),
        )
        lend(config, share)


def task_of(config: RunnableConfig) -> str:
    """Return the name of the task that a node runs in."""
    return str((config.get("metadata") or {}).get("langgraph_checkpoint_ns") or "")


def lend(config: RunnableConfig, share: Share) -> None:
    """Put a share into the config of a task, for all that runs inside of it."""
    config.setdefault("configurable", {})[_KEY] = share


def lent(config: RunnableConfig) -> Share | None:
    """Return the share that a graph runs under, or None; a task's own is for what is inside."""
    found = (config.get("configurable") or {}).get(_KEY)
    if not isinstance(found, Share):
        return None
    return found.under if found.task == task_of(config) else found
