"""Keep what failed calls of a model cost until a node that succeeds can write it down."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from langchain_core.runnables import RunnableConfig

from ..guards.channel import LedgerUpdate

_RUNS = 1_000  # runs remembered


class Unwritten:
    """Charges of nodes that raised, by run. Safe for threads.

    What a node writes is lost when it raises. Somebody may try again around it, or resume the
    thread: then it is written with what comes next. It is lost with the process.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: OrderedDict[str, list[LedgerUpdate]] = OrderedDict()

    def keep(self, run: str, charges: Sequence[LedgerUpdate]) -> None:
        """Keep what could not be written."""
        if not charges:
            return
        with self._lock:
            self._left[run] = list(charges)
            self._left.move_to_end(run)
            while len(self._left) > _RUNS:
                self._left.popitem(last=False)

    def take(self, run: str) -> list[LedgerUpdate]:
        """Return what was kept, and forget it."""
        with self._lock:
            return self._left.pop(run, [])


def run_of(config: RunnableConfig, invocation: str) -> str:
    """Return what a run of a graph is known by: its thread, and where in it the graph is."""
    metadata = config.get("metadata") or {}
    thread = (config.get("configurable") or {}).get("thread_id") or invocation
    return f"{thread}|{str(metadata.get('langgraph_checkpoint_ns') or '').rpartition('|')[0]}"
