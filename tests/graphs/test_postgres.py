"""Checkpoints in a real Postgres server, which is restarted in the middle of a run."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from holdfast.cli import app
from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, apostgres_saver, postgres_saver, supervised_graph
from holdfast.guards import BackendError, GuardConfigError, tool_facts
from holdfast.nodes import Specialist
from langchain_core.messages import HumanMessage
from typer.testing import CliRunner

CONFIG = {"configurable": {"thread_id": "1"}}


def team(book):
    tools = [tool_facts(book, effects=True)]
    model = ScriptedModel([tool_call("book", flight="LH1"), tool_call("book", flight="LH2"), "ok"])
    lead = ScriptedModel([tool_call("handoff", to="booking", task="Book both."), "All done."])
    return supervised_graph(
        AgentState, supervisor=lead, specialists=[Specialist("booking", model, tools=tools)]
    )


def booking(booked, before):
    def book(flight: str) -> str:
        """Book a flight."""
        before(flight)
        booked.append(flight)
        return f"booked {flight}"

    return book


@pytest.mark.parametrize("durability", ["sync", "async"])
@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_run_completes_though_the_server_is_restarted_in_the_middle(
    postgres, postgres_url, way, durability
):
    booked = []
    graph = team(booking(booked, lambda flight: postgres.restart() if flight == "LH1" else None))
    given = {"messages": [HumanMessage("Book LH1 and LH2.")]}

    async def arun():
        async with apostgres_saver(postgres_url) as saver:
            return await graph.compile(saver).ainvoke(given, CONFIG, durability=durability)

    def run():
        with postgres_saver(postgres_url) as saver:
            return graph.compile(saver).invoke(given, CONFIG, durability=durability)

    out = asyncio.run(arun()) if way == "async" else run()
    assert (out["ending"], booked) == ("completed", ["LH1", "LH2"])
    with postgres_saver(postgres_url) as saver:
        kept = graph.compile(saver).get_state(CONFIG)
    assert (kept.next, kept.values["ending"]) == ((), "completed")


def test_several_may_make_the_tables_at_once(postgres_url):
    def threads(_):
        with postgres_saver(postgres_url) as saver:
            return list(saver.list(CONFIG))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(threads, range(4))) == [[]] * 4


def test_without_the_extra_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "langgraph.checkpoint.postgres", None)
    with (
        pytest.raises(GuardConfigError, match=r"pip install 'holdfast\[postgres\]'"),
        postgres_saver("postgresql://127.0.0.1:1/none"),
    ):
        raise AssertionError("unreachable")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("nonsense", "'nonsense': it cannot be read", id="no address"),
        pytest.param("sqlite:///x.db", "it cannot be read", id="of another database"),
        pytest.param("postgresql://u:hunter2@h:port/db", "its port is no number", id="no port"),
        pytest.param("postgresql://u:hunt er2@h/db", "it cannot be read", id="a space"),
        pytest.param("postgresql://u:p@hunter2@h/db", "a bare '@'", id="an at sign"),
        pytest.param(None, "it cannot be read", id="nothing"),
    ],
)
def test_an_address_that_cannot_be_read_is_refused_at_once(url, why):
    with pytest.raises(GuardConfigError) as caught, postgres_saver(url):
        pass
    assert why in str(caught.value)
    assert "postgresql://user:password@host:5432/database" in str(caught.value)
    assert "hunt" not in str(caught.value)


NOBODY = "postgresql://u:hunter2@127.0.0.1:1/db"


async def test_a_server_that_does_not_answer_is_named_without_the_password():
    with pytest.raises(BackendError) as found, postgres_saver(NOBODY, timeout_seconds=0.1):
        pass
    with pytest.raises(BackendError) as later:
        await apostgres_saver(NOBODY, timeout_seconds=0.1).__aenter__()
    for caught in (found, later):
        assert "at 127.0.0.1:1, database 'db'" in str(caught.value)
        assert "refused" in str(caught.value)
        assert "hunter2" not in str(caught.value)


def test_a_server_that_refuses_is_not_waited_for(postgres_url):
    from psycopg.conninfo import make_conninfo

    wrong = make_conninfo(postgres_url, dbname="no_such_database")
    with pytest.raises(BackendError, match="no_such_database"), postgres_saver(wrong):
        pass


def test_an_inbox_that_cannot_be_reached_says_so_on_one_line():
    done = CliRunner().invoke(app, ["inbox", NOBODY])
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert "127.0.0.1:1" in done.stderr
    assert "hunter2" not in done.stderr
