"""What a specialist hands up to its team: only what is new."""

from collections.abc import Mapping
from typing import Any

from ..guards.channel import LedgerState, LedgerUpdate
from ..guards.ledger import no_spend
from ..guards.pins import Pins, ended_task, pins_since
from ..guards.ruling import rulings_since
from .brief import task_of
from .reading import read
from .specialist import Specialist


def last_run(inner: LedgerState) -> LedgerUpdate:
    """Return what a graph with a ledger of its own did for this task, and for no earlier one."""
    after = inner.get("after", 0)
    done = [item for item in (inner.get("done") or {}).values() if item["n"] > after]
    steps = [step for step in inner.get("recent", ()) if step["n"] > after]
    spent, said = inner.get("spent") or no_spend(), rulings_since(inner, after)
    return {"steps": steps, "spent": spent, "done": done, "rulings": said}


def pins_up(
    specialist: Specialist,
    values: Mapping[str, Any],
    state: Any,
    given: Mapping[str, Any],
    said: str,
    ending: str,
) -> Pins:
    """Return what was pinned on the way, and that the task has ended.

    Args:
        specialist: Who had the task.
        values: The last state that it reached.
        state: The team's state.
        given: What it began with.
        said: What came of the task.
        ending: How it ended.
    """
    new = pins_since(values.get("pins"), given.get("pins"))
    if specialist.is_graph:
        new.pop("goal", None)  # its goal is this task
    n = (read(state, "ledger") or {}).get("n", 0)
    task = ended_task(specialist.name, task_of(state), said, n=n, ending=ending)
    return {**new, "tasks": [task]}
