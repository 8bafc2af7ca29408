"""A team whose specialist waits for a person while its code changes, over databases."""

import asyncio
import os
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import alease, apostgres_saver, fingerprint, lease
from holdfast.guards import ThreadMismatchError
from holdfast.nodes import Specialist
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.types import Command

from .holding import saver_at
from .team import CONFIG, STRICT, Flight, Trip, agency, go, handoff, search_flights, searcher


class Longer(Trip):
    day: str = "Friday"


class Other(Trip):
    flights: dict[str, Flight] = {}  # noqa: RUF012 - a field of a Pydantic model


def leads(messages):
    answered = any(message.type == "tool" for message in messages)
    return "Done." if answered else handoff("search")


def looks(messages):
    """Look again and again, until a person says something."""
    told = any("enough" in str(message.content) for message in messages)
    return "None." if told else tool_call("search_flights", to="Lisbon")


def team(state=Trip, name="search", **settings):
    one = Specialist(name, ScriptedModel(looks), tools=[search_flights])
    terms = {"guards": [STRICT], "policy": {"loop": "escalate"}, "state": state, **settings}
    return agency(ScriptedModel(leads), one, **terms)


class Threads:
    """The threads of a database, gone on with by graphs that are built anew each time."""

    def __init__(self, place, awaited):
        self.place, self.awaited = place, awaited

    def go(self, graph, given, **terms):
        """Go on with the thread, under a lease, as another process would."""
        if self.awaited:
            return asyncio.run(self._awaited(graph, given, terms))
        with self._saver() as saver:
            app = graph.compile(saver, **terms)
            with lease(app, CONFIG):
                return app.invoke(given, CONFIG, durability="sync")

    async def _awaited(self, graph, given, terms):
        async with self._asaver() as saver:
            app = graph.compile(saver, **terms)
            async with alease(app, CONFIG):
                return await app.ainvoke(given, CONFIG, durability="sync")

    @contextmanager
    def _saver(self):
        with saver_at(self.place) as saver:
            yield saver

    @asynccontextmanager
    async def _asaver(self):
        if "dbname" in self.place or self.place.startswith("postgres"):
            async with apostgres_saver(self.place) as saver:
                yield saver
        else:
            async with AsyncSqliteSaver.from_conn_string(self.place) as saver:
                yield saver


@pytest.fixture(params=["sqlite", "postgres"])
def threads(request, tmp_path, way):
    place = str(tmp_path / "threads.db")
    if request.param == "postgres":
        place = request.getfixturevalue("postgres_url")
    kept = Threads(place, way == "async")
    assert kept.go(team(), go())["__interrupt__"]
    return kept


@pytest.fixture(params=["sync", "async"])
def way(request):
    return request.param


ANSWER = Command(resume={"decision": "continue", "message": "enough"})


def test_the_team_that_asked_goes_on(threads):
    assert threads.go(team(), ANSWER)["ending"] == "completed"


def test_a_team_with_a_field_more_goes_on(threads):
    out = threads.go(team(Longer), ANSWER)
    assert (out["ending"], out["ledger"]["spent"]["model_calls"] > 3) == ("completed", True)


def test_a_team_whose_specialist_has_another_name_does_not(threads):
    with pytest.raises(ThreadMismatchError, match="node 'search' is to run next and is no more"):
        threads.go(team(name="finder"), ANSWER)
    assert threads.go(team(), ANSWER)["ending"] == "completed"


def test_a_team_that_asks_nobody_any_more_does_not(threads):
    with pytest.raises(ThreadMismatchError, match="in node 'search': node 'human' is to run next"):
        threads.go(team(human=False), ANSWER)


def test_a_migration_takes_the_team_over(threads):
    def upgrade(values):
        return {**values, "flights": {one["id"]: one for one in values.get("flights", [])}}

    out = threads.go(team(Other), ANSWER, migrations={fingerprint(team()): upgrade})
    assert (out["ending"], out["flights"]) == ("completed", {})


PROGRAM = """
from holdfast.graphs import fingerprint
from tests.graphs.team import agency, searcher
print(fingerprint(agency([], searcher())))
"""


def test_a_fingerprint_is_the_same_in_every_process(checkout):
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == fingerprint(agency([], searcher()))
