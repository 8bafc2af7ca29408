import json
import shlex
import time
from datetime import UTC, datetime

import pytest
from holdfast.cli import app
from holdfast.cli.trace_export import _when
from holdfast.drills.langsmith_stub import Fault, LangSmithStub
from holdfast.traces.exporting import ExportConfigError, LangSmith, OpenTelemetry, export_store
from holdfast.traces.store import Span, Store, Trace
from langsmith import utils
from typer.testing import CliRunner

ROOT = "01a20000-0000-7000-8000-00000000000{}"
HOUR = 3_600_000_000_000


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("API_KEY", "ENDPOINT", "PROJECT", "TRACING"):
        monkeypatch.delenv(f"LANGSMITH_{name}", raising=False)
        monkeypatch.delenv(f"LANGCHAIN_{name}", raising=False)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    utils.get_env_var.cache_clear()
    utils.get_tracer_project.cache_clear()
    return monkeypatch


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "t.db") as store:
        write(store, 0)
    return tmp_path / "t.db"


def write(store, n, name="graph", age=0):
    start, id_ = time.time_ns() - age, ROOT.format(n)
    root = {"id": id_, "name": name, "start": start, "end": start + 1, "status": "ok"}
    store.write(Trace(**root), Span(**root, trace=id_, seq=0, kind="graph"))


@pytest.fixture
def run(monkeypatch):
    def go(*words, key="k", stub=None):
        if key:
            monkeypatch.setenv("LANGSMITH_API_KEY", key)
        more = ["--endpoint", stub.url] if stub else []
        return CliRunner().invoke(app, ["trace", "export", *map(str, words), *more])

    return go


def test_it_sends_what_was_not_sent_yet(run, store):
    with LangSmithStub() as stub:
        done = run(store, "--project", "p", stub=stub)
        assert (done.exit_code, len(stub.runs)) == (0, 1)
        assert f"langsmith {stub.url} p: 1 item arrived, 1 run is there" in done.stdout
        again = run(store, "--project", "p", stub=stub)
        assert "0 items arrived, 1 run is there" in again.stdout
        assert stub.posted.total() == 1


def test_it_can_say_it_as_json(run, store):
    with LangSmithStub() as stub:
        done = run(store, "--project", "p", "--json", stub=stub)
    told = json.loads(done.stdout)
    assert (told["arrived"], told["traces"]["sent"], told["why"]) == (1, 1, "")


def test_what_was_refused_is_kept_and_shown(run, store):
    with LangSmithStub(refuses=lambda said: True) as stub:
        done = run(store, "--project", "p", stub=stub)
    assert done.exit_code == 1
    assert "1 item refused for good: see --dead, and --again" in done.stdout
    shown = run(store, "--dead")
    assert shown.stdout.startswith("1 item was refused for good\n")
    assert f"run {ROOT.format(0)} of trace {ROOT.format(0)}: 422" in shown.stdout
    told = json.loads(run(store, "--dead", "--json").stdout)
    assert json.loads(told["body"])["name"] == "graph"


def test_the_command_that_is_shown_sends_again_to_where_it_was_refused(run, store):
    poison = [True]
    with LangSmithStub(refuses=lambda said: poison[0]) as stub:
        assert run(store, "--project", "my desk", stub=stub).exit_code == 1
        command = run(store, "--dead").stdout.partition("once mended: holdfast trace export ")[2]
        poison[0] = False
        done = run(*shlex.split(command))
        assert (done.exit_code, len(stub.runs)) == (0, 1), done.output
        assert [each["session_name"] for each in stub.runs.values()] == ["my desk"]


