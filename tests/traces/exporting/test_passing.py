"""What is exported of guards that passed."""

from holdfast.guards import redact
from holdfast.traces.exporting.runs import Mapped, Recorded, Target
from holdfast.traces.store import Event, Trace

from .recorded import NOW, id_of, span, verdict

TARGET = Target(project="p", redact=redact)


def passing(seq, **passed):
    return span("g", seq, "node", metadata={"holdfast_passed": passed})


def mapped(*spans, events=()):
    whole = Trace(id=id_of("g", 0), name="g", start=NOW)
    return Mapped(Recorded(trace=whole, spans=spans, events=events, load={}.__getitem__), TARGET)


def feedback_of(*spans, events=()):
    return [*mapped(*spans, events=events).feedback()]


def test_an_answer_that_passed_is_one_feedback_a_guard_however_often_it_was_judged():
    spans = [
        passing(1, grounding={"answers": 1, "score": 0.5}, loop={"calls": 9}),
        passing(2, grounding={"answers": 2, "score": 0.93}, claimed_action={"answers": 1}),
        passing(3, loop={"runs": 4}),
    ]
    found = feedback_of(span("g", 0, "graph", parent=None), *spans)
    assert [(one["key"], one["score"], one["value"], one["run_id"]) for one in found] == [
        ("guard.claimed_action", 1, "pass", id_of("g", 2)),
        ("guard.grounding", 1, "pass", id_of("g", 2)),
    ]
    assert found[1]["extra"]["measure"] == 0.93
    assert len({one["id"] for one in found}) == 2


def test_a_guard_that_objected_once_is_no_pass_of_the_trace():
    tripped = Event(
        trace=id_of("g", 0), seq=0, time=NOW, kind="verdict", name="grounding", span=id_of("g", 1),
        data=verdict("grounding"),
    )  # fmt: skip
    spans = [span("g", 0, "graph", parent=None), passing(1), passing(2, grounding={"answers": 1})]
    found = feedback_of(*spans, events=[tripped])
    assert [(one["key"], one["score"]) for one in found] == [("guard.grounding", 0)]


def test_what_passed_goes_along_as_metadata_and_as_no_run():
    runs = [*mapped(span("g", 0, "graph", parent=None), passing(1, loop={"calls": 2})).runs()]
    assert [run["name"] for run in runs] == ["graph0", "node1"]
    assert runs[1]["extra"]["metadata"]["holdfast_passed"] == {"loop": {"calls": 2}}
