"""Guards as the evaluators of LangSmith's `evaluate`, which then needs no server and no judge."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...guards.errors import MessageError
from ...guards.facts import ToolSpec
from ...guards.guard import Guard
from ...guards.ledger import Ledger
from ..audit import Audited, audit_run
from ..recording import Recording

_LONGEST = 2_000

Evaluator = Callable[[Any, Any], dict[str, Any]]
"""Takes a run and an example, gives feedback: key, score, value, comment."""


def evaluators_from(
    guards: Sequence[Guard], *, tools: Mapping[str, ToolSpec] | None = None
) -> list[Evaluator]:
    """Return an evaluator for each guard, to be given to `evaluate(..., evaluators=...)`.

    The target's output is to hold the conversation as `messages`, as LangGraph's agents return
    it. Each is judged after every step, as it would have been live. The score is 1 if the guard
    passed all of them, 0 if it tripped, and None if it could not judge. With
    `upload_results=False` LangChain's tracer still sends the runs of a graph that a target calls:
    call it within `tracing_context(enabled=False)`.

    Args:
        guards: The guards; two of one name give two feedbacks of one key.
        tools: The tools by name, for guards that look at arguments.
    """
    return [_evaluator(guard, tools) for guard in guards]


def _evaluator(guard: Guard, tools: Mapping[str, ToolSpec] | None) -> Evaluator:
    name = guard.check(Ledger.from_messages([]))["guard"]

    def evaluate(run: Any, example: Any) -> dict[str, Any]:
        key = f"guard.{name}"
        messages = (getattr(run, "outputs", None) or {}).get("messages")
        if not isinstance(messages, list):
            return {"key": key, "score": None, "comment": "the output has no list `messages`"}
        try:
            found = audit_run(Recording("", messages), [guard], tools=tools)
        except MessageError as error:
            return {"key": key, "score": None, "comment": str(error)[:_LONGEST]}
        return {"key": key, **_feedback(found)}

    evaluate.__name__ = f"guard_{name}"
    return evaluate


def _feedback(found: Audited) -> dict[str, Any]:
    if found.verdicts:
        first = found.verdicts[0]
        said = f"step {first['step']}: {first['reason']}"
        return {"score": 0, "value": found.severest, "comment": said[:_LONGEST]}
    if found.skips:
        return {"score": None, "value": "skip", "comment": "; ".join(found.skips.values())}
    return {"score": 1, "value": "pass"}
