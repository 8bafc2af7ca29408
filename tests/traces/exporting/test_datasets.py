import json

import pytest
from holdfast.cli import app
from holdfast.drills.langsmith_stub import LangSmithStub
from holdfast.guards import Budget, LoopGuard
from holdfast.traces import evaluators_from
from holdfast.traces.exporting import LangSmith, examples_from, upload_examples
from holdfast.traces.store import Redaction, Span, Store, Trace
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langsmith import Client, evaluate
from langsmith.schemas import Example
from typer.testing import CliRunner

from .recorded import NOW, id_of, verdict, write_trace
from .test_langsmith import SECRET, plant


@pytest.fixture
def path(tmp_path):
    with Store(tmp_path / "t.db") as store:
        write_trace(store, "a")
        write_trace(store, "b", status="error", error="E: no", verdicts=[verdict(), verdict()])
        write_trace(store, "c", ending="loop_stopped")
    return tmp_path / "t.db"


def examples(path, *names):
    with Store(path) as store:
        return [*examples_from(store, [store.trace(id_of(name, 0)) for name in names])]


def test_a_run_that_went_well_is_an_example_with_its_output_as_reference(path):
    (made,) = examples(path, "a")
    assert (made["inputs"], made["outputs"]) == ({"question": "a"}, {"answer": "a"})
    assert made["split"] == "passed"
    assert made["metadata"] == {
        "trace": id_of("a", 0), "graph": "a", "thread": "t1", "status": "ok",
    }  # fmt: skip


def test_what_a_failed_run_gave_is_no_reference(path):
    failed, stopped = examples(path, "b", "c")
    assert (failed["inputs"], failed["outputs"]) == ({"question": "b"}, None)
    assert (failed["metadata"]["error"], failed["metadata"]["trips"]) == ("E: no", {"loop": 2})
    assert (stopped["outputs"], stopped["split"]) == (None, "failed")


def test_the_same_run_makes_the_same_example(path):
    assert examples(path, "a") == examples(path, "a")


def test_no_planted_secret_gets_into_a_dataset(tmp_path):
    with Store(tmp_path / "t.db", redaction=Redaction(secrets=False)) as store:
        plant(store)
        assert SECRET not in json.dumps([*examples_from(store, store.traces())])


def test_a_run_whose_payloads_are_gone_is_still_an_example(tmp_path):
    with Store(tmp_path / "t.db") as store:
        root = {"id": id_of("x", 0), "name": "x", "start": NOW, "status": "ok"}
        store.write(
            Trace(**root), Span(**root, trace=root["id"], seq=0, kind="graph", inputs="ab" * 16)
        )
        store.write(Trace(id="rootless", name="y", start=NOW))
        made = [*examples_from(store, store.traces())]
    assert [each["inputs"] for each in made] == [{}, {}]


def run(*words):
    return CliRunner().invoke(app, ["trace", "to-dataset", *map(str, words)])


def test_the_command_writes_lines_that_evaluate_takes(path, tmp_path):
    done = run(path, id_of("a", 0)[:8], "--out", tmp_path / "d.jsonl")
    assert (done.exit_code, "1 example is" in done.stdout) == (0, True), done.output
    (line,) = (tmp_path / "d.jsonl").read_text().splitlines()
    given = Example(**json.loads(line))
    assert given.outputs == {"answer": "a"}
    assert len(run(path).stdout.splitlines()) == 3


def test_the_command_puts_them_into_langsmith_once(path, monkeypatch):
    monkeypatch.setenv("LANGSMITH_API_KEY", "k")
    with LangSmithStub() as stub:
        for _ in range(2):
            done = run(path, "--upload", "mine", "--endpoint", stub.url)
            assert done.exit_code == 0, done.output
        assert [*stub.datasets.by_name] == ["mine"]
        assert len(stub.datasets.examples) == 3
        assert {each["inputs"]["question"] for each in stub.datasets.examples.values()} == {*"abc"}


def test_examples_can_be_uploaded_with_any_client(path):
    with LangSmithStub() as stub:
        client = LangSmith(url=stub.url, api_key="k").client()
        assert upload_examples(client, "mine", examples(path, "a")) == 1
        client.session.close()


def test_the_command_says_what_is_wrong(path, tmp_path):
    assert "there is no store" in run(tmp_path / "no.db").stderr
    assert "has no trace" in run(path, "zzz").stderr
    with LangSmithStub(fault=lambda asked: "reset") as stub:
        done = CliRunner().invoke(
            app,
            ["trace", "to-dataset", str(path), "--upload", "d", "--endpoint", stub.url],
            env={"LANGSMITH_API_KEY": "k"},
        )
    assert (done.exit_code, "took no examples" in done.stderr) == (2, True)


def looping(inputs):
    """Answer after so many equal calls."""
    messages = [HumanMessage("find it")]
    for n in range(inputs["calls"]):
        call = {"name": "search", "args": {"q": "x"}, "id": f"c{n}"}
        messages += [AIMessage("", tool_calls=[call]), ToolMessage("none", tool_call_id=f"c{n}")]
    return {"messages": [*messages, AIMessage("done")]}


@pytest.mark.filterwarnings("ignore:'upload_results'")
def test_guards_evaluate_a_target_offline_with_the_real_client():
    data = [
        Example(id=id_of(n), inputs={"calls": n}, dataset_id=id_of("d"), created_at="2026-01-01")
        for n in (1, 6)
    ]
    client = Client(
        api_url="http://127.0.0.1:9", api_key="k", auto_batch_tracing=False, info={"version": "0"}
    )
    found = evaluate(
        looping,
        data=data,
        evaluators=evaluators_from([LoopGuard(), Budget(tokens=10)]),
        client=client,
        upload_results=False,
    )
    scores = {
        (row["example"].inputs["calls"], each.key): each.score
        for row in found
        for each in row["evaluation_results"]["results"]
    }
    client.session.close()
    assert scores[1, "guard.loop"] == 1
    assert scores[6, "guard.loop"] == 0
    assert (1, "guard.budget") in scores


@pytest.mark.parametrize(
    ("outputs", "score", "comment"),
    [
        pytest.param({"messages": looping({"calls": 1})["messages"]}, 1, "all well", id="fine"),
        pytest.param({"answer": "x"}, None, "no list `messages`", id="no messages"),
        pytest.param(None, None, "no list `messages`", id="nothing"),
        pytest.param({"messages": [object()]}, None, "message", id="no message"),
    ],
)
def test_what_cannot_be_judged_has_no_score(outputs, score, comment):
    (loop,) = evaluators_from([LoopGuard()])

    class Run:
        pass

    Run.outputs = outputs
    found = loop(Run(), None)
    assert found["score"] == score
    assert comment in found.get("comment", "all well")