@pytest.mark.parametrize("named", ["all", "last", ROOT.format(0), ROOT.format(0)[-8:]])
def test_what_was_refused_is_sent_again_when_it_is_asked_for(run, store, named):
    poison = [True]
    with LangSmithStub(refuses=lambda said: poison[0]) as stub:
        assert run(store, "--project", "p", stub=stub).exit_code == 1
        assert run(store, "--project", "p", stub=stub).exit_code == 0  # by itself it is not
        assert run(store, "--project", "p", "--again", named, stub=stub).exit_code == 1
        poison[0] = False
        done = run(store, "--project", "p", "--again", named, stub=stub)
        assert (done.exit_code, len(stub.runs)) == (0, 1), done.output
        assert f"langsmith {stub.url} p: 1 item arrived, 1 run is there" in done.stdout
        assert "0 items were refused" in run(store, "--dead").stdout
        done = run(store, "--project", "p", "--again", named, stub=stub)
    assert (done.exit_code, "nothing that was refused is left" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--again", "nothing"], "has no trace 'nothing'", id="an unknown run"),
        pytest.param(["--again", "all", "--since", "1h"], "leave out", id="a time besides"),
        pytest.param(["--again", "all", "--dead"], "leave out", id="to show it besides"),
    ],
)
def test_what_cannot_be_sent_again_is_said(run, store, words, said):
    done = run(store, "--project", "p", *words, "--endpoint", "http://127.0.0.1:9")
    assert (done.exit_code, said in done.stderr) == (2, True), done.output


def test_what_is_sent_again_brings_nothing_new_with_it(run, store):
    with LangSmithStub() as stub:
        done = run(store, "--project", "p", "--again", "all", stub=stub)
    assert (done.exit_code, len(stub.runs)) == (0, 0)


def test_what_waits_is_said_and_sent_the_next_time(run, store):
    with LangSmithStub(fault=lambda asked: Fault(503)) as stub:
        done = run(store, "--project", "p", "--patience", "0", stub=stub)
    assert done.exit_code == 1
    assert "1 run waits for the next time this is run" in done.stdout
    assert "503" in done.stderr


def test_only_runs_begun_since_a_time_are_sent(run, store):
    with Store(store) as opened:
        write(opened, 1, age=3 * HOUR)
        write(opened, 2, age=30 * HOUR)
    with LangSmithStub() as stub:
        run(store, "--project", "p", "--since", "4h", stub=stub)
        assert len(stub.runs) == 2
        run(store, "--project", "p", "--older", "drop", stub=stub)
        assert len(stub.runs) == 2
        assert "1 run left out: too old" in run(store, "--project", "p", stub=stub).stdout


def test_a_share_of_them_is_sent(run, store):
    with LangSmithStub() as stub:
        done = run(store, "--project", "p", "--sample", "0", stub=stub)
    assert "1 run left out: by --sample" in done.stdout


def test_a_run_whose_process_was_killed_is_sent_when_it_is_asked_for(run, store):
    with Store(store) as opened:
        opened.write(Trace(id=ROOT.format(5), name="killed", start=time.time_ns()))
    with LangSmithStub() as stub:
        run(store, "--project", "p", stub=stub)
        assert ROOT.format(5) not in stub.runs
        run(store, "--project", "p", "--unfinished", "0", stub=stub)
        assert stub.runs[ROOT.format(5)]["error"].startswith("It never ended")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["nowhere.db"], "there is no store nowhere.db", id="no store"),
        pytest.param(["{store}"], "LANGSMITH_API_KEY", id="no key"),
        pytest.param(["{store}", "--to", "otlp"], "OTEL_EXPORTER_OTLP_ENDPOINT", id="no address"),
        pytest.param(["{store}", "--since", "soon"], "90m, 24h, 7d", id="no time"),
        pytest.param(["{store}", "--sample", "7"], "sample from 0 to 1", id="no share"),
    ],
)
def test_what_cannot_work_says_what_to_do(run, store, words, told):
    done = run(*(word.format(store=store) for word in words), key=None)
    assert done.exit_code == 2
    assert told in done.stderr


def test_a_file_that_is_no_store_is_refused(run, tmp_path):
    (tmp_path / "x.db").write_text("not a store" * 100)
    assert run(tmp_path / "x.db", "--endpoint", "http://127.0.0.1:9").exit_code == 2


