"""What a run would lose is said before it is lost, once, and only where it would."""

import sqlite3
import warnings

import pytest
from holdfast.graphs import CheckedStateGraph, durability_advice, lease, postgres_saver
from holdfast.guards import DurabilityWarning, tool_facts
from holdfast.nodes import human_node, tool_node
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, MessagesState, StateGraph

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


def in_file():
    return SqliteSaver(sqlite3.connect(":memory:", check_same_thread=False))


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
def test_advice_is_given_where_something_would_be_lost(kinds, durability, told, inside):
    app = graph_of(*kinds, inside=inside).compile(in_file())
    assert [one.kind for one in durability_advice(app, durability=durability)] == told


def test_a_team_s_effects_and_its_person_are_known():
    team = agency([], searcher("None.")).compile(in_file())
    assert [one.kind for one in durability_advice(team, durability="exit")] == ["exit"]
    assert "answered" in durability_advice(team, durability="exit")[0].text


def test_advice_about_where_checkpoints_are():
    asks = graph_of("asks")
    assert [one.kind for one in durability_advice(asks.compile(InMemorySaver()))] == ["memory"]
    assert durability_advice(asks.compile()) == []
    assert durability_advice(asks.compile(in_file())) == []
    [many] = durability_advice(asks.compile(in_file()), processes=24)
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


def test_a_run_warns_once(told):
    app = graph_of("acts").compile(in_file())
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


def test_a_lease_warns_for_any_graph(told):
    graph = StateGraph(MessagesState).add_node("tools", tool_node([tool_facts(book, effects=True)]))
    app = graph.add_edge(START, "tools").compile(in_file())
    with lease(app, CONFIG):
        assert [one.category for one in told] == [DurabilityWarning]


def test_nothing_is_said_of_a_run_that_loses_nothing(told):
    team = agency(["Done."], searcher("None.")).compile(in_file())
    team.invoke(go(), CONFIG, durability="sync")
    assert told == []
