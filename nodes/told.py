"""The words in which a model is told what a guard or a node has decided."""

import json
from typing import Any

from langchain_core.messages import HumanMessage, ToolMessage

from ..guards.digest import preview
from ..guards.facts import ToolSpec
from ..guards.failure import is_fault_of_code
from ..guards.ledger import Call, ErrorClass
from ..guards.message import MARK
from ..guards.schema import signature
from ..guards.shown_arguments import shown

_ARGS_SHOWN = 400  # characters of a call's arguments in a question
_ERROR_SHOWN = 300  # characters of a tool's error that a model gets to read


def blocked(call: Call, reason: str) -> ToolMessage:
    """Return the answer to a call that was not run."""
    return ToolMessage(
        f"Not run. {reason}",
        tool_call_id=call.id,
        name=call.name,
        status="error",
        additional_kwargs={MARK: "block"},
    )


def nudge(reason: str) -> HumanMessage:
    """Return the note that is put after the results; it begins no new run.

    A human message, since several providers refuse a system message in the middle.
    """
    return HumanMessage(
        f"[Note of the system that runs you, not of the user] {reason}",
        additional_kwargs={MARK: "nudge"},
    )


def note(text: str, kind: str) -> HumanMessage:
    """Return a message that Holdfast writes in the run's own course, marked with its kind."""
    return HumanMessage(text, additional_kwargs={MARK: kind})


def failed(call: Call, error: BaseException, kind: ErrorClass, spec: ToolSpec | None) -> str:
    """Return what a model is told of a tool that raised: what happened, and what it can do.

    The exception's own text is shown only where other arguments may help; it is bounded, on one
    line, and its secrets are blotted out.
    """
    name = type(error).__name__
    if is_fault_of_code(error):
        return (
            f"{call.name} is broken ({name}): the fault is in the tool, not in the arguments, and "
            "no retry will help. Go on without it, and say what is missing."
        )
    if kind == "model_fixable":
        said = preview(str(error), _ERROR_SHOWN) or name
        use = f" It takes {signature(spec)}." if spec else ""
        return f"{call.name} failed ({name}): {said}.{use} Correct the arguments, or do without."
    if kind == "auth":
        return (
            f"{call.name} was refused by the service behind it ({name}). No retry will help: "
            "go on without it and say that access is missing."
        )
    if kind == "cancelled":
        return f"{call.name} was cancelled before it ended."
    return (
        f"{call.name} could not be done: the service behind it failed ({name}). The arguments are "
        "not at fault; try once more later, take another way, or say what is missing."
    )


WHAT_TO_DECIDE = (
    "Look whether it took effect. Respond: it did, and the message is its result; it is not made "
    "again. Approve: it did not; it is made once more, with the same key. Reject: nobody knows; "
    "it is not made again, and the agent is told so."
)


def ask_unknown(call: Call) -> str:
    """Return why a person is asked of a call that the process died in."""
    args = json.dumps(shown(call.args), ensure_ascii=False, default=str)
    return (
        f"Nobody knows whether {preview(call.name, 120)} took effect with the arguments "
        f"{preview(args, _ARGS_SHOWN)}: the process died while the call was under way."
    )


def unknown(call: Call, said: str = "") -> ToolMessage:
    """Return the answer to a call that the process died in.

    Args:
        call: The call.
        said: What a person said of it, or empty.
    """
    text = (
        f"Outcome unknown. {call.name} had begun when the process that ran it died: it may have "
        "taken effect, or not. Do not make the same call again before you know. Look whether it "
        "took effect; if you cannot, say so."
    )
    return ToolMessage(
        f"{text} [A person who oversees this run says] {said}" if said else text,
        tool_call_id=call.id,
        name=call.name,
        status="error",
        additional_kwargs={MARK: "unknown"},
    )


def found_out(call: Call, result: str) -> ToolMessage:
    """Return the answer to a call whose result a person has found out."""
    return ToolMessage(
        result, tool_call_id=call.id, name=call.name, additional_kwargs={MARK: "ran"}
    )


REPLACED = "a person replaced it by other arguments"


def from_person(text: str) -> HumanMessage:
    """Return what a person who oversees the run says in its course; it begins no new run."""
    return note(f"[A person who oversees this run says] {text}", "human")


def rejected(call: Call, reason: str) -> str:
    """Return what a model is told of a call that a person rejected."""
    said = reason.strip()
    end = "" if said.endswith((".", "!", "?")) else "."
    why = f" Reason: {said}{end}" if said else ""
    return f"The call of {call.name!r} is rejected, and stays so.{why} Do not propose it again."


def edited(call: Call, args: Any) -> str:
    """Return what a model is told of a call that a person changed before it ran."""
    return (
        f"The call of {call.name!r} was replaced: it runs with the arguments "
        f"{preview(json.dumps(args, ensure_ascii=False, default=str), _ERROR_SHOWN)}. Do not "
        "propose the first one again."
    )


def with_note(message: Any, text: str) -> Any:
    """Return a tool's message with a note before what it says; others as they are."""
    if not isinstance(message, ToolMessage) or not isinstance(message.content, str):
        return message
    return message.model_copy(update={"content": f"[{text}]\n{message.content}"})


def responded(call: Call, text: str) -> str:
    """Return what a model is told where a person answers in a tool's place."""
    return f"The call of {call.name!r} was not run; take this as its result: {text}"


def done_by_person(text: str) -> str:
    """Return what a model is told of what a person did themselves."""
    return f"I did this part myself, do not do it again: {text}"
