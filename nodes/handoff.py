"""What a supervisor chose: a hand-off, an answer, or something that cannot be followed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import ToolMessage
from langgraph.graph import END
from langgraph.types import Command

from ..guards.digest import preview
from ..guards.ledger import Call
from ..guards.message import MARK, Message
from ..guards.schema import nearest
from . import told

HANDOFF = "handoff"
"""The one tool that a supervisor's model is given."""
UNROUTABLE = "unroutable"
"""The mark of what is told back to a supervisor whose choice cannot be followed."""
_PREFIXES = ("handoff_to_", "transfer_to_", "delegate_to_")


@dataclass(frozen=True, slots=True)
class Handoff:
    """A supervisor's decision: who is to do what. A function may return it.

    Attributes:
        to: The specialist's name.
        task: What is to be done; empty: the user's last request.
    """

    to: str
    task: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a supervisor chose.

    Attributes:
        handoff: Who is to do what, or None.
        call_id: Id of the tool call that chose it, empty for a function's choice.
        fault: Why the choice cannot be followed, or None.
        told: Answers to the calls that are not followed.
    """

    handoff: Handoff | None = None
    call_id: str = ""
    fault: str | None = None
    told: list[Any] = field(default_factory=list)


def tell_back(call_id: str, text: str, name: str = HANDOFF) -> Any:
    """Return what a supervisor is told of a choice: an answer to its call, or a note."""
    if not call_id:
        return told.note(f"[Note of the system that runs you] {text}", UNROUTABLE)
    return ToolMessage(
        text,
        tool_call_id=call_id,
        name=name or HANDOFF,
        status="error",
        additional_kwargs={MARK: UNROUTABLE},
    )


def choice_of_reply(message: Message, team: Mapping[str, str]) -> Choice:
    """Return what a model's reply chooses: the first call that can be followed, else its words."""
    chosen: Choice | None = None
    answers: list[Any] = []
    faults: list[str] = []
    for call in message.calls:
        handoff, fault = _read_call(call, team)
        if handoff is not None and chosen is None:
            chosen = Choice(handoff, call.id)
            continue
        text = fault or "One hand-off at a time: ask for this one again when the other is done."
        answers.append(tell_back(call.id, f"Not done. {text}", call.name))
        faults.append(text)
    if chosen is not None:
        return Choice(chosen.handoff, chosen.call_id, told=answers)
    if faults:
        return Choice(fault=" ".join(dict.fromkeys(faults)), told=answers)
    if message.text.strip():
        return Choice()
    text = "Your reply was empty. Hand off with the tool, or answer the user in words."
    return Choice(fault=text, told=[tell_back("", text)])


def _read_call(call: Call, team: Mapping[str, str]) -> tuple[Handoff | None, str | None]:
    if call.error is not None or not isinstance(call.args, Mapping):
        return None, f"The call cannot be read: {preview(call.error or 'no object', 100)}."
    to, task = call.args.get("to"), call.args.get("task")
    if call.name != HANDOFF:
        to = _named_by_tool(call.name, team)
        if to is None:
            return None, f"There is no tool {preview(call.name, 60)!r}; use {HANDOFF!r}."
    if to not in team:
        return None, _nobody(to, team)
    return Handoff(str(to), task if isinstance(task, str) else ""), None


def _named_by_tool(name: str, team: Mapping[str, str]) -> str | None:
    """Return whom a call means that is named after a specialist, as models trained so do."""
    plain = next((name.removeprefix(p) for p in _PREFIXES if name.startswith(p)), name)
    return plain if plain in team else None


def _nobody(to: Any, team: Mapping[str, str]) -> str:
    close = nearest(str(to), team, 1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    return f"There is no specialist {preview(str(to), 60)!r}; there are: {', '.join(team)}.{meant}"


def choice_of_function(chosen: Any, team: Mapping[str, str]) -> Choice:
    """Return what a function's return value chooses."""
    if chosen is None or chosen == END:
        return Choice()
    if isinstance(chosen, Command):
        chosen = chosen.goto
    if isinstance(chosen, Mapping):
        chosen = Handoff(str(chosen.get("to")), str(chosen.get("task") or ""))
    if isinstance(chosen, str):
        chosen = Handoff(chosen)
    if not isinstance(chosen, Handoff):
        fault = (
            f"The supervisor returned a {type(chosen).__name__}; use a specialist's name, "
            "Handoff(to, task), or None when all is done."
        )
        return Choice(fault=fault, told=[tell_back("", fault)])
    if chosen.to not in team:
        fault = _nobody(chosen.to, team)
        return Choice(fault=fault, told=[tell_back("", fault)])
    return Choice(chosen)
