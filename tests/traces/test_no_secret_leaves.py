"""Secrets planted at every place of a run: none is in the store, a view, an export or the log."""

import base64
import json
import logging
import os
import sqlite3

import pytest
from holdfast.cli import app
from holdfast.drills.langsmith_stub import LangSmithStub
from holdfast.traces import OpenTelemetry, Redaction, Store, record
from holdfast.traces.exporting import export_store
from holdfast.traces.exporting.langsmith_export import LangSmith
from holdfast.traces.store.packing import unpack
from langchain_openai import ChatOpenAI
from typer.testing import CliRunner

from tests.cli.openai_stub import served
from tests.traces import leaky
from tests.traces.exporting.collector import collector

SECRETS = ("PLANTED", leaky.MAIL)
FORMS = [
    base64.b64encode(b"x" * skip + secret.encode())[4 if skip else 0 : -4]
    for secret in (
        "PLANTED012345",
        "PLANTEDpassword9",
        "PLANTEDabcdefgh",
        "PLANTEDhunter2",
        leaky.MAIL,
    )
    for skip in range(3)
]


def leaks(data):
    """Return what stands around each secret in data, as it is or in base64 at any offset."""
    data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    marks = [*(secret.encode() for secret in SECRETS), *FORMS]
    return [data[max(data.find(mark) - 200, 0) :][:300] for mark in marks if mark in data]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Return a store with all of it, and what was logged and printed meanwhile."""
    path = tmp_path_factory.mktemp("leaks") / "traces.db"
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(handler.format(record))
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.WARNING)
    try:
        with (
            record(path, redaction=Redaction(pii=("email",)), wire=True) as recorder,
            served(lambda *_: f"said {leaky.ALL}") as (url, _),
        ):
            leaky.run_all()
            model = ChatOpenAI(model="gpt-x", base_url=url, api_key=leaky.KEY, max_retries=0)
            model.invoke([("user", leaky.ALL)], config=leaky.config(), user=leaky.ALL)
            list(model.stream([("user", leaky.ALL)], extra_headers={"x-mine": leaky.ALL}))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert recorder.failures == 0
    assert recorder.lost == 0
    return path, "\n".join(lines)


@pytest.fixture(scope="module")
def ids(recorded):
    with Store(recorded[0], read_only=True) as store:
        return [trace.id for trace in store.traces()]


def test_what_is_looked_for_is_there_without_redaction(tmp_path):
    with record(tmp_path / "a.db", redaction=Redaction(secrets=False)):
        leaky.run_all()
    with Store(tmp_path / "a.db", read_only=True) as store:
        assert len(list(store.traces())) == 8
        for trace in store.traces():
            assert leaks(repr(trace)), trace


def test_the_file_holds_none(recorded):
    path, _ = recorded
    for each in path.parent.iterdir():
        assert not leaks(each.read_bytes()), each
    with sqlite3.connect(path) as connection:
        for form, data in connection.execute("SELECT form, data FROM blob"):
            assert not leaks(unpack(form, data))
        for table in ("trace", "span", "event", "call", "word"):
            for row in connection.execute(f"SELECT * FROM {table}"):
                assert not leaks(repr(row)), table
    connection.close()
    with Store(path, read_only=True) as store:
        for trace in store.traces():
            parts = store.spans(trace.id), store.events(trace.id), store.calls(trace.id)
            assert not leaks(repr((trace, parts)))


def test_the_log_holds_none(recorded):
    assert not leaks(recorded[1])


def said(*words, code=0):
    found = CliRunner().invoke(app, [str(word) for word in words])
    assert found.exit_code == code, found.output
    return found.stdout + found.stderr


def test_no_view_holds_any(recorded, ids, tmp_path, capfd, caplog):
    path, _ = recorded
    shown = [
        said("trace", "list", "--store", path),
        said("trace", "list", "--json", "--store", path),
    ]
    for number, run in enumerate(ids):
        page = tmp_path / f"{number}.html"
        shown.append(said("trace", "show", run, "--store", path))
        shown.append(said("trace", "show", run, "--json", "--store", path))
        shown.append(said("trace", "show", run, "--json", "--full", "--store", path))
        said("trace", "show", run, "--html", page, "--store", path)
        shown.append(page.read_text())
        shown.append(said("trace", "diff", run, ids[0], "--store", path))
        shown.append(said("trace", "diff", run, ids[0], "--json", "--store", path))
    for text in shown:
        assert not leaks(text)
    assert all(any(name in text for text in shown) for name in leaky.places())  # none was left out
    assert not leaks("".join(capfd.readouterr()) + caplog.text)


def test_no_audit_holds_any(recorded, tmp_path):
    path, _ = recorded
    page, lines = tmp_path / "audit.html", tmp_path / "audit.json"
    text = said("audit", path, "--html", page)
    assert not leaks(text + page.read_text())
    found = CliRunner().invoke(app, ["audit", str(path), "--json", str(lines)])
    assert not leaks(found.stdout + found.stderr + (lines.read_text() if lines.exists() else ""))


def test_no_dataset_and_no_test_holds_any(recorded, ids, tmp_path):
    path, _ = recorded
    out = tmp_path / "set.jsonl"
    said("trace", "to-dataset", path, "--out", out)
    assert out.read_text().count("\n") > 3
    assert not leaks(out.read_text())
    run = ids[-1]
    text = said("trace", "to-test", run, "tests.traces.leaky:agent", "--store", path,
                "--out", tmp_path / "made", "--name", "leaky")  # fmt: skip
    assert not leaks(text)
    for each in (tmp_path / "made").iterdir():
        assert not leaks(each.read_bytes()), each
    assert {each.suffix for each in (tmp_path / "made").iterdir()} == {".py", ".json"}


def test_no_export_holds_any(recorded, ids, monkeypatch):
    path, _ = recorded
    for name in [
        name for name in os.environ if name.startswith(("LANGSMITH", "LANGCHAIN", "OTEL"))
    ]:
        monkeypatch.delenv(name)
    with LangSmithStub() as stub:
        done = export_store(path, LangSmith(project="p", url=stub.url, api_key="k"))
        assert done.arrived >= len(ids)
        assert not leaks(json.dumps(stub.runs, default=str))
        assert not leaks(json.dumps(list(stub.feedback.values()), default=str))
        assert not leaks(repr(stub.attachments))
    with collector() as held:
        assert export_store(path, OpenTelemetry(endpoint=held.url)).arrived
        for request in held.requests:
            assert not leaks(request.SerializeToString())
