"""The same desk on Holdfast: the same model, prompts, tools and types, in a supervised graph."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph

from ...graphs.supervised import supervised_graph
from ...guards.budget import Budget
from ...guards.escalation import Escalation
from ...guards.loop import LoopGuard
from ...guards.tool_call import ToolCallGuard
from ...nodes.specialist import Specialist
from .team import ROLES, SUPERVISOR_PROMPT, Desk

BUDGET = Budget(model_calls=60, tokens=120_000, seconds=300)


def guarded_graph(
    model: BaseChatModel, tools: Mapping[str, Sequence[BaseTool]], budget: Budget = BUDGET
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the desk as a supervised graph; a loop that reaches a block is a person's business.

    Args:
        model: Supervisor and specialists.
        tools: Each specialist's tools, by name.
        budget: What one ticket may cost.
    """
    team = [
        Specialist(role.name, model, tools[role.name], role.prompt, role.returns, into=role.field)
        for role in ROLES
    ]
    graph = supervised_graph(
        Desk,
        supervisor=model,
        specialists=team,
        guards=[LoopGuard(), ToolCallGuard(), budget],
        policy={"loop": "escalate"},
        prompt=SUPERVISOR_PROMPT,
    )
    return graph.compile(checkpointer=InMemorySaver())


def colleague(question: Escalation) -> dict[str, str]:
    """Answer an escalation as a person at the desk would, who knows why things fail today."""
    if any("refund" in text for text in (question["reason"], *question["evidence"])):
        said = "PayPal is down until 18:00. Stop trying; use queue_refund, it is paid tomorrow."
        return {"decision": "continue", "message": said}
    said = "I take this over and will write to the customer today."
    return {"decision": "answer", "message": said}
