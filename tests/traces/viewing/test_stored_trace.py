from dataclasses import replace

import pytest
from holdfast.traces import Store, record
from holdfast.traces.store import Event, NoSuchTraceError, Span, Trace
from holdfast.traces.viewing import StoredTrace, listed, seen_spans, trace_json
from holdfast.traces.viewing.stored_trace import LOST

from .recorded import agent, ask, calls, record_ticket, says


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "traces.db") as opened:
        yield opened


def span(id_, parent=None, **more):
    return Span(**{"id": id_, "trace": "t", "seq": 0, "kind": "chain", "start": 1, "parent": parent,
                   "name": id_, **more})  # fmt: skip


def outline(stored):
    return [(one.name, depth) for one, depth in stored.walk()]


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        pytest.param([span("a"), span("b", "a")], [("a", 0), ("b", 1)], id="a child"),
        pytest.param(
            [span("a"), span("h", "a", hidden=True), span("b", "h")],
            [("a", 0), ("b", 1)],
            id="what is hidden is skipped, not what is under it",
        ),
        pytest.param(
            [span("a", kind="node"), span("w", "a", name="a"), span("b", "w")],
            [("a", 0), ("b", 1)],
            id="a node's own runnable is the node",
        ),
        pytest.param([span("b", "lost")], [("b", 0)], id="without its parent"),
        pytest.param(
            [span("a", "b", hidden=True), span("b", "a", hidden=True), span("c", "a")],
            [("c", 0)],
            id="hidden ones above each other",
        ),
    ],
)
def test_spans_are_seen_in_their_place(store, spans, found):
    store.write(Trace(id="t", name="t", start=1), *(replace(s, seq=n) for n, s in enumerate(spans)))
    assert outline(StoredTrace.of(store, "t")) == found


def test_what_happened_in_a_hidden_span_is_told_where_it_is_seen(store):
    event = Event(trace="t", seq=0, time=1, kind="custom", name="e", span="h")
    spans = [span("a"), span("h", "a", hidden=True, seq=1)]
    store.write(Trace(id="t", name="t", start=1), *spans, event)
    assert [one.name for one in StoredTrace.of(store, "t").happened["a"]] == ["e"]


def test_a_payload_that_was_lost_is_said_to_be(store):
    store.write(Trace(id="t", name="t", start=1), span("a", inputs="00" * 16))
    stored = StoredTrace.of(store, "t")
    assert stored.payload(stored.spans[0].inputs) == LOST


def test_an_unknown_trace_is_refused(store):
    with pytest.raises(NoSuchTraceError):
        StoredTrace.of(store, "nothing")


def test_a_model_says_how_much_it_was_given_and_used(tmp_path):
    with record(tmp_path / "r.db"):
        ask(agent(calls("look", "c1", what="7"), says("blue")), "what is 7?")
    with Store(tmp_path / "r.db") as store:
        models = [
            one for one in seen_spans(StoredTrace.of(store, "last")) if one.span.kind == "model"
        ]
    assert [(one.messages, one.characters) for one in models] == [(1, 10), (3, 19)]
    assert {one.span.usage.tokens_in for one in models} == {10}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    path = tmp_path_factory.mktemp("desk") / "traces.db"
    record_ticket(path, 1, "plain")
    record_ticket(path, 1)
    return path


def test_verdicts_stand_where_they_were_given(desk):
    with Store(desk) as store:
        seen = list(seen_spans(StoredTrace.of(store, "last")))
    (judged,) = [one for one in seen if one.verdicts]
    assert judged.data()["verdicts"][0]["kind"] == "unknown_tool"


def test_a_trace_as_data_holds_payloads_when_they_are_asked_for(desk):
    with Store(desk) as store:
        stored = StoredTrace.of(store, "last")
        short, full = trace_json(stored), trace_json(stored, full=True)
    assert short["ending"] == full["ending"] == "completed"
    assert "inputs" not in short["spans"][0]
    (asked,) = full["spans"][0]["inputs"]["messages"]
    assert "example.com" in str(asked)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({}, 2),
        ({"limit": 1}, 1),
        ({"ending": "completed"}, 1),
        ({"ending": "completed", "limit": 1}, 1),
        ({"ending": "loop_stopped"}, 0),
        ({"status": "error"}, 0),
        ({"thread": "unknown-tool"}, 1),
        ({"since": 2**62}, 0),
    ],
)
def test_traces_are_listed_by_what_they_are(desk, wanted, count):
    with Store(desk) as store:
        assert len(list(listed(store, **wanted))) == count


def test_a_list_says_how_severe_it_was(desk):
    with Store(desk) as store:
        guarded, plain = listed(store)
    assert (guarded.severest, guarded.trips, plain.severest, plain.trips) == ("block", 1, "none", 0)
