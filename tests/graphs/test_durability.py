"""What a run would lose is said before it is lost, once, and only where it would."""

import warnings

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import CheckedStateGraph, durability_advice, lease, postgres_saver
from holdfast.guards import DurabilityWarning, tool_facts
from holdfast.nodes import GuardMiddleware, human_node, tool_node
from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import tools_condition

from .team import agency, go, searcher

CONFIG = {"configurable": {"thread_id": "1"}}


def book(flight: str) -> str:
    """Book a flight."""
    return flight


def graph_of(*kinds, inside=False):
    """Return a graph with a node that asks, or one that has effects, or none."""
    graph = CheckedStateGraph(MessagesState).add_node("n", lambda _: {}).add_edge(START, "n")
    if "asks" in kinds:
        graph.add_node("human", human_node())
    if "acts" in kinds:
        graph.add_node("tools", tool_node([tool_facts(book, effects=True)]))
    if inside:
        whole = graph.compile()
        return CheckedStateGraph(MessagesState).add_node("team", whole).add_edge(START, "team")
    return graph


@pytest.mark.parametrize(
    ("kinds", "durability", "told"),
    [
        pytest.param((), "exit", [], id="nothing to lose"),
        pytest.param(("asks",), "exit", ["exit"], id="an answer, at the end only"),
        pytest.param(("acts",), "exit", ["exit"], id="effects, at the end only"),
        pytest.param(("asks", "acts"), "exit", ["exit"], id="both"),
        pytest.param(("acts",), "async", ["async"], id="effects, late"),
        pytest.param(("acts",), None, ["async"], id="effects, by default"),
        pytest.param(("asks",), None, [], id="an answer, late"),
        pytest.param(("asks", "acts"), "sync", [], id="nothing lost"),
    ],
)
@pytest.mark.parametrize("inside", [False, True], ids=["", "in a graph in a node"])
def test_advice_is_given_where_something_would_be_lost(
    kinds, durability, told, inside, sqlite_saver
):
    app = graph_of(*kinds, inside=inside).compile(sqlite_saver())
    assert [one.kind for one in durability_advice(app, durability=durability)] == told


def test_a_team_s_effects_and_its_person_are_known(sqlite_saver):
    team = agency([], searcher("None.")).compile(sqlite_saver())
    assert [one.kind for one in durability_advice(team, durability="exit")] == ["exit"]
    assert "answered" in durability_advice(team, durability="exit")[0].text


def test_advice_about_where_checkpoints_are(sqlite_saver):
    asks = graph_of("asks")
    assert [one.kind for one in durability_advice(asks.compile(InMemorySaver()))] == ["memory"]
    assert durability_advice(asks.compile()) == []
    assert durability_advice(asks.compile(sqlite_saver())) == []
    [many] = durability_advice(asks.compile(sqlite_saver()), processes=24)
    assert (many.kind, "24 processes" in many.text) == ("sqlite", True)


def test_a_single_postgres_connection_is_told_of(postgres_url):
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg_pool import ConnectionPool

    with PostgresSaver.from_conn_string(postgres_url) as saver:
        [one] = durability_advice(graph_of().compile(saver))
        assert (one.kind, "single connection" in one.text) == ("connection", True)
    with ConnectionPool(postgres_url, min_size=0, max_size=1, open=False) as pool:
        [one] = durability_advice(graph_of().compile(PostgresSaver(pool)))
        assert "check=ConnectionPool.check_connection" in one.text
    with postgres_saver(postgres_url) as saver:
        assert durability_advice(graph_of().compile(saver)) == []


