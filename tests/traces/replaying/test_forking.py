import pytest
from holdfast.traces import ReplayError, fork, record
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

from .shop import RAN, shop

ASKED = {"messages": [("user", "Refund order 7, please.")]}
CONFIG = {"configurable": {"thread_id": "7"}}


@pytest.fixture
def thread(tmp_path):
    """A graph with the thread of a recorded run, and the store."""
    app = shop().compile(InMemorySaver())
    with record(tmp_path / "traces.db"):
        app.invoke(ASKED, CONFIG)
    RAN.clear()
    return app, tmp_path / "traces.db"


@pytest.mark.parametrize(
    ("step", "ran"),
    [
        pytest.param(1, ["model", "find_order", "model", "refund", "model"], id="the first"),
        pytest.param(4, ["refund", "model"], id="one in the middle"),
        pytest.param(5, ["model"], id="the last"),
    ],
)
def test_a_thread_goes_on_live_from_a_step(thread, step, ran):
    app, store = thread
    out = app.invoke(None, fork("last", app, step, store=store))
    assert (RAN, len(out["messages"])) == (ran, 6)


def test_a_thread_goes_on_with_a_changed_state(thread):
    app, store = thread
    found = app.get_state(CONFIG).values["messages"][2]
    changed = found.model_copy(update={"content": "order 7: 5 EUR, owner ann"})
    config = fork("last", app, 3, store=store, values={"messages": [changed]}, as_node="act")
    assert app.invoke(None, config)["messages"][-1].text == "Done: refunded 5 EUR."


@pytest.mark.parametrize("step", [0, 7])
def test_a_step_that_the_thread_has_not_is_refused(thread, step):
    app, store = thread
    with pytest.raises(ReplayError, match="its checkpoints have 1 to 6"):
        fork("last", app, step, store=store)


def test_a_graph_without_checkpoints_cannot_go_on(thread):
    with pytest.raises(ReplayError, match="has no checkpointer"):
        fork("last", shop().compile(), 2, store=thread[1])


def test_a_run_of_no_thread_cannot_go_on(tmp_path, thread):
    with record(tmp_path / "other.db"):
        shop().compile().invoke(ASKED)
    with pytest.raises(ReplayError, match="is of no thread"):
        fork("last", thread[0], 2, store=tmp_path / "other.db")


@pytest.fixture
def asked(tmp_path):
    """A graph with the thread of a run that asked, and of the run that went on, and the store."""
    graph = StateGraph(MessagesState)
    graph.add_node("ask", lambda _: {"messages": [("ai", f"{interrupt('how many?')} it is")]})
    graph.add_edge(START, "ask")
    app = graph.compile(InMemorySaver())
    with record(tmp_path / "traces.db") as recorder:
        app.invoke(ASKED, CONFIG)
        app.invoke(Command(resume=3), CONFIG)
        ids = [trace.id for trace in recorder.store.traces()]
    return app, tmp_path / "traces.db", ids


@pytest.mark.parametrize("which", [0, 1], ids=["the run that was answered", "the run that asked"])
def test_a_question_is_asked_again_without_a_step(asked, which):
    app, store, ids = asked
    config = fork(ids[which], app, store=store)
    assert app.get_state(config).next == ("ask",)
    out = app.invoke(Command(resume=4), app.invoke(None, config) and CONFIG)
    assert out["messages"][-1].text == "4 it is"


def test_a_run_that_asked_nobody_needs_a_step(thread):
    with pytest.raises(ReplayError, match="asked nobody: give the step"):
        fork("last", thread[0], store=thread[1])


def test_a_checkpoint_that_is_kept_elsewhere_is_refused(asked):
    app, store, _ = asked
    app.checkpointer = InMemorySaver()
    with pytest.raises(ReplayError, match="is not there: another checkpointer"):
        fork("last", app, store=store)
