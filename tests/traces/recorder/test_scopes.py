import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

from holdfast.traces import Recorder, Store, record, record_always, replay

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


def test_runs_in_threads_of_a_pool_are_kept_with_their_calls(path):
    model = fake(*(says("hi") for _ in range(4)))
    app = one_node(lambda _: {"said": model.invoke("hello").content})
    with ThreadPoolExecutor(2) as pool:
        pool.submit(int).result()  # one thread was there before
        with record(path):
            list(pool.map(app.invoke, [{}] * 4))
    with Store(path, read_only=True) as store:
        runs = [(trace.id, store.calls(trace.id)) for trace in store.traces()]
    assert [[call.kind for call in calls] for _, calls in runs] == [["model"]] * 4
    for run, _ in runs:
        assert replay(run, app, store=path).real_calls == 0
        assert replay(run, app, store=path).divergence is None


def test_two_recorders_at_a_time_keep_the_calls_of_their_own_threads(tmp_path):
    model = fake(*(says("hi") for _ in range(6)))
    app = one_node(lambda _: {"said": model.invoke("hello").content})

    def run(name):
        with record(tmp_path / name):
            both.wait(10)
            app.invoke({})
            both.wait(10)

    both = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, ["a.db", "b.db"]))
    for name in ("a.db", "b.db"):
        with Store(tmp_path / name, read_only=True) as store:
            assert [len(store.calls(trace.id)) for trace in store.traces()] == [1]


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


def test_a_block_that_another_context_closed_hides_no_recorder(tmp_path):
    block = record(tmp_path / "closed.db")
    block.__enter__()
    contextvars.Context().run(block.__exit__, None, None, None)
    recorder = record_always(tmp_path / "traces.db")
    one_node(lambda _: {"n": 1}).invoke({})
    recorder.close()
    assert not recorder.failures
    with Store(tmp_path / "traces.db", read_only=True) as store:
        assert len(list(store.traces())) == 1
