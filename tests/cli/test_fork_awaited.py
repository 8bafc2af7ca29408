import asyncio
import importlib
import sys
from pathlib import Path

import pytest
from holdfast.cli import app
from holdfast.traces import record
from typer.testing import CliRunner

GRAPHS = '''
from langchain_core.tools import StructuredTool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

RAN = []
CALL = {"name": "look", "args": {}, "id": "1", "type": "tool_call"}

async def look() -> str:
    """Look."""
    RAN.append("look")
    return "found"

async def greet(state):
    RAN.append("greet")
    return {"messages": [("ai", "hello")]}

def ask(state):
    return {"messages": [{"role": "ai", "content": "", "tool_calls": [CALL]}]}

def made(first, second):
    graph = StateGraph(MessagesState).add_node("first", first).add_node("second", second)
    return graph.add_edge(START, "first").add_edge("first", "second").compile(InMemorySaver())

nodes = made(ask, greet)
tools = made(ask, ToolNode([StructuredTool.from_function(coroutine=look)]))
'''


@pytest.fixture
def graphs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    Path("awaited_graphs.py").write_text(GRAPHS)
    yield importlib.import_module("awaited_graphs")
    sys.modules.pop("awaited_graphs")


@pytest.mark.parametrize(("name", "ran"), [("nodes", "greet"), ("tools", "look")])
def test_a_graph_of_which_something_only_runs_awaited_is_forked_awaited(graphs, name, ran):
    asked = {"messages": [("user", "Hi")]}
    with record("traces.db"):
        asyncio.run(getattr(graphs, name).ainvoke(asked, {"configurable": {"thread_id": "8"}}))
    command = ["trace", "replay", "last", f"awaited_graphs:{name}", "--fork", "--from", "2"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("thread 8 went on from step 2")
    assert [ran, ran] == graphs.RAN
