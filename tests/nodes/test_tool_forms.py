"""Every form that a LangChain tool can have, and everything that it can return."""

import operator
from typing import Annotated, Any

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.nodes import tool_node
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, InjectedToolCallId, StructuredTool, tool
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import InjectedState, InjectedStore, ToolRuntime
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command, Send
from typing_extensions import TypedDict

from .shop import agent_graph, go, results


class Basket(MessagesState):
    basket: Annotated[list[str], operator.add]
    owner: str


def whose(state: Annotated[dict, InjectedState]) -> str:
    """Say whose basket it is."""
    return f"{state['owner']}'s, after {len(state['messages'])} messages"


def owner(name: Annotated[str, InjectedState("owner")]) -> str:
    """Say who the owner is."""
    return name


def recall(store: Annotated[BaseStore, InjectedStore()]) -> str:
    """Recall what is known."""
    return store.get(("facts",), "sky").value["is"]


def runtime(question: str, runtime: ToolRuntime) -> str:
    """Ask the runtime."""
    return f"{runtime.tool_call_id} {runtime.state['owner']} {runtime.store is not None}"


def ticket(call_id: Annotated[str, InjectedToolCallId]) -> str:
    """Draw a ticket."""
    return call_id


class Plain(BaseTool):
    name: str = "plain"
    description: str = "Say it plainly."

    def _run(self, words: str) -> str:
        return words.upper()


def remote(**arguments: Any) -> str:
    return f"remote {arguments}"


SCHEMA = {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]}
REMOTE = StructuredTool.from_function(
    remote, name="remote", description="Call a server.", args_schema=SCHEMA
)


@pytest.mark.parametrize(
    ("given", "call", "said"),
    [
        pytest.param(whose, tool_call("whose"), "Ann's, after 2 messages", id="state"),
        pytest.param(owner, tool_call("owner"), "Ann", id="one field of it"),
        pytest.param(recall, tool_call("recall"), "blue", id="the store"),
        pytest.param(
            runtime, tool_call("runtime", "c1", question="?"), "c1 Ann True", id="the runtime"
        ),
        pytest.param(ticket, tool_call("ticket", "c1"), "c1", id="the call's id"),
        pytest.param(Plain(), tool_call("plain", words="hm"), "HM", id="a class"),
        pytest.param(
            REMOTE, tool_call("remote", at="x"), "remote {'at': 'x'}", id="a bare JSON schema"
        ),
    ],
)
def test_tools_are_given_what_they_ask_for(play, given, call, said):
    store = InMemoryStore()
    store.put(("facts",), "sky", {"is": "blue"})
    graph = agent_graph(ScriptedModel([call, "Done."]), [given], Basket, state_schema=Basket)
    out = play(graph, {**go(), "owner": "Ann", "basket": []}, store=store)
    assert [(each.content, each.status) for each in results(out)] == [(said, "success")]


def put(what: str, call_id: Annotated[str, InjectedToolCallId]) -> Command:
    """Put something in the basket."""
    return Command(
        update={"basket": [what], "messages": [ToolMessage("in it", tool_call_id=call_id)]}
    )


def pay(call_id: Annotated[str, InjectedToolCallId]) -> Command:
    """Pay and leave."""
    message = ToolMessage("paid", tool_call_id=call_id)
    return Command(update={"messages": [message]}, goto="door")


def deliver(call_id: Annotated[str, InjectedToolCallId]) -> Command:
    """Pay and have it brought."""
    message = ToolMessage("on its way", tool_call_id=call_id)
    return Command(update={"messages": [message]}, goto=[Send("door", {"basket": ["a bill"]})])


def basket_graph(model, *tools):
    graph = agent_graph(model, tools, Basket, state_schema=Basket)
    graph.add_node("door", lambda state: {"basket": [f"out with {len(state['basket'])}"]})
    graph.add_edge("door", END)
    return graph