@pytest.fixture
def told():
    """The warnings of a test, which others ignore."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught


def test_a_run_warns_once(told, sqlite_saver):
    app = graph_of("acts").compile(sqlite_saver())
    for _ in range(3):
        app.invoke({"messages": "hi"}, CONFIG)
    [warning] = told
    assert warning.category is DurabilityWarning
    assert "calls of tools with effects (book) are recorded" in str(warning.message)
    app.invoke({"messages": "hi"}, CONFIG, durability="sync")
    assert len(told) == 1


async def test_an_awaited_run_warns_too(told):
    app = graph_of("asks").compile(InMemorySaver())
    await app.ainvoke({"messages": "hi"}, CONFIG, durability="exit")
    assert told == []  # whoever tries a graph out in memory knows


def test_a_lease_warns_for_any_graph(told, sqlite_saver):
    graph = StateGraph(MessagesState).add_node("tools", tool_node([tool_facts(book, effects=True)]))
    app = graph.add_edge(START, "tools").compile(sqlite_saver())
    with lease(app, CONFIG):
        assert [one.category for one in told] == [DurabilityWarning]


def test_nothing_is_said_of_a_run_that_loses_nothing(told, sqlite_saver):
    team = agency(["Done."], searcher("None.")).compile(sqlite_saver())
    team.invoke(go(), CONFIG, durability="sync")
    assert told == []


def own(kind, saver):
    """Return a graph that no CheckedStateGraph has made, whose model books a flight."""
    model = ScriptedModel([tool_call("book", flight="LH 1"), "Booked."])
    tool = tool_facts(book, effects=True)
    if kind == "agent":
        return create_agent(model, [tool], middleware=[GuardMiddleware()], checkpointer=saver)
    graph = StateGraph(MessagesState).add_node("tools", tool_node([tool]))
    bound = model.bind_tools([tool])
    graph.add_node("agent", lambda s: {"messages": [bound.invoke(s["messages"])]})
    graph.add_edge(START, "agent").add_conditional_edges("agent", tools_condition)
    return graph.add_edge("tools", "agent").compile(saver)


@pytest.mark.parametrize("kind", ["agent", "own"])
def test_an_agent_s_effects_are_known(kind, sqlite_saver):
    [one] = durability_advice(own(kind, sqlite_saver()), durability="exit")
    assert (one.kind, "tools with effects (book) run again" in one.text) == ("exit", True)
    [late] = durability_advice(own(kind, sqlite_saver()))
    assert late.kind == "async"


@pytest.mark.parametrize("awaited", [False, True], ids=["sync code", "async code"])
@pytest.mark.parametrize("kind", ["agent", "own"])
async def test_a_graph_that_nothing_checks_warns_at_its_first_call_with_effects(
    kind, awaited, told, tmp_path, sqlite_saver
):
    for durability, many in (("sync", 0), ("exit", 1)):
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / durability)) as later:
            app = own(kind, later if awaited else sqlite_saver())
            how = {"config": CONFIG, "durability": durability}
            if awaited:
                await app.ainvoke({"messages": "hi"}, **how)
            else:
                app.invoke({"messages": "hi"}, **how)
        assert len(told) == many
    assert told[0].category is DurabilityWarning
    assert "calls of book, a tool with effects, are not recorded" in str(told[0].message)
    if (kind, awaited) == ("own", False):  # others make the call where the caller is not above it
        assert told[0].filename == __file__


def test_nobody_is_warned_twice_or_of_what_is_in_memory(told, sqlite_saver):
    own("own", InMemorySaver()).invoke({"messages": "hi"}, CONFIG, durability="exit")
    assert told == []
    call = {"name": "book", "args": {"flight": "LH 1"}, "id": "1"}
    app = graph_of("acts").add_edge("n", "tools").compile(sqlite_saver())
    app.invoke({"messages": [AIMessage("", tool_calls=[call])]}, CONFIG, durability="exit")
    [warning] = told
    assert "(book) run again" in str(warning.message)
    assert warning.filename == __file__


def test_a_team_is_told_of_its_effects_and_of_its_person(sqlite_saver):
    [one] = durability_advice(graph_of("asks", "acts").compile(sqlite_saver()), durability="exit")
    assert "tools with effects (book) run again" in one.text
    assert "a person's answer" in one.text
