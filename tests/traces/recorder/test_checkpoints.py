import asyncio

import pytest
from holdfast.traces import Recorder, Store, record
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, interrupt

from tests.traces.recorder.agents import Numbers, asks, call, nested, react, says, thread
from tests.traces.recorder.reading import ask

WAITS_AT, WENT_ON_FROM = "holdfast_waits_at", "holdfast_went_on_from"


def facts(path):
    """Return what each trace's graphs say of checkpoints, oldest trace first."""
    with Store(path, read_only=True) as store:
        return [
            {
                (span.name, name): span.metadata[name]
                for span in store.spans(trace.id)
                for name in (WAITS_AT, WENT_ON_FROM)
                if name in span.metadata
            }
            for trace in reversed(list(store.traces()))
        ]


def asking_inside(saver):
    """A graph whose node is a graph that asks."""
    inner = StateGraph(Numbers)
    inner.add_node("ask", lambda _: {"n": interrupt("how many?")})
    inner.add_edge(START, "ask")
    outer = StateGraph(Numbers)
    outer.add_node("inside", inner.compile(name="inner"))
    outer.add_edge(START, "inside")
    return outer.compile(saver, name="outer")


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("by_callback", [False, True], ids=["record", "callbacks"])
def test_a_question_and_its_answer_name_the_checkpoint_they_were_at(path, is_async, by_callback):
    app = react(asks(call("ask_first", a=1)), says("done"))

    def run(given, config):
        if is_async:
            asyncio.run(app.ainvoke(given, config))
        else:
            app.invoke(given, config)

    recorder = Recorder(path) if by_callback else record(path)
    more = {"callbacks": [recorder]} if by_callback else {}
    if not by_callback:
        recorder.__enter__()
    run(ask(), {**thread(), **more})
    asked_at = app.get_state(thread()).config["configurable"]["checkpoint_id"]
    run(Command(resume="yes"), {**thread(), **more})
    recorder.close() if by_callback else recorder.__exit__(None, None, None)
    at = {"checkpoint": asked_at, "namespace": ""}
    assert facts(path) == [{("LangGraph", WAITS_AT): at}, {("LangGraph", WENT_ON_FROM): at}]


def test_a_graph_in_a_graph_names_its_own_checkpoint(path):
    app = asking_inside(InMemorySaver())
    with record(path):
        app.invoke({}, thread())
        (task,) = app.get_state(thread(), subgraphs=True).tasks
        inner = task.state.config["configurable"]
        app.invoke(Command(resume=3), thread())
    first, second = facts(path)
    assert [name for name, _ in first] == ["outer"]
    assert second["inner", WENT_ON_FROM] == {
        "checkpoint": inner["checkpoint_id"],
        "namespace": inner["checkpoint_ns"],
    }


def test_a_breakpoint_is_an_interrupt_without_a_question(path):
    graph = StateGraph(Numbers)
    graph.add_node("node", lambda _: {"n": 1})
    graph.add_edge(START, "node")
    app = graph.compile(InMemorySaver(), interrupt_before=["node"])
    with record(path):
        app.invoke({}, thread())
        at = app.get_state(thread()).config["configurable"]["checkpoint_id"]
        app.invoke(None, thread())
    with Store(path, read_only=True) as store:
        second, first = store.traces()
        events = [(event.kind, dict(event.data)) for event in store.events(first.id)]
        assert store.events(second.id) == []
    assert (first.status, second.status) == ("interrupt", "ok")
    assert events == [("interrupt", {"checkpoint": at, "namespace": ""})]
    assert facts(path)[1]["LangGraph", WENT_ON_FROM]["checkpoint"] == at


def test_a_graph_that_nobody_asks_says_nothing_of_checkpoints(path):
    with record(path):
        nested().invoke({"n": 1})
    assert facts(path) == [{}]


def test_what_langgraph_collects_is_as_it_was_when_nobody_records(path):
    from langgraph.pregel import main

    before = main.get_sync_graph_callback_manager_for_config
    with record(path), record(path):
        assert main.get_sync_graph_callback_manager_for_config is not before
    assert main.get_sync_graph_callback_manager_for_config is before
