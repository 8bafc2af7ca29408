"""What a trace says of a budget that many want something of at once."""

import pytest
from holdfast.guards import Budget
from holdfast.traces import record

from tests.nodes.branches import BRANCHES, by_hand, go, shared_out, spread
from tests.traces.recorder.reading import read

AWAITED = [pytest.param(False, id="sync"), pytest.param(True, id="async")]


def budget_events(path, sends, awaited):
    app, _ = spread(sends, Budget(tokens=9_000))
    with record(path):
        go(app, awaited)
    return [event for event in read(path)[2] if event.kind == "budget"]


@pytest.mark.parametrize("awaited", AWAITED)
def test_branches_say_what_those_beside_them_hold_and_not_each_time_they_do(path, awaited):
    events = budget_events(path, by_hand, awaited)
    assert {event.name for event in events} <= {"warning", "block", "wrap_up", "stop"}
    assert all(0 < event.data["held"] <= event.data["used"] for event in events)
    assert {event.data["limit"] for event in events} == {9_000}
    assert 0 < len(events) <= 3 * BRANCHES


def test_a_branch_with_an_allowance_says_its_own_numbers(path):
    events = budget_events(path, shared_out, awaited=False)
    assert events
    assert {event.data["held"] for event in events} == {0}
    assert max(event.data["limit"] for event in events) < 9_000
