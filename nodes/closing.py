"""Answer the calls that a run left open, before a model is shown them again."""

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import ToolMessage

from ..guards.message import read_message

_OPEN = (
    "No result: the run was interrupted before there was one. If this had begun, it may have taken "
    "effect: look before you do it again."
)


def close_calls(messages: Sequence[Any]) -> list[Any]:
    """Return messages in which each call has an answer, as providers ask of a prompt.

    A call stays open when the user speaks again while a person was to be asked, or after a crash
    where the run could have been resumed. Nodes and middleware of Holdfast do this for the models
    they call; do it in your own: `model.invoke(close_calls(state["messages"]))`. The state is left
    as it is. Cost: one pass.
    """
    read = [read_message(item) for item in messages]
    answered = {message.call_id for message in read if message.role == "tool"}
    whole: list[Any] = []
    missing: list[ToolMessage] = []
    for item, message in zip(messages, read, strict=True):
        if message.role != "tool":
            whole.extend(missing)
            missing.clear()
        whole.append(item)
        missing.extend(
            ToolMessage(_OPEN, tool_call_id=call.id, name=call.name, status="error")
            for call in message.calls
            if message.role == "assistant" and call.id and call.id not in answered
        )
    return [*whole, *missing]
