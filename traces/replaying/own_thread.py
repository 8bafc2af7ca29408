"""The thread of a replay: checkpoints of its own, and the runs that it goes on from."""

from collections.abc import Sequence
from typing import Any

from .recorded_run import RecordedRun
from .watch import outermost


def on_its_own(app: Any, runs: Sequence[RecordedRun]) -> tuple[Any, Sequence[RecordedRun]]:
    """Return a graph that keeps its checkpoints in memory, and the runs that it goes on from.

    A graph that keeps none goes on from nothing, whatever thread its runs were said to be of.
    """
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.checkpoint.memory import InMemorySaver

    used = getattr(app, "checkpointer", None)
    if not used and not any(_goes_on(run) for run in runs):
        return app, runs[-1:]
    saver: BaseCheckpointSaver[str] = InMemorySaver(serde=getattr(used, "serde", None))
    known = getattr(app, "_serde_allowlist", None)  # what a strict serializer may read of its state
    if not used and known:
        saver = saver.with_allowlist(known)
    return app.copy(update={"checkpointer": saver}), runs


def _goes_on(run: RecordedRun) -> bool:
    """Return whether a run begins where another one stopped."""
    from langgraph.types import Command

    first = min((visit.step for visit in outermost(run.visits)), default=1)
    return first > 1 or run.given is None or isinstance(run.given, Command)
