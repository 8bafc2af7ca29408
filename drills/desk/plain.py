"""The desk on plain LangGraph, set up as its documentation advises.

A supervisor that hands off by a tool, specialists that are `StateGraph`s of a model and a
`ToolNode`, errors of tools told to the model (`handle_tool_errors=True`), answers parsed into
Pydantic models, and what cannot be parsed looped back to the model. The recursion limit is the
25 that the documentation has long given; LangGraph's own default is some 10,000 today.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import PydanticOutputParser
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, tool
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from .team import ROLES, SUPERVISOR_PROMPT, Role

RECURSION_LIMIT = 25


class PlainState(MessagesState, total=False):
    """The state of one ticket."""

    delivery: dict[str, Any]
    refund: dict[str, Any]
    advice: dict[str, Any]


class PlainSpecialist(MessagesState, total=False):
    """The state of one specialist's task."""

    answer: dict[str, Any]


def plain_graph(
    model: BaseChatModel, tools: Mapping[str, Sequence[BaseTool]]
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the desk as a plain LangGraph graph.

    Args:
        model: Supervisor and specialists.
        tools: Each specialist's tools, by name.
    """
    graph = StateGraph(PlainState)
    graph.add_node("supervisor", _supervisor(model))
    for role in ROLES:
        graph.add_node(role.name, _hand_over(role, _specialist(role, model, tools[role.name])))
        graph.add_edge(role.name, "supervisor")
    graph.add_edge(START, "supervisor")
    graph.add_conditional_edges("supervisor", _chosen, [*(role.name for role in ROLES), END])
    return graph.compile()


@tool
def handoff(to: Literal["orders", "billing", "technical"], task: str) -> str:
    """Hand a task to a specialist and wait for what comes of it."""
    return f"{to}: {task}"


def _supervisor(model: BaseChatModel) -> Any:
    team = "\n".join(f"- {role.name}: {role.prompt.splitlines()[0]}" for role in ROLES)
    system = SystemMessage(
        f"{SUPERVISOR_PROMPT}\n\nYou lead these specialists:\n{team}\n\nHand one task at a time to "
        "one of them with the tool 'handoff', saying all that they need to know. When the request "
        "is done, or cannot be done, answer the user in words, without a tool."
    )
    bound = model.bind_tools([handoff], parallel_tool_calls=False)

    def supervisor(state: PlainState) -> dict[str, Any]:
        return {"messages": [bound.invoke([system, *state["messages"]])]}

    return supervisor


def _chosen(state: PlainState) -> str:
    calls = state["messages"][-1].tool_calls  # type: ignore[union-attr]
    return str(calls[0]["args"]["to"]) if calls else END


def _hand_over(role: Role, specialist: CompiledStateGraph[Any, Any, Any, Any]) -> Any:
    """Return the node that gives a specialist its task, and its result to the supervisor."""

    def node(state: PlainState, config: RunnableConfig) -> dict[str, Any]:
        call = state["messages"][-1].tool_calls[0]  # type: ignore[union-attr]
        task = {"messages": [HumanMessage(call["args"]["task"])]}
        answer = specialist.invoke(task, config)["answer"]
        message = ToolMessage(json.dumps(answer), tool_call_id=call["id"], name=role.name)
        return {"messages": [message], role.field: answer}

    return node


def _specialist(
    role: Role, model: BaseChatModel, tools: Sequence[BaseTool]
) -> CompiledStateGraph[Any, Any, Any, Any]:
    parser = PydanticOutputParser(pydantic_object=role.returns)
    schema = json.dumps(role.returns.model_json_schema(), separators=(",", ":"))
    system = SystemMessage(
        f"{role.prompt}\n\nWhen you are done, reply with the result alone, as JSON that fits this "
        f"JSON schema:\n{schema}"
    )
    bound = model.bind_tools(tools)

    def agent(state: PlainSpecialist) -> dict[str, Any]:
        return {"messages": [bound.invoke([system, *state["messages"]])]}

    def answer(state: PlainSpecialist) -> dict[str, Any]:
        try:
            parsed = parser.invoke(state["messages"][-1])
        except OutputParserException as error:
            return {"messages": [HumanMessage(f"{error}\nPlease answer again.")]}
        return {"answer": parsed.model_dump(mode="json")}

    graph = StateGraph(PlainSpecialist)
    graph.add_node("agent", agent)
    graph.add_node("tools", ToolNode(tools, handle_tool_errors=True))
    graph.add_node("answer", answer)
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition, {"tools": "tools", END: "answer"})
    graph.add_edge("tools", "agent")
    graph.add_conditional_edges("answer", _parsed, ["agent", END])
    return graph.compile()


def _parsed(state: PlainSpecialist) -> str:
    return END if state.get("answer") else "agent"
