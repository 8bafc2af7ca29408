import gzip
import json

import pytest
from holdfast.guards import AuditInputError
from holdfast.traces import Unread
from holdfast.traces.importing import import_file
from holdfast.traces.store import Store, Trace

from .runs import MODEL, OPENAI, TOOL, TRACE, langsmith_runs, lines, otlp, run, span

MODEL_SPAN = span("00000000000000a1", "chat", {"gen_ai.operation.name": "chat"})


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "traces.db") as opened:
        yield opened


def rows(store):
    """All that a store says of its traces."""
    return [
        (trace, store.spans(trace.id), store.events(trace.id))
        for trace in sorted(store.traces(), key=lambda trace: trace.id)
    ]


@pytest.mark.parametrize(
    ("values", "sources"),
    [
        pytest.param(langsmith_runs(), ["langsmith"], id="LangSmith's runs, a line each"),
        pytest.param([langsmith_runs()], ["langsmith"], id="LangSmith's runs, one list"),
        pytest.param([{"runs": langsmith_runs()}], ["langsmith"], id="under a key"),
        pytest.param([otlp(MODEL_SPAN)], ["otlp"], id="OTLP"),
        pytest.param([{"messages": OPENAI}], ["messages"], id="a run of messages"),
        pytest.param(OPENAI, ["messages"], id="a message a line"),
        pytest.param(
            [*langsmith_runs(), otlp(MODEL_SPAN), {"messages": OPENAI}],
            ["langsmith", "messages", "otlp"],
            id="all forms in one file",
        ),
    ],
)
def test_the_form_is_told_by_the_content(tmp_path, store, values, sources):
    import_file(lines(tmp_path / "some.txt", *values), store)
    assert sorted(trace.source for trace in store.traces()) == sources


@pytest.mark.parametrize("values", [langsmith_runs(), [otlp(MODEL_SPAN)], [{"messages": OPENAI}]])
def test_reading_a_file_again_changes_nothing(tmp_path, store, values):
    file = lines(tmp_path / "runs.jsonl", *values)
    first = import_file(file, store)
    before = rows(store)
    assert (import_file(file, store), rows(store)) == (first, before)


def test_a_file_may_be_packed(tmp_path, store):
    file = tmp_path / "runs"
    file.write_bytes(gzip.compress(json.dumps(langsmith_runs()).encode()))
    assert import_file(file, store).spans == 4


def test_a_store_may_be_named_by_its_file(tmp_path):
    import_file(lines(tmp_path / "runs.jsonl", *langsmith_runs()), tmp_path / "new.db")
    with Store(tmp_path / "new.db", read_only=True) as store:
        assert store.trace("last").id == TRACE


def test_the_runs_of_many_traces_may_come_in_any_order(tmp_path, store):
    other = "01a20336-0000-7000-8000-000000000001"
    inner = "01a20336-0000-7000-8000-000000000002"
    mixed = [run(inner, "llm", "m", other), *langsmith_runs(), run(other, "chain", "other")]
    import_file(lines(tmp_path / "runs.jsonl", *mixed), store)
    assert {trace.id: trace.spans for trace in store.traces()} == {TRACE: 4, other: 2}


def test_bad_lines_are_told_counted_and_skipped(tmp_path, store):
    file = lines(tmp_path / "runs.jsonl", *langsmith_runs())
    bad = [{**langsmith_runs()[0], "id": "x", "start_time": "soon"}, {"nothing": 1}]
    with file.open("a") as text:
        text.write("no json\n")
        text.writelines(json.dumps(one) + "\n" for one in bad)
    found = import_file(file, store)
    assert (found.traces, found.spans, found.unreadable) == (1, 4, 3)
    assert sorted(one.line for one in found.unread) == [5, 6, 7]


def test_of_many_bad_lines_the_first_are_named(tmp_path, store):
    file = lines(tmp_path / "runs.jsonl", *langsmith_runs(), *([{"nothing": 1}] * 30))
    found = import_file(file, store)
    assert (len(found.unread), found.unreadable) == (20, 30)