def test_a_date_is_a_time_in_utc():
    assert _when("2026-05-01") == datetime(2026, 5, 1, tzinfo=UTC).timestamp() * 1e9
    assert _when("2026-05-01T02:00+02:00") == _when("2026-05-01")
    assert abs(time.time_ns() - 2 * 7 * 24 * HOUR - _when("2w")) < HOUR


def test_following_sends_what_comes_until_it_is_interrupted(store):
    with LangSmithStub() as stub:
        waits = []

        def sleep(seconds):
            waits.append(seconds)
            if len(waits) == 3:
                raise KeyboardInterrupt
            with Store(store) as opened:
                write(opened, len(waits))

        told = []
        with pytest.raises(KeyboardInterrupt):
            export_store(
                store,
                LangSmith(project="p", url=stub.url, api_key="k"),
                follow=True,
                tell=told.append,
                sleep=sleep,
            )
        assert len(stub.runs) == 3
        assert told[-1].arrived == 3
        assert waits == [2.0] * 3


def test_a_place_that_takes_nothing_is_waited_for_no_longer_than_patience(store):
    waits = []
    with LangSmithStub(fault=lambda asked: Fault(503, {"Retry-After": "1"})) as stub:
        done = export_store(
            store,
            LangSmith(project="p", url=stub.url, api_key="k"),
            patience=5.0,
            sleep=waits.append,
        )
    assert 0 < sum(waits) <= 5.0
    assert done.counts.waiting == 1


def test_a_run_that_has_not_ended_is_said_and_leaves_something_to_do(run, store):
    with Store(store) as opened:
        opened.write(Trace(id=ROOT.format(1), name="graph", start=time.time_ns()))
    with LangSmithStub() as stub:
        done = run(store, "--project", "p", stub=stub)
        assert done.exit_code == 1
        assert "1 run has not ended: --unfinished SECONDS sends it too" in done.stdout
        assert json.loads(run(store, "--project", "p", "--json", stub=stub).stdout)["unended"] == 1
        done = run(store, "--project", "p", "--unfinished", "0", stub=stub)
    assert (done.exit_code, "not ended" in done.stdout) == (0, False), done.output


@pytest.mark.parametrize("given", ["notaurl", "127.0.0.1:1", "http://", "http://h:x"])
@pytest.mark.parametrize("to", ["langsmith", "otlp"])
def test_what_is_no_address_is_refused_at_once(run, store, to, given):
    done = run(store, "--to", to, "--endpoint", given)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("holdfast trace export: ")
    assert "is no address" in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_is_no_address_is_refused_when_an_export_is_made():
    with pytest.raises(ExportConfigError, match="'notaurl' is no address"):
        LangSmith(url="notaurl", api_key="k")
    with pytest.raises(ExportConfigError, match="is no address"):
        OpenTelemetry(endpoint="127.0.0.1:1")


def said_at_the_end(path, caplog, fault):
    with LangSmithStub(fault=lambda asked: fault) as stub:
        worker = LangSmith(project="my desk", url=stub.url, api_key="k")
        with Store(path) as opened:
            sending = worker.begin(path)
            write(opened, 1)
            sending.finished(ROOT.format(1))
            sending.close(30)
    [said] = [one.getMessage() for one in caplog.records]
    return said, f"holdfast trace export {path} --endpoint {stub.url} --project 'my desk'"


def test_a_recorder_that_closes_says_how_many_runs_wait_why_and_how_to_send_them(tmp_path, caplog):
    fault = Fault(503, {"Retry-After": "600"})
    said, command = said_at_the_end(tmp_path / "t.db", caplog, fault)
    assert said == f'1 run waits (503: {{"detail": "as scripted"}}): {command}'


def test_a_recorder_that_nobody_lets_in_says_to_look_at_the_key(tmp_path, caplog):
    said, _ = said_at_the_end(tmp_path / "t.db", caplog, Fault(401))
    assert said.startswith('1 run waits (401, look at the key: {"detail": "as scripted"}): ')
