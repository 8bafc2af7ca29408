"""A tool that fetches back what compaction took out of a conversation."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.prebuilt import InjectedState

from ..guards.archive import page
from ..guards.facts import tool_facts
from ..guards.ledger import Step
from ..guards.message import read_message
from ..guards.messages import tool_step
from .handoff import tell_back
from .reading import read

FETCH = "fetch_result"
"""The tool's name."""


def fetch_tool() -> BaseTool:
    """Return the tool `fetch_result`, for any agent whose graph keeps Holdfast's channels.

    It returns 8,000 characters at a time. Results are kept in the channel `archive`, 500,000
    characters of them, the oldest go first.

    >>> fetch_tool().name
    'fetch_result'
    """

    @tool(FETCH)
    def fetch_result(call_id: str, state: Annotated[Any, InjectedState], start: int = 0) -> str:
        """Fetch the result of an earlier tool call that was left out, by the id of the call.

        Args:
            call_id: The id of the call, as the reference names it.
            state: The graph's state.
            start: From which character on.
        """
        return fetched(read(state, "archive"), call_id, start)

    return tool_facts(fetch_result, effects=False)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answers to a reply that fetches something back.

    Attributes:
        messages: An answer to each of its calls.
        steps: What the ledger remembers of it.
    """

    messages: list[Any]
    steps: list[Step]


def answers_to(reply: Any, archive: Mapping[str, Any] | None, actor: str) -> Fetched | None:
    """Return the answers to a reply that fetches something back; None where it does not.

    Other calls of that reply wait until it was read.
    """
    calls = read_message(reply).calls
    if not any(call.name == FETCH for call in calls):
        return None
    found = Fetched([], [])
    for call in calls:
        if call.name != FETCH:
            found.messages.append(tell_back(call.id, "Read first what is fetched.", call.name))
            continue
        args = call.args if isinstance(call.args, Mapping) else {}
        start = args.get("start")
        text = fetched(archive, str(args.get("call_id")), start if type(start) is int else 0)
        found.messages.append(ToolMessage(text, tool_call_id=call.id, name=FETCH))
        found.steps.append(tool_step(replace(call, actor=actor), text))
    return found


def fetched(archive: Mapping[str, Any] | None, call_id: str, start: int = 0) -> str:
    """Return a part of a result, or what to do where it is not kept."""
    found = page(archive, call_id, start)
    if found is not None:
        return found
    last = ", ".join(list(archive or {})[-5:])
    known = f"the newest that are kept: {last}" if last else "none is kept"
    return f"No result is kept for that call ({known}). Make the call again if you need it."
