import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import supervised_graph
from holdfast.guards import Budget, LoopGuard, Price
from holdfast.nodes import Handoff, Specialist
from langchain.agents import create_agent
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END

from .team import (
    FOUND,
    Booking,
    Flight,
    Trip,
    agency,
    book,
    go,
    handoff,
    said,
    search_flights,
    searcher,
    steps,
)

BUDGET = Budget(tokens=200_000, usd=2.00, seconds=120, prices={"scripted": Price(1.0, 2.0)})


def holiday():
    """Return the graph of the README, its models scripted."""
    model = ScriptedModel([handoff("search"), handoff("booking"), handoff("visa"), "You fly LH1."])
    finder = ScriptedModel([tool_call("search_flights", to="Lisbon"), FOUND])
    booker = ScriptedModel([tool_call("book", flight="LH1"), '{"flight": "LH1"}'])
    visa_agent = create_agent(ScriptedModel(["No visa needed."]), tools=[])
    search = Specialist(
        "search",
        finder,
        tools=[search_flights],
        prompt="Find flights.",
        returns=list[Flight],
        into="flights",
    )
    booking = Specialist(
        "booking",
        booker,
        tools=[book],
        prompt="Book one flight.",
        reads=("flights",),
        returns=Booking,
        into="booking",
    )
    return supervised_graph(
        Trip,
        supervisor=model,
        specialists=[search, booking, Specialist("visa", visa_agent)],
        guards=[LoopGuard(), BUDGET],
        breakers=[],
        policy={"loop": "escalate"},
    )


def test_the_first_example_runs_to_its_end(play):
    out = play(holiday(), {"messages": [("user", "Get me to Lisbon on Friday")]})
    assert out["ending"] == "completed"
    assert out["flights"] == [{"id": "LH1", "price": 100.0}]
    assert out["booking"] == {"flight": "LH1", "seat": None}
    assert said(out)[-2:] == ["No visa needed.", "You fly LH1."]
    assert steps(out, "handoff") == [("supervisor", name) for name in ("search", "booking", "visa")]
    assert steps(out, "tool") == [("search", "search_flights"), ("booking", "book")]
    assert out["ledger"]["spent"]["model_calls"] == 9
    assert out["ledger"]["spent"]["usd"] > 0
    assert [done["tool"] for done in out["ledger"]["done"].values()] == ["book"]


def test_a_whole_model_comes_back_where_it_is_asked_for():
    out = holiday().compile().invoke(go(), version="v2")
    assert out.value.booking == Booking(flight="LH1")
    assert out.value.flights == [Flight(id="LH1", price=100)]


def test_what_a_specialist_reads_is_in_its_prompt():
    booker = ScriptedModel(['{"flight": "LH1"}'])
    one = Specialist("booking", booker, reads=("flights",), returns=Booking, into="booking")
    app = agency([handoff("booking", "Book the cheapest."), "Done."], one).compile()
    app.invoke({**go(), "flights": [{"id": "LH1", "price": 100}]})
    shown = "\n".join(message.text for message in booker.calls[0].messages)
    assert "Book the cheapest." in shown
    assert '"LH1"' in shown
    assert '"seat"' in shown  # the form of its result


# What a caller can watch


@pytest.mark.parametrize("mode", ["values", "updates", "messages", "custom", "tasks"])
@pytest.mark.parametrize("subgraphs", [False, True])
async def test_it_streams_as_any_graph_does(mode, subgraphs):
    settings = {"stream_mode": mode, "subgraphs": subgraphs}
    plain = list(holiday().compile().stream(go(), **settings))
    awaited = [part async for part in holiday().compile().astream(go(), **settings)]
    assert bool(plain) == (mode != "custom")
    assert len(plain) == len(awaited)


def test_its_updates_tell_who_works():
    parts = holiday().compile().stream(go(), stream_mode="updates")
    names = [name for part in parts for name in part if name != "guard"]
    team = ["search", "booking", "visa"]
    assert names == ["begin", *[x for y in team for x in ("supervisor", y)], "supervisor", "finish"]


def test_the_tokens_of_specialists_stream_with_those_of_the_supervisor():
    parts = holiday().compile().stream(go(), stream_mode="messages", subgraphs=True)
    nodes = {metadata["langgraph_node"] for _, (_, metadata) in parts}
    assert {"supervisor", "agent", "model"} <= nodes


def test_the_drawing_shows_everybody_and_every_way_out():
    drawing = holiday().compile().get_graph(xray=True).draw_mermaid()
    for name in ("supervisor", "guard", "human", "wrap_up", "finish", "subgraph search"):
        assert name in drawing
    for name in (r"booking\3atools", r"booking\3ahuman", r"visa\3amodel"):
        assert name in drawing
    for rung in ("stop", "escalate"):
        assert f"guard -. &nbsp;{rung}&nbsp; .->" in drawing


# Somebody else's nodes in it


def test_nodes_and_edges_of_ones_own_may_be_added(play):
    graph = agency(
        [handoff("search"), "Done."], searcher(FOUND, returns=list[Flight], into="flights")
    )
    graph.add_node("cheapest", lambda state: {"flights": state.flights[:1]})
    graph.add_edge("search", "cheapest")
    out = play(graph, go())
    assert out["ending"] == "completed"
    assert out["flights"] == [Flight(id="LH1", price=100)]


def test_a_graph_of_ones_own_may_hold_the_team(play):
    graph = holiday()
    graph.add_node(
        "after", lambda state: {"booking": {"flight": state.booking.flight, "seat": "1A"}}
    )
    graph.edges.remove(("finish", END))
    graph.add_edge("finish", "after")
    assert play(graph, go())["booking"] == {"flight": "LH1", "seat": "1A"}


# Two turns


def test_a_second_turn_is_a_new_run_of_the_same_thread(play):
    model = ScriptedModel([handoff("search"), "One.", "Two."])
    graph, saver = agency(model, searcher("None.")), InMemorySaver()
    first = play(graph, go("One?"), saver=saver)
    second = play(graph, go("Two?"), saver=saver)
    assert (first["ending"], second["ending"]) == ("completed", "completed")
    assert second["ledger"]["spent"]["model_calls"] == 1
    assert second["ledger"]["thread"]["model_calls"] == 4


def test_two_threads_of_one_team_never_see_each_other():
    def supervisor(state):
        return Handoff("search", "x") if len(state.messages) < 2 else None

    def policy(messages):
        return f"for {messages[-1].text}"

    one = Specialist("search", ScriptedModel(policy))
    app = agency(supervisor, one).compile(InMemorySaver(), interrupt_before=["search"])
    configs = [{"configurable": {"thread_id": name}} for name in "ab"]
    for config in configs:
        app.invoke(go(), config)
    ended = [app.invoke(None, config) for config in configs]
    assert [len(out["messages"]) for out in ended] == [2, 2]
    assert [out["ledger"]["n"] for out in ended] == [2, 2]
