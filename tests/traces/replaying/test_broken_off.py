import asyncio
from contextlib import ExitStack

import pytest
from holdfast.traces import ReplayError, Store, record, replay, to_test
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Send

from .plain_graphs import Moody
from .shop import RAN, shop
from .test_hard_cases import State, one_node
from .test_left_calls import Sleepy, cancelled

ASKED = {"messages": [("user", "Refund order 7, please.")]}
CONFIG = {"configurable": {"thread_id": "7"}}


def left(path, graph, config=None, steps=1):
    """Record a run whose stream is left after some steps."""
    with record(path):
        stream = graph.stream(ASKED, config)
        for _ in range(steps):
            next(stream)
        stream.close()
    RAN.clear()


@pytest.fixture
def store(tmp_path):
    left(tmp_path / "traces.db", shop().compile())
    return tmp_path / "traces.db"


def test_a_run_that_was_left_is_the_same_up_to_there(store):
    out = replay("last", shop().compile(), store=store)
    assert (out.same, out.divergence, out.path, RAN) == (True, None, ["agent", "act"], [])
    why = "the record ends here: its stream was left before 'find_order' had ended"
    assert out.record_ended == f"step 2, node 'act': {why}"
    assert out.as_json()["record_ended"] == out.record_ended


def test_a_run_whose_process_was_stopped_says_so(tmp_path):
    def act(state):
        stack.close()  # nothing more of it is recorded
        return {"notes": ["done"]}

    graph = one_node(act).compile()
    with ExitStack() as stack:
        stack.enter_context(record(tmp_path / "traces.db"))
        graph.invoke({"notes": []})
    with Store(tmp_path / "traces.db", read_only=True) as opened:
        assert opened.trace("last").status == "running"
    out = replay("last", graph, store=tmp_path / "traces.db")
    assert (out.same, out.divergence) == (True, None)
    assert out.record_ended == "step 1, node 'node': the record ends here: the process was stopped"


def test_a_call_that_its_run_was_cancelled_in_is_where_the_record_ends(tmp_path):
    async def node(state):
        return {"notes": [(await Sleepy().ainvoke("Hi")).text]}

    app = one_node(node).compile()
    with record(tmp_path / "traces.db"):
        asyncio.run(cancelled(app, asked=1))
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (out.same, out.error) == (True, None)
    assert out.record_ended.endswith("the run was cancelled while 'Sleepy' ran")


@pytest.mark.parametrize(
    ("changed", "kind", "step"),
    [
        pytest.param({"prompt": "Refund nothing."}, "call", 1, id="another prompt"),
        pytest.param({"checks": True}, "route", 3, id="another way"),
    ],
)
def test_what_parts_before_the_record_ends_is_a_divergence(tmp_path, changed, kind, step):
    left(tmp_path / "traces.db", shop().compile(), steps=3)
    out = replay("last", shop(**changed).compile(), store=tmp_path / "traces.db")
    assert (out.divergence.kind, out.divergence.step) == (kind, step)
    assert (out.same, out.record_ended) == (False, "")


def test_a_thread_that_went_on_after_it_was_left_is_replayed_whole(tmp_path):
    app = shop().compile(InMemorySaver())
    left(tmp_path / "traces.db", app, CONFIG)
    with record(tmp_path / "traces.db"):
        app.invoke(None, CONFIG)
    out = replay("last", shop().compile(InMemorySaver()), store=tmp_path / "traces.db")
    assert (out.divergence, out.changed, out.record_ended, out.same) == (None, [], "", True)


def test_a_branch_that_had_no_answer_yet_ends_the_record_and_not_another_one(tmp_path):
    async def work(state):
        model = Sleepy() if state["item"] else Moody()
        answer = await model.ainvoke(str(state["item"]))
        Sleepy.asked.release()
        return {"notes": [answer.text]}

    graph = StateGraph(State)
    graph.add_node("work", work)
    graph.add_conditional_edges(
        START, lambda state: [Send("work", {"item": n}) for n in range(3)], ["work"]
    )
    app = graph.compile()
    with record(tmp_path / "traces.db"):
        asyncio.run(cancelled(app, asked=3))
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (out.same, out.divergence) == (True, None)


def test_a_run_that_was_broken_off_becomes_no_test(store, tmp_path):
    with pytest.raises(ReplayError, match="has not ended"):
        to_test("last", store=store, folder=tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_an_imported_run_is_refused(tmp_path):
    from holdfast.traces.importing import import_file

    file = tmp_path / "chat.jsonl"
    file.write_text(
        '{"messages": [{"role": "user", "content": "Hi"}, '
        '{"role": "assistant", "content": "Hello"}]}\n'
    )
    with Store(tmp_path / "traces.db") as opened:
        import_file(file, opened)
    for refused in (
        lambda: replay("last", shop().compile(), store=tmp_path / "traces.db"),
        lambda: to_test("last", store=tmp_path / "traces.db", folder=tmp_path),
    ):
        with pytest.raises(ReplayError, match=r"imported .* holds no calls that can be answered"):
            refused()
