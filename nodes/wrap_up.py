"""The wrap-up turn: one last word of a model, without tools, before a run ends early."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langchain_core.messages import AIMessage, SystemMessage
from langchain_core.runnables import Runnable, RunnableConfig

from ..guards.channel import LedgerUpdate, view
from ..guards.ending import ending_of
from ..guards.message import read_message
from . import told
from .acting import Failure, Skip, acting_node
from .asking import Asker
from .closing import close_calls
from .human import cause_of
from .reading import read
from .remembering import with_memory

_STEPS_SHOWN = 12  # steps that a shorter prompt lists
_TASK_SHOWN = 1_000  # characters of the task in it


def wrap_up_node(
    model: Any,
    schema: type,
    asker: Asker,
    *,
    system: str = "",
    pinned: Sequence[str] = (),
) -> Runnable[Any, Any]:
    """Return the node that asks for a last word and sets the ending.

    What is there already is kept whatever the model does; when it fails, or when the budget has
    not even a short prompt left, the run ends all the same.

    Args:
        model: A chat model without tools.
        schema: The graph's state.
        asker: Who speaks, and under which budgets.
        system: What it is told first, when the state's messages do not begin with that.
        pinned: State fields that the prompt shows, beside the pins.
    """
    first = [SystemMessage(system)] if system else []

    def prompt(state: Any) -> list[Any]:
        messages = [*first, *close_calls(read(state, "messages")), last_request(state)]
        return with_memory(messages, state, actor=asker.actor, pinned=pinned)

    def shorter(state: Any) -> list[Any]:
        return with_memory(short_request(state), state, actor=asker.actor, pinned=pinned)

    def finish(state: Any, outcome: Any, ledger: list[LedgerUpdate]) -> dict[str, Any]:
        text = "" if isinstance(outcome, Failure) else read_message(outcome).text
        update = {**ended(state), "ledger": ledger}
        return {**update, "messages": [AIMessage(text)]} if text.strip() else update

    act = asker.act(lambda _: model, prompt, finish, last_word=True, shorter=shorter)

    def prepare(state: Any, config: RunnableConfig) -> Any:
        given = act.prepare(state, config)
        return Skip(ended(state)) if isinstance(given, Skip) else given

    return acting_node("wrap_up", schema, replace(act, prepare=prepare))


def last_request(state: Any) -> Any:
    """Return the note that asks for a last word, for the end of a prompt."""
    return told.note(_request(state), "wrap_up")


def short_request(state: Any) -> list[Any]:
    """Return a prompt that asks for a last word without the conversation before it."""
    text = "\n".join([*_task(state), "What was done:", *_lines(state), _request(state)])
    return [told.note(text, "wrap_up")]


def _task(state: Any) -> list[str]:
    for item in read(state, "messages") or []:
        message = read_message(item)
        if message.role == "user" and not message.mark:
            return [f"The task was: {message.text[:_TASK_SHOWN]}"]
    return []


def _lines(state: Any) -> list[str]:
    steps = view(read(state, "ledger")).steps[-_STEPS_SHOWN:]
    return [f"- {step['name']}: {step['preview']}" for step in steps if step["kind"] == "tool"]


def ended(state: Any) -> dict[str, Any]:
    """Return how a run ends that its newest trip ends."""
    cause = cause_of(state)
    return {"ending": ending_of(cause) if cause else "stopped"}


def _request(state: Any) -> str:
    cause = cause_of(state)
    why = cause["reason"] if cause else "The run has to end."
    return (
        f"[Note of the system that runs you] {why} This is your last turn: without calling tools, "
        "say what was done, what was found, and what is missing."
    )