def test_why_a_line_is_bad_quotes_nothing_of_it(tmp_path, store):
    secret = {**langsmith_runs()[0], "extra": "sk-1234567890abcdefghij", "tags": 7}
    found = import_file(lines(tmp_path / "runs.jsonl", *langsmith_runs(), secret), store)
    assert found.unread == [Unread(5, "it has not the form it should have (TypeError)")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "no trace in it", id="empty"),
        pytest.param("no json", "no trace in it", id="no JSON"),
        pytest.param('{"a": 1}\n', "no trace in it", id="something else"),
        pytest.param(
            json.dumps({"messages": [{"role": "user", "content": [{"type": "tool_use"}]}]}),
            r"\(line 1: .*Anthropic's own form: convert it",
            id="why its first line could not",
        ),
    ],
)
def test_a_file_without_a_trace_is_refused(tmp_path, store, text, words):
    (tmp_path / "bad").write_text(text)
    with pytest.raises(AuditInputError, match=words):
        import_file(tmp_path / "bad", store)


def test_a_form_that_is_said_is_what_is_read(tmp_path, store):
    file = lines(tmp_path / "runs.jsonl", *langsmith_runs(), {"messages": OPENAI})
    found = import_file(file, store, form="langsmith")
    assert (found.traces, [one.line for one in found.unread]) == (1, [5])


def test_a_trace_that_was_recorded_here_is_left_as_it_is(tmp_path, store):
    file = lines(tmp_path / "runs.jsonl", *langsmith_runs())
    import_file(file, store)
    store.write(Trace(id=TRACE, name="mine", start=1))
    found = import_file(file, store)
    assert (found.traces, found.left) == (0, {"recorded here already": 1})
    assert store.trace(TRACE).name == "mine"


def test_traces_without_a_model_or_a_tool_are_left_out(tmp_path, store):
    file = lines(tmp_path / "spans.json", otlp(span("00000000000000a1", "GET /", {})))
    assert import_file(file, store).left == {"without a model, a tool or an agent": 1}


PLANTED = "sk-proj-abcdefghijklmnopqrstuv"


def test_secrets_do_not_reach_the_store(tmp_path, store):
    model, node, tool, root = langsmith_runs()
    root |= {"name": PLANTED, "error": f"ValueError('{PLANTED}')", "tags": [PLANTED]}
    node["extra"]["metadata"]["note"] = PLANTED
    tool["inputs"] = {"deep": [[[{"er": PLANTED, PLANTED: 1}]]]}
    model["inputs"] = {"messages": [{"role": "user", "content": PLANTED}]}
    talk = {"id": PLANTED, "messages": [{"role": "user", "content": PLANTED}, *OPENAI]}
    guarded = span(
        "00000000000000a1",
        PLANTED,
        {"gen_ai.operation.name": "chat", "gen_ai.input.messages": PLANTED},
        events=[("gen_ai.evaluation.result", {"gen_ai.evaluation.explanation": PLANTED})],
    )
    file = lines(tmp_path / "runs.jsonl", model, node, tool, root, talk, otlp(guarded))
    assert import_file(file, store).traces == 3
    store.close()
    assert PLANTED not in dump(tmp_path / "traces.db")
    assert PLANTED.encode() not in (tmp_path / "traces.db").read_bytes()


def dump(path):
    """All that a store holds, payloads loaded."""
    with Store(path, read_only=True) as store:
        spans = [span for trace in store.traces() for span in store.spans(trace.id)]
        refs = [ref for span in spans for ref in (span.inputs, span.outputs) if ref]
        return repr([rows(store), [store.load(ref) for ref in refs]])


def test_what_was_imported_reads_as_it_was_said(tmp_path, store):
    import_file(lines(tmp_path / "runs.jsonl", *langsmith_runs()), store)
    spans = {span.id: span for span in store.spans(TRACE)}
    (asked,) = store.decode(spans[MODEL].inputs)["messages"]
    calling = store.decode(spans[MODEL].outputs)["message"]
    assert (asked.content, calling.tool_calls[0]["args"]) == ("1+2?", {"a": 1, "b": 2})
    assert store.decode(spans[TOOL].inputs) == {"a": 1, "b": 2}
