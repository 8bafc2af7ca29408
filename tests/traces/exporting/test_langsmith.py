import json
import time
from contextlib import ExitStack
from dataclasses import replace

import pytest
from holdfast.drills.langsmith_stub import PROJECT_ID, Fault, LangSmithStub
from holdfast.traces.exporting.dead_letters import read_dead
from holdfast.traces.exporting.errors import ExportConfigError
from holdfast.traces.exporting.langsmith_export import LangSmith
from holdfast.traces.exporting.line import open_line
from holdfast.traces.store import Event, Redaction, Span, Store, Trace
from langsmith import utils

from .recorded import id_of, verdict, write_trace

SECRET = "sk-" + "q" * 24


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """No setting of LangSmith's, and none that its client remembers."""
    names = ("API_KEY", "ENDPOINT", "PROJECT", "TRACING", "RUNS_ENDPOINTS", "WORKSPACE_ID")
    names += ("HIDE_INPUTS", "HIDE_OUTPUTS", "HIDE_METADATA")
    for name in names:
        for prefix in ("LANGSMITH", "LANGCHAIN"):
            monkeypatch.delenv(f"{prefix}_{name}", raising=False)
    forget()

    def put(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"LANGSMITH_{name}", value)
        forget()

    yield put
    monkeypatch.undo()
    forget()


def forget():
    for cached in (utils.get_env_var, utils.get_tracer_project):
        cached.cache_clear()


@pytest.fixture
def path(tmp_path):
    Store(tmp_path / "t.db").close()
    return tmp_path / "t.db"


def record(path, name, **more):
    with Store(path) as store:
        return write_trace(store, name, start=time.time_ns(), **more)


def until(claim, seconds=10.0):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.005)


def test_traces_arrive_while_they_are_recorded(path):
    with LangSmithStub() as stub:
        worker = LangSmith(project="p", url=stub.url, api_key="k").begin(path)
        worker.finished(record(path, "a", verdicts=[verdict()]))
        until(lambda: len(stub.feedback) == 1)
        assert next(iter(stub.feedback.values()))["session_id"] == PROJECT_ID
        worker.finished(record(path, "b"))
        worker.close()
        assert len(stub.runs) == 9
        assert {run["session_name"] for run in stub.runs.values()} == {"p"}
        assert {asked.headers.get("x-api-key") for asked in stub.asked} == {"k"}


def test_what_a_killed_process_left_is_sent_by_the_next_one(path):
    with LangSmithStub() as stub:
        export = LangSmith(project="p", url=stub.url, api_key="k")
        export.begin(path).close()
        record(path, "a")  # its process was killed before it could tell
        export.begin(path).close()
        assert id_of("a", 0) in stub.runs


def test_what_was_recorded_before_the_first_export_is_not_sent_by_itself(path):
    record(path, "a")
    with LangSmithStub() as stub:
        LangSmith(project="p", url=stub.url, api_key="k").begin(path).close()
        assert not stub.runs


def test_closing_waits_no_longer_than_it_is_told(path):
    with LangSmithStub(fault=lambda asked: Fault(503, {"Retry-After": "100"})) as stub:
        worker = LangSmith(project="p", url=stub.url, api_key="k").begin(path)
        worker.finished(record(path, "a"))
        worker.close(seconds=3.0)
    with LangSmithStub() as stub, opened(path, stub) as line:
        assert line.outbox.missing(0) == [id_of("a", 0)]


class opened:  # noqa: N801 - a context manager that reads like a function
    def __init__(self, path, stub, *, clock=time.time_ns, **more):
        self._path, self._stack, self._clock = path, ExitStack(), clock
        self._export = LangSmith(project="p", url=stub.url, api_key="k", **more)

    def __enter__(self):
        courier = self._export.courier()
        self._stack.callback(courier.close)
        plan = replace(self._export.plan(live=False), clock=self._clock)
        return open_line(self._path, courier, plan, self._stack)

    def __exit__(self, *_):
        self._stack.close()


def send_all(path, stub, rounds=3, **more):
    with opened(path, stub, **more) as line:
        line.gathering.since(0, time.time_ns())
        return [line.delivery.round() for _ in range(rounds)]


@pytest.mark.parametrize(
    ("how", "least", "most"),
    [
        pytest.param("hang", 0.5, 1, id="hangs"),
        pytest.param("reset", 0.5, 1, id="resets"),
        pytest.param(Fault(503), 0.5, 1, id="is down"),
        pytest.param(Fault(429, {"Retry-After": "60"}), 60, 60, id="wants a minute"),
    ],
)
def test_whatever_the_server_does_nothing_is_lost(path, how, least, most):
    record(path, "a")
    now = time.time_ns()
    with LangSmithStub(fault=lambda asked: how, hang_seconds=0.01) as stub:
        (made,) = send_all(path, stub, rounds=1, clock=lambda: now)
    assert (made.arrived, made.buried) == (0, 0)
    assert least <= (made.again - now) / 1e9 <= most


