"""Tell a run that was completed from one that was talked to its end without its result."""

from typing import Any

from ..guards.channel import view
from ..guards.verdict import severity
from ..nodes.judging import of_this_run
from ..nodes.repair_report import GUARD


def is_left_unrepaired(state: Any) -> bool:
    """Return whether the last task handed over ended with a result that could not be read.

    A supervisor's kind words after that are an answer, and still no result: who reads the state
    finds a field empty.
    """
    made = [
        step
        for step in view(state.ledger).steps
        if step["kind"] == "handoff" and step["error"] != "blocked"
    ]
    if not made or made[-1]["error"] is None:
        return False
    since = made[-2]["n"] if len(made) > 1 else 0
    return any(
        since <= verdict["step"] <= made[-1]["n"]
        for verdict in of_this_run(state.verdicts, state.ledger)
        if verdict["guard"] == GUARD and severity(verdict["action"]) >= severity("wrap_up")
    )
