import json
from itertools import pairwise

import pytest
from holdfast.drills.desk import (
    TICKETS,
    Database,
    Meter,
    desk_model,
    desk_tools,
    guarded_graph,
    run_ticket,
)
from langchain_core.messages import HumanMessage

BY_KEY = {ticket.key: ticket for ticket in TICKETS}
HARNESSES = ("plain", "holdfast")


def run(key, harness, **options):
    return run_ticket(BY_KEY[key], harness, desk_model(), **options)


def calls_of(report):
    return [(event.name, event.text) for event in report.events if event.kind == "asks"]


def answers_of(report):
    return [event.text for event in report.events if event.kind == "says"]


def is_broken(text):
    try:
        json.loads(text)
    except ValueError:
        return text.startswith(("{", "```"))
    return False


def longest_row(calls):
    best = row = 1
    for before, after in pairwise(calls):
        row = row + 1 if before == after else 1
        best = max(best, row)
    return best


MISBEHAVIOUR = {
    "unknown-tool": lambda r: "track_package" in r.calls,
    "bad-json": lambda r: any(text.startswith("```") for text in answers_of(r)),
    "invented-parameter": lambda r: any("partial_amount" in args for _, args in calls_of(r)),
    "cut-off-answer": lambda r: any(
        is_broken(text) and not text.endswith("}") for text in answers_of(r)
    ),
    "invented-id": lambda r: sum("PX-100" in args for _, args in calls_of(r)) >= 2,
    "same-call": lambda r: longest_row(calls_of(r)) >= 2,
    "ping-pong": lambda r: r.calls.count("handoff") >= 3,
    "dead-service": lambda r: longest_row(calls_of(r)) >= 2,
}


@pytest.mark.parametrize("harness", HARNESSES)
@pytest.mark.parametrize("key", list(BY_KEY))
def test_the_model_misbehaves_whoever_runs_it(key, harness):
    assert MISBEHAVIOUR[key](run(key, harness))


@pytest.mark.parametrize("key", list(BY_KEY))
def test_on_holdfast_every_customer_is_served(key):
    report = run(key, "holdfast")
    assert (report.ending, report.fault) == ("completed", "")
    assert report.answer


@pytest.mark.parametrize(
    ("key", "ending", "fault"),
    [
        ("unknown-tool", "answered", ""),
        ("bad-json", "answered", ""),
        ("invented-parameter", "answered", "249.00 EUR refunded, not 24.90"),
        ("cut-off-answer", "answered", "told 11.00 EUR, it was 118.50"),
        ("invented-id", "GraphRecursionError", "no answer"),
        ("same-call", "GraphRecursionError", "no answer"),
        ("ping-pong", "GraphRecursionError", "no answer"),
        ("dead-service", "GraphRecursionError", "no answer"),
    ],
)
def test_on_plain_langgraph_what_its_error_messages_cannot_cure_stays(key, ending, fault):
    report = run(key, "plain")
    assert (report.ending, report.fault) == (ending, fault)


@pytest.mark.parametrize(
    ("key", "guard", "action"),
    [
        ("unknown-tool", "tool_call", "block"),
        ("invented-parameter", "tool_call", "block"),
        ("invented-id", "tool_call", "nudge"),
        ("same-call", "loop", "nudge"),
        ("ping-pong", "loop", "nudge"),
        ("dead-service", "loop", "escalate"),
    ],
)
def test_the_guard_that_is_meant_for_a_failure_notices_it(key, guard, action):
    assert (guard, action) in [(trip.guard, trip.action) for trip in run(key, "holdfast").trips]


def test_a_broken_answer_is_repaired_without_a_trip_and_without_a_call():
    guarded, plain = run("bad-json", "holdfast"), run("bad-json", "plain")
    assert guarded.trips == ()
    assert guarded.model_calls < plain.model_calls


@pytest.mark.parametrize("harness", HARNESSES)
@pytest.mark.parametrize("key", ["unknown-tool", "dead-service"])
def test_a_ticket_runs_the_same_way_every_time(key, harness):
    one, other = run(key, harness), run(key, harness)
    assert one.events == other.events
    assert (one.tokens, one.trips) == (other.tokens, other.trips)


def test_a_dead_service_makes_the_desk_ask_a_person_and_follow_the_answer():
    report = run("dead-service", "holdfast")
    assert [("refund" in asked.question, asked.answer) for asked in report.asked] == [
        (True, "PayPal is down until 18:00. Stop trying; use queue_refund, it is paid tomorrow.")
    ]
    assert report.calls[-1] == "queue_refund"


def test_a_person_may_end_the_run():
    report = run(
        "dead-service", "holdfast", person=lambda question: {"decision": "abort", "message": ""}
    )
    assert report.ending == "aborted"
    assert report.reason


def test_a_person_who_is_of_no_help_is_asked_at_most_three_times():
    report = run(
        "dead-service",
        "holdfast",
        person=lambda question: {"decision": "continue", "message": "Try again."},
    )
    assert report.ending == "escalated"
    assert len(report.asked) == 3
    assert report.reason


def test_other_questions_are_taken_over_by_a_colleague():
    from holdfast.drills.desk import colleague

    asked = {"reason": "The supervisor made 3 choices", "evidence": []}
    assert colleague(asked)["decision"] == "answer"


def test_the_ledger_counts_what_the_callbacks_count():
    database, meter = Database(), Meter()
    app = guarded_graph(desk_model(), desk_tools(database))
    config = {"configurable": {"thread_id": "t"}, "callbacks": [meter]}
    out = app.invoke({"messages": [HumanMessage(BY_KEY["ping-pong"].text)]}, config)
    spent = out["ledger"]["spent"]
    assert spent["model_calls"] == meter.model_calls
    assert spent["tool_calls"] == meter.tool_calls
    assert spent["tokens_in"] + spent["tokens_out"] == meter.tokens
    database.close()


def test_a_run_without_a_budget_is_broken_off_by_the_meter():
    report = run_ticket(BY_KEY["ping-pong"], "plain", desk_model(), most_calls=5)
    assert (report.ending, report.model_calls) == ("OverLimitError", 5)
