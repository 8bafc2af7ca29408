"""What a trace says of a budget that many want something of at once."""

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import Budget
from holdfast.nodes import Specialist
from holdfast.traces import Store, record
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from tests.nodes.branches import BRANCHES, FREE, by_hand, go, greedy, look, shared_out, spread
from tests.traces.recorder.agents import thread
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


def test_what_a_specialist_did_before_a_question_is_told_once_with_its_grant(path):
    helper = Specialist("helper", ScriptedModel(greedy), tools=[look])
    lead = ScriptedModel([tool_call("handoff", to="helper", task="Look."), "That is all."])
    app = supervised_graph(
        AgentState, supervisor=lead, specialists=[helper], guards=[FREE, Budget(model_calls=6)],
        policy={"budget": "escalate"},
    ).compile(InMemorySaver())  # fmt: skip
    grant = Command(resume={"decision": "continue", "grant": {"model_calls": 0.5}})
    answer = Command(resume={"decision": "answer", "message": "Nothing."})
    for given in ({"messages": [("user", "Go.")]}, grant, answer):
        with record(path):  # each as another process would
            out = app.invoke(given, thread())
    with Store(path, read_only=True) as store:
        events = [each for trace in store.traces() for each in store.events(trace.id)]
        spans = {span.id: span for trace in store.traces() for span in store.spans(trace.id)}
    (granted,) = [event for event in events if event.name == "grant"]
    assert granted.data["model_calls"] == 0.5
    assert (granted.data["use"]["used"], granted.data["use"]["limit"]) == (5, 6)
    assert spans[granted.span].namespace == "helper|human"
    told = sorted(event.name for event in events if event.kind == "step")
    assert told == sorted(step["name"] for step in out["ledger"]["recent"])
    given_at = [verdict["guard"] for verdict in out["verdicts"]]
    assert [event.name for event in events if event.kind == "verdict"] == given_at