@pytest.mark.parametrize(
    ("given", "call", "said", "basket"),
    [
        pytest.param(put, tool_call("put", what="pears"), "in it", ["pears"], id="an update"),
        pytest.param(pay, tool_call("pay"), "paid", ["out with 0"], id="where to go"),
        pytest.param(
            deliver, tool_call("deliver"), "on its way", ["out with 1"], id="whom to send"
        ),
    ],
)
def test_a_tool_may_command_the_graph(play, given, call, said, basket):
    out = play(basket_graph(ScriptedModel([call, "Done."]), given), {**go(), "basket": []})
    assert [each.content for each in results(out)] == [said]
    assert out["basket"] == basket
    assert out["ledger"]["spent"]["tool_calls"] == 1


def test_a_tool_may_command_the_parent_graph(play):
    def leave(call_id: Annotated[str, InjectedToolCallId]) -> Command:
        """Leave."""
        said = [ToolMessage("left", tool_call_id=call_id)]
        return Command(graph=Command.PARENT, goto="door", update={"messages": said})

    inner = agent_graph(ScriptedModel([tool_call("leave")]), [leave]).compile()
    graph = StateGraph(MessagesState)
    graph.add_node("inner", inner)
    graph.add_node("door", lambda _: {"messages": [AIMessage("Bye.")]})
    graph.add_edge(START, "inner")
    out = play(graph, go())
    assert [message.content for message in out["messages"]] == ["Go.", "left", "Bye."]


BLOCKS = [{"type": "text", "text": "a chart of"}, {"type": "text", "text": "two lines"}]


@tool(response_format="content_and_artifact")
def chart(of: str) -> tuple[str, dict]:
    """Draw a chart."""
    return f"a chart of {of}", {"points": [1, 2]}


def blocks() -> list:
    """Draw in blocks."""
    return BLOCKS


def message(call_id: Annotated[str, InjectedToolCallId]) -> ToolMessage:
    """Answer by message."""
    return ToolMessage("mine", tool_call_id=call_id, artifact=7, additional_kwargs={"own": True})


def failing(call_id: Annotated[str, InjectedToolCallId]) -> ToolMessage:
    """Fail by message."""
    return ToolMessage("no such room", tool_call_id=call_id, status="error")


def data() -> dict:
    """Return data."""
    return {"rooms": [1, 2]}


@pytest.mark.parametrize(
    ("given", "content", "artifact", "preview"),
    [
        pytest.param(chart, "a chart of x", {"points": [1, 2]}, "a chart of x", id="an artifact"),
        pytest.param(blocks, BLOCKS, None, "a chart of two lines", id="content blocks"),
        pytest.param(message, "mine", 7, "mine", id="a message"),
        pytest.param(data, '{"rooms": [1, 2]}', None, '{"rooms": [1, 2]}', id="data"),
    ],
)
def test_what_a_tool_returns_is_kept_as_it_is(play, given, content, artifact, preview):
    call = tool_call("chart", of="x") if given is chart else tool_call(given.__name__)
    out = play(agent_graph(ScriptedModel([call, "Done."]), [given]), go())
    (result,) = results(out)
    assert (result.content, result.artifact) == (content, artifact)
    assert out["ledger"]["recent"][1]["preview"] == preview


def test_a_message_that_reports_a_failure_is_one(play):
    out = play(agent_graph(ScriptedModel([tool_call("failing"), "Sorry."]), [failing]), go())
    assert out["ledger"]["recent"][1]["error"] == "model_fixable"


class Chat(TypedDict):
    chat: Annotated[list[AnyMessage], add_messages]


def test_messages_may_have_another_name(play):
    def say(words: str, call_id: Annotated[str, InjectedToolCallId]) -> Command:
        """Say something."""
        return Command(update={"chat": [ToolMessage(words, tool_call_id=call_id)]})

    graph = StateGraph(Chat)
    graph.add_node("tools", tool_node([say, blocks], messages="chat"))
    graph.add_edge(START, "tools")
    asked = [*tool_call("say", words="hm").tool_calls, *tool_call("blocks").tool_calls]
    for number, call in enumerate(asked):
        call["id"] = f"c{number}"
    out = play(graph, {"chat": [HumanMessage("Go."), AIMessage("", tool_calls=asked)]})
    assert [each.content for each in results(out, "chat")] == ["hm", BLOCKS]
