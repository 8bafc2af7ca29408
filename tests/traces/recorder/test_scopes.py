import asyncio
import threading

from holdfast.traces import Recorder, Store, record, record_always

from tests.traces.recorder.agents import (
    fake,
    one_node,
    react,
    says,
    thread,
)
from tests.traces.recorder.reading import REACT, ask, names, read, steps


def test_a_call_in_a_thread_that_a_node_started_belongs_to_the_run(path):
    model = fake(says("hi"))

    def node(state):
        by_hand = threading.Thread(target=lambda: model.invoke("hello"))
        by_hand.start()
        by_hand.join()
        return {"n": 1}

    with record(path):
        one_node(node).invoke({})
    _, spans, _ = read(path)
    assert names(spans) == [
        ("graph", "LangGraph"), ("node", "node"), ("model", "ScriptedModel"),
    ]  # fmt: skip


def test_two_recorders_at_a_time_keep_apart(tmp_path):
    async def run(name):
        async with record(tmp_path / name):
            await one_node(lambda _: {"n": 1}).ainvoke({})

    async def both():
        await asyncio.gather(run("a.db"), run("b.db"))

    asyncio.run(both())
    for name in ("a.db", "b.db"):
        with Store(tmp_path / name, read_only=True) as store:
            assert len(list(store.traces())) == 1


def test_nothing_is_recorded_after_the_block(path):
    app = one_node(lambda _: {"n": 1})
    with record(path):
        app.invoke({})
    app.invoke({})
    with Store(path, read_only=True) as store:
        assert len(list(store.traces())) == 1


def test_a_recorder_as_a_callback_records_what_it_is_given_to(path):
    recorder = Recorder(path)
    steps().invoke(ask(), {**thread(), "callbacks": [recorder]})
    react(says("not this")).invoke(ask(), thread())
    recorder.close()
    trace, spans, _ = read(path)
    assert names(spans) == REACT
    with Store(path, read_only=True) as store:
        assert len(list(store.traces())) == 1
        assert [call.kind for call in store.calls(trace.id)] == ["model", "tool", "model"]


def test_a_process_that_always_records_does_so_in_every_thread(path):
    recorder = record_always(path)
    app = one_node(lambda _: {"n": 1})
    other = threading.Thread(target=lambda: app.invoke({}))
    other.start()
    other.join()
    app.invoke({})
    recorder.close()
    with Store(path, read_only=True) as store:
        assert len(list(store.traces())) == 2
