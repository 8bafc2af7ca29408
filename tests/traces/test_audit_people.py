import asyncio

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, resume, supervised_graph
from holdfast.guards import LoopGuard
from holdfast.nodes import Specialist
from holdfast.traces import Playback, Store, audit_file, record
from holdfast.traces.viewing.recordings import recordings
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from .viewing.recorded import agent, ask, calls, says

THREAD = {"configurable": {"thread_id": "43"}}
GIVEN = {"messages": [("user", "Get me to Lisbon")]}


def search_flights(to: str) -> str:
    """Search flights to a city."""
    return f"nothing to {to}"


def looping():
    model = ScriptedModel(lambda messages: tool_call("search_flights", to="Lisbon"))
    graph = supervised_graph(
        AgentState,
        supervisor=lambda state: "search",
        specialists=[Specialist("search", model, tools=[search_flights], prompt="Find flights.")],
        guards=[LoopGuard()],
        policy={"loop": "escalate"},
    )
    return graph.compile(checkpointer=InMemorySaver())


def in_one_go(app):
    app.invoke(GIVEN, THREAD)
    resume(app, THREAD, {"decision": "continue", "message": "Use the night train."})


def async_(app):
    asyncio.run(app.ainvoke(GIVEN, THREAD))
    asyncio.run(app.ainvoke(Command(resume={"decision": "continue"}), THREAD))


@pytest.mark.parametrize("run", [in_one_go, async_])
def test_counts_begin_anew_after_a_person_as_they_did_live(tmp_path, run):
    app = looping()
    with record(tmp_path / "t.db"):
        run(app)
    (found,) = audit_file(tmp_path / "t.db", [LoopGuard()])
    live = [(one["kind"], one["reason"]) for one in found.recorded if one["outcome"] == "trip"]
    assert len(live) == 4
    judged = [(one["kind"], one["reason"]) for one in found.verdicts if one["outcome"] == "trip"]
    assert judged == live


def test_a_thread_is_named_with_its_traces(tmp_path):
    with record(tmp_path / "t.db"):
        in_one_go(looping())
    (found,) = audit_file(tmp_path / "t.db", [LoopGuard()])
    with Store(tmp_path / "t.db") as store:
        ids = [trace.id for trace in store.traces()]
    assert (found.thread, list(found.traces)) == ("43", ids[::-1])


def test_without_a_ledger_what_a_run_was_resumed_with_is_a_persons_step(tmp_path):
    app = agent(calls("look", "c1", what="7"), calls("may_i", "c2", what="go"), says("done"))
    with record(tmp_path / "t.db"):
        ask(app, "what is 7?")
        ask(app, Command(resume="yes"))
    with Store(tmp_path / "t.db") as store:
        (run,) = recordings(store)
    ((place, (step,)),) = run.people.items()
    assert (step["kind"], step["actor"]) == ("human", "human")
    assert run.messages[place]["tool_call_id"] == "c2"
    *_, last = Playback().views(run.messages, run.people)
    assert [one["kind"] for one in last.steps] == [
        "model",
        "tool",
        "model",
        "human",
        "tool",
        "model",
    ]
