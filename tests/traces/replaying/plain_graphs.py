"""Graphs as users write them, without Holdfast, around a model that never says the same twice."""

import json
import operator
import random
from typing import Annotated

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import InjectedToolCallId, tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import InjectedState, ToolNode, tools_condition
from langgraph.types import Command, RetryPolicy, Send, interrupt
from pydantic import BaseModel

CALLS = {"model": 0, "tool": 0}
QUESTION = {"messages": [("user", "What is the weather like?")]}
USAGE = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}


class BusyError(Exception):
    """What a provider raises when it is busy."""


class Moody(BaseChatModel):
    """Calls its first tool until it has an answer of it, then says something, by chance."""

    failures: list = []  # noqa: RUF012 - a field of the model

    @property
    def _llm_type(self):
        return "moody"

    def bind_tools(self, tools, **kwargs):
        return self.bind(tools=[convert_to_openai_tool(each) for each in tools])

    def _reply(self, messages, tools):
        CALLS["model"] += 1
        if self.failures:
            raise self.failures.pop()
        if not tools or any(message.type == "tool" for message in messages):
            return AIMessage(f"It is {random.random()} degrees.", usage_metadata=USAGE)
        function = tools[0]["function"]
        args = {name: random.randint(0, 10**6) for name in function["parameters"]["properties"]}
        call = {"name": function["name"], "args": args, "id": f"call_{random.random()}"}
        return AIMessage("", tool_calls=[call], usage_metadata=USAGE)

    def _generate(self, messages, stop=None, run_manager=None, tools=None, **kwargs):
        reply = self._reply(messages, tools)
        return ChatResult(generations=[ChatGeneration(message=reply)])

    def _stream(self, messages, stop=None, run_manager=None, tools=None, **kwargs):
        reply = self._reply(messages, tools)
        for n, call in enumerate(reply.tool_calls):
            part = tool_call_chunk(
                name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=n
            )
            yield ChatGenerationChunk(message=AIMessageChunk("", tool_call_chunks=[part]))
        for word in reply.content.split(" "):
            yield ChatGenerationChunk(message=AIMessageChunk(f"{word} "))


@tool
def weather(place: int) -> str:
    """Look up the weather of a place."""
    CALLS["tool"] += 1
    return f"{random.random()} degrees in {place}"


@tool
def weather_as_command(
    place: int,
    call_id: Annotated[str, InjectedToolCallId],
    state: Annotated[dict, InjectedState],
) -> Command:
    """Look up the weather of a place, and write it into the state."""
    CALLS["tool"] += 1
    said = f"{random.random()} degrees after {len(state['messages'])}"
    return Command(update={"messages": [ToolMessage(said, tool_call_id=call_id)]})


@tool(response_format="content_and_artifact")
def weather_with_map(place: int) -> tuple[str, dict]:
    """Look up the weather of a place, with a map that the model is not shown."""
    CALLS["tool"] += 1
    return f"{random.random()} degrees", {"map": [random.random()], "at": (place, 1)}


@tool
def failing_weather(place: int) -> str:
    """Look up the weather of a place, in vain."""
    CALLS["tool"] += 1
    raise ValueError(f"no station at {random.random()}")


@tool
def asked_weather(place: int) -> str:
    """Ask a person for the weather."""
    CALLS["tool"] += 1
    first = interrupt({"question": "How warm?", "place": place})
    second = interrupt({"question": "How windy?"})
    return f"{first}, {second}, {random.random()}"


class Answer(BaseModel):
    """Numbers for a page."""

    low: int
    high: int


class Notes(MessagesState):
    """A state with a list that branches add to."""

    notes: Annotated[list, operator.add]


def react(*tools, inside=None, **settings):
    model = Moody().bind_tools(tools)

    def agent(state):
        return {"messages": [model.invoke(state["messages"])]}

    graph = StateGraph(Notes)
    graph.add_node("agent", inside or agent)
    graph.add_node("tools", ToolNode(list(tools), **settings))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "agent")
    return graph


def fan_out():
    model = Moody()

    def spread(state):
        return [Send("work", {"item": item % 2}) for item in range(4)]  # equal ones on purpose

    def work(state):
        return {"notes": [[state["item"], model.invoke(f"item {state['item']}").content]]}

    graph = StateGraph(Notes)
    graph.add_node("work", work)
    graph.add_conditional_edges(START, spread, ["work"])
    return graph


def subgraph():
    graph = StateGraph(Notes)
    graph.add_node("inner", react(weather).compile())
    model = Moody()
    graph.add_node("last", lambda state: {"notes": [model.invoke(state["messages"]).content]})
    graph.add_edge(START, "inner")
    graph.add_edge("inner", "last")
    return graph


def retried():
    graph = StateGraph(Notes)
    model = Moody(failures=[BusyError("busy", 529), BusyError("busy", 529)])
    policy = RetryPolicy(max_attempts=3, initial_interval=0.001, retry_on=BusyError)

    def agent(state):
        return {"messages": [model.invoke(state["messages"])]}

    graph.add_node("agent", agent, retry_policy=policy)
    graph.add_edge(START, "agent")
    return graph


def structured():
    model = Moody().with_structured_output(Answer)
    graph = StateGraph(Notes)
    graph.add_node("answer", lambda state: {"notes": [model.invoke(state["messages"]).high]})
    graph.add_edge(START, "answer")
    return graph


GRAPHS = {
    "a plain ReAct loop": lambda: react(weather).compile(),
    "tools that write the state": lambda: react(weather_as_command).compile(),
    "a tool with an artifact": lambda: react(weather_with_map).compile(),
    "create_agent": lambda: create_agent(Moody(), [weather], system_prompt="Be brief."),
    "a fan-out": lambda: fan_out().compile(),
    "a subgraph": lambda: subgraph().compile(),
    "an interrupt": lambda: react(asked_weather).compile(InMemorySaver()),
    "a tool error": lambda: react(failing_weather, handle_tool_errors=True).compile(),
    "a tool error that ends the run": lambda: react(
        failing_weather, handle_tool_errors=False
    ).compile(),
    "a model that is retried": lambda: retried().compile(),
    "structured output": lambda: structured().compile(),
}
ANSWERS = {"an interrupt": ["warm", "calm"]}
