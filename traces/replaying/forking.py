"""Go on, really, from a step of a thread that was recorded."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..store.facts import WAITS_AT, WENT_ON_FROM
from .recorded_run import ReplayError

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from ..store import Store, Trace


def fork(
    run: str,
    app: Any,
    step: int | None = None,
    *,
    store: "Store | str | Path | None" = None,
    values: Mapping[str, Any] | None = None,
    as_node: str | None = None,
) -> "RunnableConfig":
    """Return the config with which the user's own thread goes on from before a super-step.

    `app.invoke(None, fork(run, app, 4))` runs step 4 and what follows, live, in a branch of the
    thread that LangGraph keeps beside the one that was. Nothing runs before that. Without a step,
    it is where the run asked a person, or went on after one: the question is asked again.

    A graph that takes a `context` is given it by whoever invokes it: `recorded_context` is that of
    the run.

    Args:
        run: Id of a recorded run of the thread, a part of it, or `last`.
        app: The compiled graph, with the checkpointer that has the thread.
        step: The super-step of the outermost graph that is to run again; None: that which asked.
        store: The store that has the run, or its file; None: `traces.db` of the working folder.
        values: An update of the state to make first, as a node would.
        as_node: The node that makes it; None: the one that ran last.

    Raises:
        NoSuchTraceError: The store has no such run.
        ReplayError: The graph has no checkpointer, or that no such thread, step or checkpoint; or
            no step was given, and the run asked nobody.
    """
    from .given import check_graph
    from .opening import opened_store

    check_graph(app)
    with opened_store(store) as opened:
        trace = opened.trace(run)
        asked_at = _asked_at(opened, trace) if step is None else ""
    if not getattr(app, "checkpointer", None):
        raise ReplayError(f"{app.name!r} has no checkpointer: compile it with the thread's own")
    if not trace.thread:
        raise ReplayError(f"run {trace.id} is of no thread: only a checkpointed run can go on")
    config = {"configurable": {"thread_id": trace.thread}}
    history = app.get_state_history(config)
    found = _at(history, asked_at, trace) if step is None else _before(history, step, trace)
    if values is not None:
        made: RunnableConfig = app.update_state(found, dict(values), as_node)
        return made
    return found


def _asked_at(store: "Store", trace: "Trace") -> str:
    """Return the checkpoint at which a run asked a person, else that at which it was answered."""
    root = next((span for span in store.spans(trace.id) if span.parent is None), None)
    known = root.metadata if root is not None else {}
    at = known.get(WAITS_AT) or known.get(WENT_ON_FROM)
    if not isinstance(at, Mapping) or not at.get("checkpoint"):
        raise ReplayError(
            f"run {trace.id} asked nobody: give the step that is to run again, --from STEP"
        )
    return str(at["checkpoint"])


def _at(history: Iterable[Any], checkpoint: str, trace: "Trace") -> "RunnableConfig":
    for snapshot in history:
        config: RunnableConfig = snapshot.config
        if config["configurable"].get("checkpoint_id") == checkpoint:
            return config
    raise ReplayError(
        f"checkpoint {checkpoint} of thread {trace.thread!r} is not there: another checkpointer, "
        "or one that keeps only the newest?"
    )


def _before(history: Iterable[Any], step: int, trace: "Trace") -> "RunnableConfig":
    known = set()
    for snapshot in history:  # newest first
        number = (snapshot.metadata or {}).get("step")
        if number is None or _is_later(snapshot.created_at, trace):
            continue
        known.add(number + 1)
        if number == step - 1 and step > 0:
            config: RunnableConfig = snapshot.config
            return config
    allowed = f"{max(min(known), 1)} to {max(known)}" if known else "none: another checkpointer?"
    raise ReplayError(f"step {step} of thread {trace.thread!r}: its checkpoints have {allowed}")


def _is_later(created: str | None, trace: "Trace") -> bool:
    """Return whether a checkpoint was made after a run had ended: by a later one."""
    if created is None or trace.end is None:
        return False
    return datetime.fromisoformat(created).timestamp() > trace.end / 1e9 + 1