def test_a_server_that_is_not_there_is_waited_for(path):
    record(path, "a")
    with opened_at(path, "http://127.0.0.1:9") as line:
        line.gathering.since(0, time.time_ns())
        assert line.delivery.round().why.startswith("no answer: ")


class opened_at(opened):  # noqa: N801 - as above
    def __init__(self, path, url):
        self._path, self._stack, self._clock = path, ExitStack(), time.time_ns
        self._export = LangSmith(project="p", url=url, api_key="k")


def test_a_dead_letter_keeps_what_the_server_said_without_secrets(path):
    record(path, "a")
    with LangSmithStub(fault=lambda asked: Fault(422)) as stub:
        send_all(path, stub, rounds=1)
    dead = read_dead(path)
    assert [each.status for each in dead] == [422] * 4
    assert json.loads(dead[0].body)["name"] == "a"


def plant(store):
    """Write a trace with a secret in every place that takes a text."""
    deep = {f"key {SECRET}": [{"deep": ({"er": f"password={SECRET}"},)}], "b": SECRET.encode()}
    ref, id_, now = store.put(deep), id_of("s", 0), time.time_ns()
    said = {"trace": id_, "time": now, "name": SECRET, "span": id_}
    payloads = {"inputs": ref, "outputs": ref, "start": now}
    store.write(
        Trace(
            id=id_, name=SECRET, start=now, status="error", thread=SECRET, ending=SECRET,
            tags=(SECRET,), metadata=planted(), source=SECRET,
        ),
        Span(
            id=id_, trace=id_, seq=0, kind="graph", name=f"n {SECRET}", status="error",
            error_type=SECRET, error=f"token={SECRET}", tags=(SECRET,), metadata=planted(),
            node=SECRET, **payloads,
        ),
        Span(
            id=id_of("s", 1), trace=id_, seq=1, kind="model", name=SECRET, parent=id_,
            model=SECRET, provider=SECRET, call_id=SECRET, **payloads,
        ),
        Event(seq=0, kind="verdict", data=verdict(guard=SECRET, reason=f"said {SECRET}"), **said),
        Event(seq=1, kind="repair", data=planted(), **said),
    )  # fmt: skip


def planted():
    return {f"of {SECRET}": {"a": [SECRET, {SECRET: SECRET}]}}


def test_no_planted_secret_leaves_even_of_a_store_that_keeps_them(path):
    with Store(path, redaction=Redaction(secrets=False)) as store:
        plant(store)
    bodies = []
    with LangSmithStub(refuses=lambda said: bool(bodies.append(said))) as stub:
        send_all(path, stub)
        assert (len(stub.runs), len(stub.feedback)) == (3, 1)
        assert SECRET not in json.dumps([stub.runs, stub.feedback, bodies])
        assert "[redacted]" in json.dumps(stub.runs)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        pytest.param({"sample": 1.5}, "sample", id="more than all"),
        pytest.param({"sample": -0.1}, "sample", id="less than none"),
        pytest.param({"older": "burn"}, "shift, drop, keep", id="no such word"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings, told):
    with pytest.raises(ExportConfigError, match=told):
        LangSmith(**settings)


def test_without_a_key_it_says_which_variable_to_set(path):
    with pytest.raises(ExportConfigError, match="LANGSMITH_API_KEY"):
        LangSmith(project="p", url="http://127.0.0.1:9").begin(path)
    with pytest.raises(ExportConfigError, match="LANGSMITH_API_KEY"):
        LangSmith().begin(path)


def test_a_key_is_not_shown():
    assert "hidden" not in repr(LangSmith(api_key="hidden"))


def test_the_environment_says_where_to(environment):
    environment(API_KEY="k", ENDPOINT="http://127.0.0.1:9", PROJECT="mine", WORKSPACE_ID="w1")
    courier = LangSmith().courier()
    assert courier.place == "langsmith http://127.0.0.1:9 mine"
    courier.close()


def test_langchains_own_tracing_to_the_same_project_is_not_doubled(environment, path):
    environment(API_KEY="k", ENDPOINT="http://127.0.0.1:9", PROJECT="mine", TRACING="true")
    with pytest.raises(ExportConfigError, match="LANGSMITH_TRACING"):
        LangSmith().begin(path)
    assert LangSmith().plan(live=False).apart is False


@pytest.mark.parametrize(
    ("settings", "values", "apart"),
    [
        pytest.param({}, {}, False, id="no tracing"),
        pytest.param({"project": "other"}, {"TRACING": "true"}, True, id="another project"),
        pytest.param(
            {"url": "http://127.0.0.2:9"}, {"TRACING": "true"}, False, id="another server"
        ),
        pytest.param(
            {}, {"TRACING": "true", "RUNS_ENDPOINTS": "[]"}, True, id="servers nobody knows"
        ),
    ],
)
def test_langchains_own_tracing_elsewhere_is_not_disturbed(environment, settings, values, apart):
    environment(ENDPOINT="http://127.0.0.1:9", PROJECT="mine", **values)
    assert LangSmith(**settings).plan(live=True).apart is apart
