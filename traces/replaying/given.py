"""What replays are given: a compiled graph, a run, steps. What does not fit says what does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from .lost import lost_class
from .recorded_run import RecordedRun, ReplayError
from .replay_tape import Mode
from .watch import outermost


def check_graph(app: Any) -> None:
    """Raise unless it is a compiled graph.

    Raises:
        ReplayError: It is a name, a graph that is not compiled, or something else.
    """
    from langgraph.graph import StateGraph
    from langgraph.pregel import Pregel

    if isinstance(app, Pregel):
        return
    if isinstance(app, StateGraph):
        raise ReplayError("the graph is not compiled: give graph.compile()")
    if isinstance(app, str):
        raise ReplayError(
            f"app={app[:80]!r} is a name: import the compiled graph and give it itself"
        )
    raise ReplayError(f"app is of type {type(app).__name__}: give a compiled LangGraph graph")


def check_run(run: str | Path) -> None:
    """Raise where a text names a file: a cassette is given as a path.

    Raises:
        ReplayError: It does.
    """
    if isinstance(run, str) and (run.endswith(".json") or "/" in run):
        raise ReplayError(
            f"run {run[:200]!r} looks like a file: give a cassette as a path, "
            "pathlib.Path(...); a text is a run's id, a part of it, or last"
        )


def check_given(runs: Sequence[RecordedRun]) -> None:
    """Raise where what a graph was given is of a class that is not imported.

    Raises:
        ReplayError: It is.
    """
    for run in runs:
        if lost := lost_class(run.given):
            raise ReplayError(
                f"run {run.trace.id}: its input holds a {lost}, which is not imported here: import "
                "its module before the replay; the graph's own is the best place for such a class"
            )


def check_steps(until: int | None, from_step: int | None, mode: Mode, *, live: bool) -> None:
    """Raise where the steps or the mode of a replay are none.

    Raises:
        ReplayError: They are not.
    """
    if mode not in get_args(Mode):
        raise ReplayError(f"mode={mode!r}: use strict or loose")
    if until is not None and (not isinstance(until, int) or until < 1):
        raise ReplayError(f"until={until!r}: give a super-step, from 1")
    if from_step is not None and (not isinstance(from_step, int) or from_step < 0):
        raise ReplayError(f"from_step={from_step!r}: give a super-step, from 1; 0 is all of it")
    if from_step is not None and not live:
        raise ReplayError(f"from_step={from_step} without live=True: give both, or until=STEP")


def check_until(until: int | None, run: RecordedRun) -> None:
    """Raise where a run had not begun at the step at which its replay is to stop.

    Raises:
        ReplayError: It had not: it goes on counting where the run before it in its thread ended.
    """
    steps = [visit.step for visit in outermost(run.visits)]
    if until is not None and until < min(steps, default=0):
        raise ReplayError(
            f"until={until}: run {run.trace.id} has steps {min(steps)} to {max(steps)}, as it goes "
            "on in a thread: give one of those, which trace show prints"
        )
