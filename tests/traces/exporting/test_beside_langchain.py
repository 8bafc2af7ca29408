import asyncio

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.drills.langsmith_stub import LangSmithStub
from holdfast.traces import LangSmith, record
from holdfast.traces.exporting import ExportConfigError
from holdfast.traces.store import Store
from langchain.agents import create_agent
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langsmith import Client, tracing_context

CONFIG = {"configurable": {"thread_id": "t1"}}


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("TRACING", "ENDPOINT", "PROJECT", "API_KEY"):
        monkeypatch.delenv(f"LANGSMITH_{name}", raising=False)
    monkeypatch.setenv("LANGSMITH_USE_DAEMON", "true")


def run(*, awaited):
    model = ScriptedModel([tool_call("add", a=1, b=2), "three"])
    app = create_agent(model, [add], checkpointer=InMemorySaver())
    given = {"messages": [("user", "1 + 2?")]}
    return asyncio.run(app.ainvoke(given, CONFIG)) if awaited else app.invoke(given, CONFIG)


@pytest.fixture(params=[False, True], ids=["invoked", "awaited"])
def both(request, tmp_path):
    """The runs of one invocation: as LangChain's tracer sent them, and as Holdfast did."""
    with LangSmithStub() as theirs, LangSmithStub() as ours:
        client = Client(api_url=theirs.url, api_key="k")
        export = LangSmith(project="q", url=ours.url, api_key="k")
        tracing = tracing_context(enabled=True, client=client, project_name="p")
        with tracing, record(tmp_path / "t.db", export=export):
            run(awaited=request.param)
        client.flush()
        client.cleanup()
        assert len(theirs.runs) > 5
        return theirs.runs, ours.runs


def test_the_trees_are_equal(both):
    theirs, ours = both
    keys = ("parent_run_id", "trace_id", "name", "run_type", "error")
    assert {id_: {key: run.get(key) for key in keys} for id_, run in ours.items()} == {
        id_: {key: run.get(key) for key in keys} for id_, run in theirs.items()
    }


def without_empty(value):
    if isinstance(value, dict):
        kept = {key: without_empty(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in ({}, [], None)}
    return [without_empty(each) for each in value] if isinstance(value, list) else value


def test_what_went_in_and_came_out_is_equal_but_for_empty_fields(both):
    for id_, run in both[0].items():
        mine = both[1][id_]
        assert without_empty(mine["inputs"]) == without_empty(run["inputs"])
        assert without_empty(mine["outputs"]) == without_empty(run["outputs"])


def test_what_langsmith_counts_and_groups_by_is_equal(both):
    keys = ("thread_id", "langgraph_node", "langgraph_step", "ls_provider", "ls_model_name",
            "ls_model_type", "usage_metadata")  # fmt: skip
    for id_, run in both[0].items():
        told, mine = run["extra"]["metadata"], both[1][id_]["extra"]["metadata"]
        models_only = run["run_type"] == "llm"
        for key in keys[:3] if not models_only else keys:
            assert mine.get(key) == told.get(key), key
        if models_only:
            tools = run["extra"]["invocation_params"]["tools"]
            assert both[1][id_]["extra"]["invocation_params"]["tools"] == tools


def test_a_recording_that_cannot_be_exported_does_not_begin(tmp_path):
    with pytest.raises(ExportConfigError, match="LANGSMITH_API_KEY"):
        record(tmp_path / "t.db", export=LangSmith(url="http://127.0.0.1:9")).__enter__()
    with Store(tmp_path / "t.db") as store:
        assert not [*store.traces()]
    run(awaited=False)
