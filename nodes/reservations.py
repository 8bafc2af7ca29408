"""Hold what parallel branches are about to spend, so that together they stay within a budget.

A branch cannot see what its siblings spend until all have come back. Where the branches were given
allowances (`fan_out`), each keeps to its own, in state. For a `Send` that a graph's author wrote by
hand there is this table, in the process in which LangGraph runs the siblings side by side.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from langchain_core.runnables import RunnableConfig

from ..guards.channel import add_spend
from ..guards.ledger import Spend, no_spend
from .branch import branch_of

T = TypeVar("T")

_POOLS = 1_000  # supersteps with parallel branches that are remembered, over all threads


class Reservations:
    """What the branches of a superstep hold, by pool, branch and ticket. Safe for threads.

    One table belongs to one compiled graph.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._pools: OrderedDict[str, dict[tuple[str, str], Spend]] = OrderedDict()

    def hold(
        self, pool: str, branch: str, ticket: str, decide: Callable[[Spend], tuple[T, Spend]]
    ) -> T:
        """Decide, knowing what the siblings hold, and hold what was decided; in one step.

        A ticket that is held already is held anew: a node that runs again after an interrupt does
        not hold twice.

        Args:
            pool: Which branches share; empty: nobody does, and nothing is held.
            branch: Who holds.
            ticket: For which call.
            decide: Given what the siblings hold or have spent, what to do, and the most it costs.
        """
        if not pool:
            return decide(no_spend())[0]
        with self._lock:
            held = self._pools.setdefault(pool, {})
            self._pools.move_to_end(pool)
            while len(self._pools) > _POOLS:
                self._pools.popitem(last=False)
            others = no_spend()
            for (holder, _), spend in held.items():
                if not _is_in_line(holder, branch):
                    others = add_spend(others, spend)
            result, most = decide(others)
            held[branch, ticket] = most
            return result

    def settle(self, pool: str, branch: str, ticket: str, spent: Spend) -> None:
        """Replace what was held for a ticket by what it cost."""
        with self._lock:
            held = self._pools.get(pool)
            if held is not None:
                held[branch, ticket] = spent


def _is_in_line(one: str, other: str) -> bool:
    """Return whether two branches are the same, or one began inside of the other.

    What those have spent is in the ledger that is handed down and comes back.
    """
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def pool_of(config: RunnableConfig) -> str:
    """Return the pool that a node's branch shares with its siblings; empty outside of one."""
    if not branch_of(config):
        return ""
    metadata = config.get("metadata") or {}
    configurable = config.get("configurable") or {}
    thread = configurable.get("thread_id") or metadata.get("run_id") or ""
    outer = str(metadata.get("langgraph_checkpoint_ns") or "").rpartition("|")[0]
    return f"{thread}|{outer}|{metadata.get('langgraph_step', 0)}"
