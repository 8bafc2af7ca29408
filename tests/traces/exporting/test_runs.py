from dataclasses import replace

import pytest
from holdfast.drills.langsmith_wire import fault_of_run, moment
from holdfast.guards import redact
from holdfast.traces.exporting.runs import Mapped, Recorded, Target
from holdfast.traces.exporting.shifts import Shift
from holdfast.traces.exporting.visible import visible_spans
from holdfast.traces.store import Event, Span, Store, Trace
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage

from .recorded import MILLI, NOW, SECOND, id_of, span, verdict, write_trace

TARGET = Target(project="p", redact=redact)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "t.db") as store:
        yield store


def recorded(store, trace):
    return Recorded(
        trace=store.trace(trace),
        spans=store.spans(trace),
        events=store.events(trace),
        load=store.load,
    )


def made_of(*spans, trace="g", events=(), target=TARGET, shift=None, **more):
    whole = Trace(id=id_of(trace, 0), name=trace, start=NOW, **more)
    given = Recorded(trace=whole, spans=spans, events=events, load={}.__getitem__)
    return [*Mapped(given, target, shift).runs()]


def test_every_run_says_what_the_user_said_of_the_whole_and_its_own_goes_before(store):
    given = {"customer": "ann", "tier": "free", "versions": {"python": "3"}}
    below = span("g", 1, "model", metadata={"tier": "paid"})
    root, model = made_of(span("g", 0, "graph", None), below, metadata=given)
    assert root["extra"]["metadata"]["versions"] == {"python": "3"}
    told = model["extra"]["metadata"]
    assert (told["customer"], told["tier"], "versions" in told) == ("ann", "paid", False)


def tree_of(runs):
    names = {run["id"]: run["name"] for run in runs}
    return {run["name"]: names.get(run["parent_run_id"]) for run in runs}


def test_runs_have_the_shape_of_those_that_langchain_sends(store):
    trace = write_trace(store, "g", verdicts=[verdict()])
    runs = [*Mapped(recorded(store, trace), TARGET).runs()]
    assert [(run["run_type"], run["name"]) for run in runs] == [
        ("chain", "g"), ("chain", "agent"), ("chain", "guard.loop"), ("llm", "gpt"),
        ("tool", "search"),
    ]  # fmt: skip
    model = runs[3]
    assert model["inputs"]["messages"][0][0]["kwargs"]["content"] == "what of g?"
    assert model["outputs"]["generations"][0][0]["text"] == "g!"
    assert model["outputs"]["generations"][0][0]["message"]["id"][-1] == "AIMessage"
    assert model["extra"]["invocation_params"] == {"temperature": 0.5}
    told = model["extra"]["metadata"]
    assert (told["ls_provider"], told["ls_model_name"]) == ("openai", "gpt-9")
    assert told["usage_metadata"] == {
        "input_tokens": 7,
        "output_tokens": 3,
        "total_tokens": 10,
        "input_token_details": {"cache_read": 2},
        "total_cost": 0.01,
    }
    assert {run["extra"]["metadata"]["thread_id"] for run in runs} == {"t1"}


def test_a_verdict_is_a_child_run_and_feedback_on_the_run_that_it_judged(store):
    trace = write_trace(store, "g", verdicts=[verdict(), verdict("budget", "pass", "none", "")])
    mapped = Mapped(recorded(store, trace), TARGET)
    runs = {run["name"]: run for run in mapped.runs()}
    loop, budget = mapped.feedback()
    guard = runs["guard.loop"]
    assert guard["tags"] == ["guardrail", "trip"]
    assert guard["parent_run_id"] == runs["agent"]["id"] == loop["run_id"]
    assert guard["outputs"]["reason"] == "the same call again"
    assert (loop["key"], loop["score"], loop["value"]) == ("guard.loop", 0, "block")
    assert (budget["score"], budget["value"], budget["comment"]) == (1, "pass", None)
    assert loop["extra"]["measure"] == 0.1235
    assert loop["feedback_source"]["metadata"]["__run"] == {"run_id": guard["id"]}


def test_a_guard_that_could_not_judge_gives_no_score(store):
    trace = write_trace(store, "g", verdicts=[verdict(outcome="skip", action="none")])
    (feedback,) = Mapped(recorded(store, trace), TARGET).feedback()
    assert (feedback["score"], feedback["value"]) == (None, "skip")


