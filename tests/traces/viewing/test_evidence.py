import pytest
from holdfast.traces import Store
from holdfast.traces.store import CallKey, Event, RecordedCall, Span, Trace
from holdfast.traces.viewing import StoredTrace
from holdfast.traces.viewing.evidence import Evidence, on_calls

STEPS = [{"n": 1, "call_id": ""}, {"n": 2, "call_id": "a"}, {"n": 3, "call_id": "b"}]


def span(id_, parent, kind, start, **more):
    return Span(
        id=id_, trace="t", seq=start, kind=kind, name=id_, start=start, parent=parent, **more
    )


@pytest.fixture
def stored(tmp_path):
    """A graph with a ledger, in it one without, and calls of tools of which one id came twice."""
    with Store(tmp_path / "traces.db") as store:
        spans = [
            span("t", None, "graph", 0, outputs=store.put({"ledger": {"recent": STEPS}})),
            span("one", "t", "tool", 1, call_id="a"),
            span("two", "t", "tool", 2, call_id="b"),
            span("inner", "t", "graph", 3, outputs=store.put({"messages": []})),
            span("late", "t", "tool", 9, call_id="a"),
        ]
        ref = store.put({})
        calls = [
            RecordedCall(
                trace="t", n=n, key=CallKey("", "", "look", str(n)), kind="tool", method="_run",
                request=ref, outcome=ref, span=one.id,
            )
            for n, one in enumerate(one for one in spans if one.kind == "tool")
        ]  # fmt: skip
        store.write(Trace(id="t", name="t", start=0), *spans, *calls)
        yield StoredTrace.of(store, "t")


@pytest.mark.parametrize(
    ("steps", "where", "time", "said"),
    [
        pytest.param([2, 3], "t", 5, "  on #0, #1", id="calls that ran before"),
        pytest.param([2], "t", 9, "  on #2", id="an id that came again"),
        pytest.param([3], "inner", 5, "  on #1", id="from a graph without a ledger"),
        pytest.param([1], "t", 5, "", id="a step that is no call of a tool"),
        pytest.param([77, "x", None, []], "t", 5, "", id="a step that the ledger has not"),
        pytest.param([2], None, 5, "", id="from nowhere"),
        pytest.param("2", "t", 5, "", id="no list"),
        pytest.param([], "t", 5, "", id="no steps"),
    ],
)
def test_a_verdict_names_the_calls_it_rests_on(stored, steps, where, time, said):
    data = {"guard": "loop", "outcome": "trip", "steps": steps}
    event = Event(trace="t", seq=0, time=time, kind="verdict", name="loop", span=where, data=data)
    assert on_calls(Evidence(stored).with_calls(event).data) == said


def test_many_calls_are_counted():
    assert on_calls({"evidence": [*range(15)]}).endswith("#11 and 3 more")
