"""A tool by which an agent records a decision, so that no prompt after it forgets it."""

from typing import Annotated

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, InjectedToolCallId, tool
from langgraph.types import Command

from ..guards.facts import tool_facts
from ..guards.pins import recorded


def decision_tool(by: str = "") -> BaseTool:
    """Return the tool `record_decision`, for any agent whose graph keeps Holdfast's channels.

    A decision is kept on one line of at most 400 characters, secrets blotted out, and stands in
    every prompt of every agent from then on; the last 64 of them do.

    Args:
        by: Who records it, as prompts name them.

    >>> decision_tool().name
    'record_decision'
    """

    @tool
    def record_decision(
        decision: str, call_id: Annotated[str, InjectedToolCallId]
    ) -> Command[None]:
        """Record a decision that all agents must keep to from now on, in one sentence."""
        kept = recorded(decision, by)
        said = ToolMessage(f"Recorded: {kept['text']}", tool_call_id=call_id)
        return Command(update={"pins": {"decisions": [kept]}, "messages": [said]})

    return tool_facts(record_decision, effects=False)