def test_hidden_spans_are_left_out_and_their_children_hang_from_what_is_above_them():
    event = Event(trace="g", seq=0, time=NOW, kind="retry", name="again", span=id_of("g", 2))
    runs = made_of(
        span("g", 0, "graph", None),
        span("g", 1, "node"),
        span("g", 2, hidden=True, parent=1),
        span("g", 3, hidden=True, parent=2),
        span("g", 4, "tool", parent=3),
        events=[event],
    )
    assert tree_of(runs) == {"graph0": None, "node1": "graph0", "tool4": "node1"}
    assert [each["name"] for each in runs[1]["events"]] == ["again"]


@pytest.mark.parametrize(
    ("spans", "tree"),
    [
        pytest.param([span("g", 1, parent=9)], {"g": None, "chain1": "g"}, id="no root, no parent"),
        pytest.param(
            [span("g", 1, parent=2), span("g", 2, parent=1)],
            {"g": None, "chain2": "g", "chain1": "chain2"},
            id="two above each other",
        ),
        pytest.param([span("g", 1, parent=1)], {"g": None, "chain1": "g"}, id="above itself"),
        pytest.param(
            [span("g", 1, parent=2), span("g", 2), span("g", 0, "graph", None)],
            {"graph0": None, "chain2": "graph0", "chain1": "chain2"},
            id="a child that was written before its parent",
        ),
    ],
)
def test_what_a_torn_file_leaves_still_makes_a_tree(spans, tree):
    assert tree_of(made_of(*spans)) == tree


def test_a_child_never_starts_before_its_parent_nor_ends_before_it_starts():
    root = span("g", 0, "graph", None, start=NOW + SECOND)
    early = span("g", 1, start=NOW, end=NOW - SECOND)
    runs = made_of(root, early)
    assert runs[1]["start_time"] == runs[1]["end_time"] == runs[0]["start_time"]


@pytest.mark.parametrize(
    ("more", "error"),
    [
        pytest.param({"status": "ok"}, None, id="fine"),
        pytest.param({"status": "interrupt", "error": "asks"}, None, id="it waits for a person"),
        pytest.param(
            {"status": "error", "error_type": "ValueError", "error": "password=hunter22"},
            "ValueError: password=[redacted]",
            id="it failed",
        ),
        pytest.param(
            {"status": "running", "end": None},
            "It never ended: its process was stopped.",
            id="its process was killed",
        ),
        pytest.param({"status": "cancelled"}, "It was cancelled.", id="it was cancelled"),
    ],
)
def test_how_a_span_ended_is_said_in_its_error(more, error):
    assert made_of(span("g", 0, "graph", None, **more))[0]["error"] == error


def test_what_never_ended_ends_when_it_was_last_heard_of():
    runs = made_of(span("g", 0, "graph", None, status="running", end=None), span("g", 5))
    assert moment(runs[0]["end_time"]) == moment(runs[1]["end_time"])


def test_the_first_token_and_other_events_are_the_runs_events():
    runs = made_of(
        span("g", 0, "graph", None, end=NOW + SECOND, first_token=NOW + 2 * MILLI),
        events=[
            Event(trace="g", seq=0, time=NOW + 9 * SECOND, kind="repair", name="r", data={"a": 1}),
            Event(trace="g", seq=1, time=NOW, kind="chunk", name="c"),
        ],
    )
    token, repair = runs[0]["events"]
    assert token["name"] == "new_token"
    assert repair["kwargs"] == {"kind": "repair", "a": 1}
    assert moment(repair["time"]) == moment(runs[0]["end_time"])


def test_shifted_runs_keep_their_distances_and_say_so():
    shift = Shift(by=3_600 * SECOND)
    before, after = (
        made_of(span("g", 0, "graph", None), span("g", 7), shift=s) for s in (None, shift)
    )
    told = after[1]["extra"]["metadata"]
    assert told["time_shift_s"] == 3_600
    assert told["original_start_time"] == before[1]["start_time"]
    moved = moment(after[1]["start_time"]) - moment(before[1]["start_time"])
    assert moved.total_seconds() == 3_600
    assert (after[1]["id"], after[1]["parent_run_id"]) == (
        before[1]["id"],
        before[1]["parent_run_id"],
    )


