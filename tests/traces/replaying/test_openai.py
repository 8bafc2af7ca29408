"""A real client of a real provider's wire, whose server has gone when the run is replayed."""

import asyncio
import importlib.util
import sys
from pathlib import Path

import pytest
from holdfast.drills import tool_call
from holdfast.traces import record, replay
from langchain_core.messages import AIMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from pydantic import BaseModel

from .plain_graphs import weather

ChatOpenAI = pytest.importorskip("langchain_openai").ChatOpenAI
STUB = Path(__file__).parents[2] / "cli" / "openai_stub.py"
ASKED = {"messages": [("user", "What is the weather like?")]}


def served(policy):
    name = "openai_stub_of_replays"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, STUB)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name].served(policy)


def policy(messages, tools):
    if "Sure" in tools:
        return tool_call("Sure", percent=80)
    if messages[-1].type == "tool":
        return AIMessage(f"I heard: {messages[-1].text}")
    return tool_call("weather", place=7)


class Sure(BaseModel):
    """How sure it is."""

    percent: int


def graph(url, *, streaming=False):
    model = ChatOpenAI(
        model="gpt-4o-mini", base_url=url, api_key="sk-nothing", streaming=streaming, max_retries=0
    )
    bound = model.bind_tools([weather])
    sure = model.with_structured_output(Sure, method="function_calling")

    def agent(state):
        return {"messages": [bound.invoke(state["messages"])]}

    def tell(state):
        return {"messages": [("ai", f"{sure.invoke('How sure?').percent} %")]}

    made = StateGraph(MessagesState)
    made.add_node("agent", agent)
    made.add_node("tools", ToolNode([weather]))
    made.add_node("tell", tell)
    made.add_edge(START, "agent")
    made.add_conditional_edges("agent", tools_condition, {"tools": "tools", "__end__": "tell"})
    made.add_edge("tools", "agent")
    return made.compile()


FORMS = {
    "invoke": lambda app: app.invoke(ASKED),
    "ainvoke": lambda app: asyncio.run(app.ainvoke(ASKED)),
    "stream": lambda app: list(app.stream(ASKED, stream_mode="messages")),
    "astream": lambda app: asyncio.run(_drained(app)),
    "streaming": lambda app: app.invoke(ASKED),
}


async def _drained(app):
    return [part async for part in app.astream(ASKED, stream_mode="messages")]


@pytest.mark.parametrize("form", FORMS)
def test_a_run_of_chat_openai_is_replayed_when_its_server_is_gone(tmp_path, form):
    with served(policy) as (url, requests):
        app = graph(url, streaming=form == "streaming")
        with record(tmp_path / "traces.db"):
            FORMS[form](app)
        assert len(requests) == 3
    with pytest.raises(Exception, match="Connection error"):
        app.invoke(ASKED)
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (out.same, out.real_calls, len(requests)) == (True, 0, 3)
    assert out.state["messages"][-1].text == "80 %"
