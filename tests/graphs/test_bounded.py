"""What Holdfast keeps in state: plain data, of bounded size, whatever the run does."""

import json

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.graphs import AgentState
from holdfast.guards import Budget, LoopGuard, ToolCallGuard
from holdfast.nodes import Handoff, Specialist
from langgraph.checkpoint.memory import InMemorySaver

from .team import CONFIG, agency, book, go, handoff, search_flights, searcher

OWN = sorted(set(AgentState.model_fields) - {"messages"})
LOOK = tool_call("search_flights", to="Lisbon")


def is_plain(value):
    return json.loads(json.dumps(value)) == value


def test_what_is_kept_is_plain_data_at_every_step():
    booker = ScriptedModel([tool_call("book", flight="LH1"), tool_call("buk"), "Booked."])
    one = Specialist("booking", booker, tools=[book])
    replies = [handoff("nobody"), handoff("search"), handoff("booking"), "Done."]
    guards = [LoopGuard(), ToolCallGuard(), Budget(model_calls=50, warn=0.05)]
    graph = agency(replies, searcher(*[LOOK] * 4, "None."), one, guards=guards)
    saver = InMemorySaver()
    graph.compile(saver).invoke(go(), CONFIG)
    for state in graph.compile(saver).get_state_history(CONFIG):
        for name in OWN:
            assert is_plain(state.values.get(name)), name
    assert state.created_at


def rounds(count):
    """Return a supervisor that hands over that often, each time another task."""

    def supervisor(state):
        n = sum(message.type == "ai" for message in state.messages)
        return Handoff(f"s{n % 3}", f"task {n}") if n < count else None

    return supervisor


def busy(name):
    """Return a specialist that calls tools three times, twenty at once, and then answers."""

    def policy(messages):
        made = sum(message.type == "tool" for message in messages)
        task = next(message.text for message in messages if message.type == "human")
        if made == 60:
            return f"{name}: {task}"
        calls = [tool_call("search_flights", to=f"{task} {made + n}") for n in range(20)]
        return tool_calls(*calls)

    return Specialist(name, ScriptedModel(policy), tools=[search_flights])


@pytest.fixture(scope="module")
def long_run():
    """The state of a run of 2,080 steps."""
    graph = agency(rounds(32), *(busy(f"s{n}") for n in range(3)), guards=[Budget(steps=9_000)])
    app = graph.compile(InMemorySaver())
    app.invoke(go(), CONFIG, durability="exit")
    return app.get_state(CONFIG).values


def test_a_long_run_is_counted_to_its_last_step(long_run):
    assert long_run["ending"] == "completed"
    assert long_run["ledger"]["n"] == 2_080
    assert long_run["ledger"]["spent"]["tool_calls"] == 1_920
    assert long_run["ledger"]["spent"]["model_calls"] == 128


def test_a_long_run_keeps_no_more_than_a_short_one(long_run):
    ledger = long_run["ledger"]
    assert len(ledger["recent"]) == 256
    assert [step["n"] for step in ledger["recent"]] == list(range(1_825, 2_081))
    assert len(json.dumps({name: long_run.get(name) for name in OWN})) < 200_000


def test_no_more_than_the_last_verdicts_are_kept():
    replies = [handoff("search"), *["Done."]]
    one = searcher(*(tool_call(f"tool{n}") for n in range(90)), "None.")
    guards = [ToolCallGuard(nudge=2, block=100, escalate=200)]
    out = agency(replies, one, guards=guards).compile().invoke(go())
    assert len(out["verdicts"]) == 64
