"""Judge, and tell whoever traces the run which guards had nothing to object to."""

from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.runnables.config import var_child_runnable_config

from ..guards.context import ContextGuard
from ..guards.guard import Guard, Policy, raised
from ..guards.ledger import Ledger
from ..guards.repeat import RepeatGuard
from ..guards.verdict import Verdict

LISTENS = "on_guards_passed"
"""The method by which a callback handler says that it counts guards that passed.

It is given the id of the run that they judged in, and for each guard its name, what it judged
(`calls`, `answers`, `prompts` or `runs`) and its own measure, or None. A custom event would reach
the streams of whoever runs the graph, at every step that goes well.
"""


def judge_here(guards: Iterable[Guard], ledger: Ledger, policy: Policy) -> list[Verdict]:
    """Return what the guards find: their trips and skips, raised by the policy; tell who passed.

    Cost: what the guards cost, and a microsecond for each that passed where a recorder listens.
    """
    judged = [(guard, guard.check(ledger)) for guard in guards]
    passed = [
        (str(verdict.get("guard")), what, verdict.get("score"))
        for guard, verdict in judged
        if verdict["outcome"] == "pass" and (what := judged_by(guard, ledger))
    ]
    if passed:
        tell_passed(passed)
    return [raised(verdict, policy) for _, verdict in judged if verdict["outcome"] != "pass"]


def judged_by(guard: Guard, ledger: Ledger) -> str:
    """Return what a guard judged, in a word; empty where there was nothing for it to judge."""
    if getattr(guard, "judges_answers", False):
        return "answers" if ledger.answer and ledger.answer.strip() else ""
    if isinstance(guard, ContextGuard):
        return "prompts" if ledger.prompt is not None else ""
    if ledger.proposed:
        return "calls"
    return "" if isinstance(guard, RepeatGuard) else "runs"


def tell_passed(passed: Sequence[tuple[str, str, float | None]]) -> None:
    """Tell the handlers of the run that runs here, as far as they listen."""
    config = var_child_runnable_config.get()
    manager: Any = (config or {}).get("callbacks")
    run = getattr(manager, "parent_run_id", None)
    if run is None:
        return
    for handler in manager.handlers:
        if (listen := getattr(handler, LISTENS, None)) is not None:
            listen(run, passed)
