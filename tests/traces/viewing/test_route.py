from collections import Counter

import pytest
from holdfast.traces import Store, record
from holdfast.traces.store import Event, Span, Trace
from holdfast.traces.viewing import StoredTrace
from holdfast.traces.viewing.route import END, NODES_SHOWN, START, route_of
from langgraph.types import Command

from ..recorder.agents import fan_out, flaky, nested
from .recorded import agent, ask, calls, record_ticket, says


def route(path, trace="last"):
    with Store(path, read_only=True) as store:
        return route_of(StoredTrace.of(store, trace))


def stops(found):
    return {stop.name: stop for stop in found.stops}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.db"


def test_an_agent_goes_round_between_its_nodes(path):
    looks = [calls("look", f"c{n}", what=str(n)) for n in range(3)]
    with record(path):
        ask(agent(*looks, says("done")), "go")
    found = route(path)
    assert found.ways == {
        (START, "agent"): 1,
        ("agent", "tools"): 3,
        ("tools", "agent"): 3,
        ("agent", END): 1,
    }
    nodes = stops(found)
    assert (nodes["agent"].visits, nodes["agent"].tokens) == (4, 56)
    assert nodes["tools"].calls == Counter(look=3)


def test_parallel_branches_are_one_stop_that_was_come_to_often(path):
    with record(path):
        fan_out(20).invoke({"n": 1})
    found = route(path)
    assert [(stop.name, stop.visits) for stop in found.stops] == [("square", 20)]
    assert found.ways == {(START, "square"): 1, ("square", END): 1}


def test_a_graph_of_one_node_is_not_drawn_inside_of_its_node(path):
    with record(path):
        nested().invoke({"n": 1})
    assert stops(route(path))["inside"].inside is None


def test_what_specialists_did_is_inside_of_them(path):
    record_ticket(path, 1)
    nodes = stops(route(path))
    inner = stops(nodes["orders"].inside)
    assert {"agent", "tools", "deliver"} <= set(inner)
    assert nodes["orders"].tokens == inner["agent"].tokens > 0
    assert (inner["tools"].trips, inner["tools"].severest) == (1, "block")


def test_a_way_that_broke_off_has_no_end_and_says_where(path):
    with record(path), pytest.raises(ConnectionError):
        flaky(9).invoke({"n": 1})
    (stop,) = route(path).stops
    assert (stop.visits, stop.retries, stop.failed) == (1, 4, 5)
    assert route(path).ways == {(START, "flaky"): 1}


def test_a_node_that_waits_for_a_person_is_marked_and_goes_on_in_the_next_run(path):
    app = agent(calls("may_i", "c1", what="go"), says("done"))
    with record(path):
        ask(app, "go")
        ask(app, Command(resume="yes"))
    with Store(path, read_only=True) as store:
        second, first = (route_of(StoredTrace.of(store, each)) for each in store.traces())
    assert (stops(first)["tools"].waits, ("tools", "agent") in first.ways) == (1, False)
    assert list(second.ways) == [(START, "tools"), ("tools", "agent"), ("agent", END)]


def span(seq, name, parent="root", **more):
    given = {"kind": "node", "status": "ok", "start": seq, "step": seq, **more}
    return Span(id=f"s{seq}", trace="t", seq=seq, name=name, parent=parent, **given)


def written(path, *items):
    with Store(path) as store:
        root = Span(id="root", trace="t", seq=0, name="g", kind="graph", start=0, status="ok")
        store.write(Trace(id="t", name="g", start=1, status="ok"), root, *items)
    return route(path)


def test_a_run_without_nodes_went_no_way(path):
    assert written(path, span(1, "m", kind="model")) is None


def test_spans_that_lie_in_a_circle_are_read_all_the_same(path):
    found = written(
        path, span(1, "m", "s2", kind="model", model="m"), span(2, "c", "s1", kind="chain"),
        span(3, "node"),
    )  # fmt: skip
    assert [stop.name for stop in found.stops] == ["node"]


def test_a_trip_counts_at_the_innermost_node(path):
    trip = {"outcome": "trip", "action": "wrap_up"}
    event = Event(trace="t", seq=0, time=1, kind="verdict", name="loop", span="s4", data=trip)
    found = written(
        path, span(1, "team"), span(2, "agent", "s1"), span(3, "tools", "s1"),
        span(4, "tool", "s3", kind="tool"), event,
        Event(trace="t", seq=1, time=2, kind="verdict", name="loop", span="s4",
              data={"outcome": "skip", "action": "none"}),
    )  # fmt: skip
    inner = stops(stops(found)["team"].inside)
    assert (stops(found)["team"].trips, inner["agent"].trips) == (0, 0)
    assert (inner["tools"].trips, inner["tools"].severest) == (1, "wrap_up")


def test_the_span_to_look_at_is_the_first_that_failed(path):
    steps = [span(n, "node", status=status) for n, status in enumerate(("ok", "error", "error"), 1)]
    assert written(path, *steps).stops[0].shown == "s2"


def beside(*names, **more):
    """A way from one node to some at once, and on to one."""
    inner = [span(n, name, step=2, **more) for n, name in enumerate(names, 2)]
    return [span(1, "split", step=1), *inner, span(99, "merge", step=3)]


def test_many_nodes_between_the_same_others_are_one_stop(path):
    found = written(path, *beside(*(f"source {n}" for n in range(20))))
    split, many, merge = found.stops
    assert (many.name, many.visits, len(many.alike)) == ("20 nodes", 20, 20)
    assert found.ways["split", "20 nodes"] == found.ways["20 nodes", "merge"] == 20
    assert (split.name, merge.name) == ("split", "merge")


def test_some_nodes_between_the_same_others_stay_apart(path):
    found = written(path, *beside(*(f"source {n}" for n in range(6))))
    assert len(found.stops) == 8


def test_a_stop_for_many_leads_to_the_one_that_failed(path):
    items = beside(*(f"source {n}" for n in range(9)))
    items[5] = span(6, "source 4", step=2, status="error")
    many = written(path, *items).stops[1]
    assert (many.failed, many.shown) == (1, "s6")


def test_a_way_of_very_many_nodes_is_cut_and_says_so(path):
    found = written(path, *(span(n, f"node {n}") for n in range(1, NODES_SHOWN + 8)))
    assert (len(found.stops), found.left_out) == (NODES_SHOWN, 7)