def test_ids_are_those_that_langchain_gave_unless_they_are_to_be_apart():
    spans = [span("g", 0, "graph", None), span("g", 1)]
    same = made_of(*spans)
    apart = made_of(*spans, target=replace(TARGET, apart=True))
    assert [run["id"] for run in same] == [id_of("g", 0), id_of("g", 1)]
    assert not {run["id"] for run in same} & {run["id"] for run in apart}
    assert apart[1]["trace_id"] == apart[1]["parent_run_id"] == apart[0]["id"]
    assert apart == made_of(*spans, target=replace(TARGET, apart=True))


def test_an_id_that_is_no_uuid_becomes_one():
    runs = made_of(replace(span("g", 0, "graph", None), id="odd"), span("g", 1))
    assert [len(run["id"]) for run in runs] == [36] * 3


def test_documents_and_odd_payloads_are_shown_as_they_can_be(store):
    refs = {
        "documents": store.put([Document("text")]),
        "text": store.put("just text"),
        "strange": store.put({1: ("a", {2, 3}), "bytes": b"\xff", "none": object()}),
        "reply": store.put(AIMessage([{"type": "text", "text": "hel"}, "lo"])),
        "asked": store.put([[HumanMessage("hi")]]),
    }
    spans = [
        span("g", 0, "graph", None, inputs=refs["text"], outputs=refs["strange"]),
        span("g", 1, "retriever", outputs=refs["documents"]),
        span("g", 2, "model", inputs=refs["asked"], outputs=refs["reply"]),
    ]
    trace = Trace(id=id_of("g", 0), name="g", start=NOW)
    given = Recorded(trace=trace, spans=spans, events=[], load=store.load)
    root, retriever, model = Mapped(given, TARGET).runs()
    assert root["inputs"] == {"input": "just text"}
    assert root["outputs"] == {"1": ["a", [2, 3]], "bytes": "<4 base64>", "none": "<object>"}
    assert retriever["outputs"]["documents"][0]["page_content"] == "text"
    assert model["inputs"]["messages"][0][0]["kwargs"]["content"] == "hi"
    assert model["outputs"]["generations"][0][0]["text"] == "hello"


def test_what_is_too_deep_to_be_looked_at_does_not_leave(store):
    deep: list = ["sk-" + "a" * 20]
    for _ in range(3_000):
        deep = [deep]
    given = Recorded(
        trace=Trace(id=id_of("g", 0), name="g", start=NOW),
        spans=[span("g", 0, "graph", None, inputs="ref")],
        events=[],
        load=lambda ref: {"x": deep},
    )
    (run,) = Mapped(given, TARGET).runs()
    assert run["inputs"] == {"input": "[redacted: too deep to be looked at]"}


@st.composite
def odd_traces(draw):
    """Draw the spans of a trace: any parents, any times, any of them hidden."""
    count = draw(st.integers(1, 12))
    numbers = st.integers(0, count)
    times = st.integers(0, 20).map(lambda n: NOW + n * MILLI)
    return [
        Span(
            id=id_of("g", seq),
            trace=id_of("g", 0),
            seq=seq,
            kind=draw(st.sampled_from(["graph", "node", "model", "tool", "parser", "guard"])),
            name="n",
            parent=draw(st.none() | numbers.map(lambda n: id_of("g", n))),
            start=draw(times),
            end=draw(st.none() | times),
            hidden=draw(st.booleans()),
        )
        for seq in draw(st.permutations(range(count)))
    ]


@given(spans=odd_traces(), by=st.integers(-(10**15), 10**15))
def test_whatever_was_recorded_a_strict_server_takes_it(spans, by):
    runs = made_of(*spans, shift=Shift(by=by))
    assert [fault_of_run(run, moment(run["start_time"])) for run in runs] == [None] * len(runs)
    assert len(runs) == len({run["id"] for run in runs})
    assert {run["id"] for run in runs} >= {each.id for each in spans if not each.hidden}


@given(spans=odd_traces())
def test_parents_come_before_their_children(spans):
    seen = set()
    trace = Trace(id=id_of("g", 0), name="g", start=NOW)
    for each in visible_spans(trace, spans):
        assert each.parent is None or each.parent.span.id in seen
        seen.add(each.span.id)
