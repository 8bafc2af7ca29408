import json
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from holdfast.drills.langsmith_stub import Fault, LangSmithStub
from langsmith import Client, traceable, tracing_context

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TRANSPORTS = [
    pytest.param({}, "/runs/multipart", id="zstd"),
    pytest.param({"zstd": False}, "/runs/multipart", id="multipart"),
    pytest.param({"zstd": False, "multipart": False}, "/runs/batch", id="batch"),
]


@pytest.fixture
def talk(monkeypatch):
    """The real client's tracing of a small program; the environment's settings do not count."""
    for name in ("LANGSMITH_TRACING", "LANGSMITH_RUNS_ENDPOINTS", "LANGSMITH_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANGSMITH_USE_DAEMON", "true")

    @traceable(run_type="tool")
    def inner(word):
        return word.upper()

    @traceable
    def outer(word):
        return inner(word)

    def go(stub, word="--boundary--\r\n\x00 ü"):
        client = Client(api_url=stub.url, api_key="k", timeout_ms=(2000, 2000))
        with tracing_context(enabled=True, client=client, project_name="p"):
            outer(word)
        client.flush()
        root = next(run["id"] for run in stub.runs.values() if not run.get("parent_run_id"))
        client.create_feedback(root, "liked", score=1, trace_id=root, session_id=uuid.uuid4())
        client.flush()
        client.cleanup()
        return word

    return go


def run_of(start, *, id_="a" * 8, above=(), **more):
    """Return a run as a client says it: `above` are the (id, start) of those it stands in."""
    parts = [f"{when:%Y%m%dT%H%M%S%fZ}{each}" for each, when in [*above, (id_, start)]]
    return {
        "id": id_,
        "trace_id": above[0][0] if above else id_,
        "parent_run_id": above[-1][0] if above else None,
        "dotted_order": ".".join(parts),
        "name": "n",
        "run_type": "chain",
        "start_time": start.isoformat(),
        **more,
    }


def send(stub, path, said, method="POST"):
    request = urllib.request.Request(
        stub.url + path, json.dumps(said).encode(), {"Content-Type": "application/json"}
    )
    request.method = method
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize(("kind", "path"), TRANSPORTS)
def test_it_understands_the_real_client_whatever_its_transport(talk, kind, path):
    with LangSmithStub(**kind) as stub:
        word = talk(stub)
        outer, inner = sorted(stub.runs.values(), key=lambda run: run["dotted_order"])
        assert (outer["name"], inner["name"]) == ("outer", "inner")
        assert inner["parent_run_id"] == outer["id"]
        assert outer["inputs"] == {"word": word}
        assert inner["outputs"] == {"output": word.upper()}
        assert [each["key"] for each in stub.feedback.values()] == ["liked"]
        assert path in {each.path for each in stub.asked}


@pytest.mark.parametrize(
    ("run", "status"),
    [
        pytest.param(run_of(NOW), 202, id="a root"),
        pytest.param(run_of(NOW - timedelta(hours=25)), 422, id="older than a day"),
        pytest.param(run_of(NOW + timedelta(hours=25)), 422, id="more than a day ahead"),
        pytest.param(run_of(NOW, above=[("root", NOW)]), 202, id="a child"),
        pytest.param(
            run_of(NOW, above=[("root", NOW + timedelta(seconds=1))]), 422, id="before its parent"
        ),
        pytest.param(run_of(NOW, above=[("root", NOW)], trace_id="x"), 422, id="another trace"),
        pytest.param(
            run_of(NOW, above=[("root", NOW)], parent_run_id="x"), 422, id="another parent"
        ),
        pytest.param(
            run_of(NOW, above=[("root", NOW)], parent_run_id=None), 422, id="a root in parts"
        ),
        pytest.param(run_of(NOW, dotted_order=""), 422, id="no order"),
        pytest.param(run_of(NOW, run_type="guard"), 422, id="a type there is not"),
        pytest.param(run_of(NOW, end_time="2026-05-04T11:00:00"), 422, id="an end before it"),
    ],
)
def test_a_strict_one_refuses_what_the_hosted_service_refuses(run, status):
    with LangSmithStub(now=lambda: NOW) as stub:
        good = run_of(NOW, id_="good")
        assert send(stub, "/runs/batch", {"post": [good, run]}) == status
        assert len(stub.runs) == (2 if status == 202 else 0)


def test_a_lenient_one_takes_what_the_hosted_service_refuses():
    with LangSmithStub(strict=False) as stub:
        assert send(stub, "/runs", run_of(NOW, run_type="guard")) == 202


def test_feedback_is_refused_before_its_run_is_there():
    feedback = {"id": "f", "run_id": "a" * 8, "key": "k"}
    with LangSmithStub(now=lambda: NOW) as stub:
        early = send(stub, "/feedback", feedback)
        send(stub, "/runs", run_of(NOW))
        assert (early, send(stub, "/feedback", feedback)) == (422, 202)


def test_a_patch_is_laid_over_its_post_and_its_nulls_are_ignored():
    with LangSmithStub(now=lambda: NOW) as stub:
        send(stub, "/runs", run_of(NOW, inputs={"a": 1}))
        send(stub, f"/runs/{'a' * 8}", {"outputs": {"b": 2}, "inputs": None}, "PATCH")
        (run,) = stub.runs.values()
        assert (run["inputs"], run["outputs"]) == ({"a": 1}, {"b": 2})


def test_one_poison_item_refuses_the_whole_request():
    with LangSmithStub(strict=False, refuses=lambda said: said.get("name") == "bad") as stub:
        both = [run_of(NOW), run_of(NOW, id_="b", name="bad")]
        assert send(stub, "/runs/batch", {"post": both}) == 422
        assert not stub.runs


@pytest.mark.parametrize("status", [409, 413, 422, 429, 500, 503])
def test_it_fails_as_it_is_told(status):
    def fault(asked):
        return Fault(status, {"Retry-After": "7"}) if asked.n == 1 else None

    with LangSmithStub(now=lambda: NOW, fault=fault) as stub:
        first = send(stub, "/runs", run_of(NOW))
        assert (first, send(stub, "/runs", run_of(NOW))) == (status, 202)
        assert stub.posted.total() == 1


@pytest.mark.parametrize("how", ["hang", "reset"])
def test_it_breaks_off_without_an_answer(how):
    with (
        LangSmithStub(fault=lambda asked: how, hang_seconds=0.05) as stub,
        pytest.raises((OSError, urllib.error.URLError)),
    ):
        send(stub, "/runs", run_of(NOW))


def test_it_keeps_no_more_than_it_may():
    with LangSmithStub(strict=False, most=1) as stub:
        first = send(stub, "/runs", run_of(NOW))
        assert (first, send(stub, "/runs", run_of(NOW, id_="b"))) == (202, 507)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("/runs/batch", b"{", id="not JSON"),
        pytest.param("/runs/multipart", b"", id="no boundary"),
        pytest.param("/runs", b"{}", id="no id"),
    ],
)
def test_what_it_cannot_read_is_a_bad_request(path, body):
    stub = LangSmithStub()
    assert stub.answer("POST", path, {}, body)[0] == 400


def test_what_is_larger_than_a_server_takes_is_refused():
    with LangSmithStub() as stub:
        assert send(stub, "/runs", {"id": "a", "inputs": "x" * (20 * 1024 * 1024)}) == 413


def test_it_has_no_address_before_it_listens():
    with pytest.raises(RuntimeError, match="with"):
        _ = LangSmithStub().url
