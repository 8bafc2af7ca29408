"""A script of a user's is run in one process, and its runs are looked into in others."""

import importlib
import json
import subprocess
import sys

import pytest
from holdfast.cli import app
from holdfast.traces import Store
from typer.testing import CliRunner

SCRIPT = '''
import asyncio
import datetime
import operator
import sqlite3
import sys
import uuid
from enum import Enum
from typing import Annotated

from holdfast.drills import ScriptedModel
from langchain_core.tools import tool
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt
from pydantic import BaseModel


class Kind(Enum):
    FLIGHT = "flight"
    HOTEL = "hotel"


class Offer(BaseModel):
    kind: Kind
    eur: int


class Desk(BaseModel):
    clerk: str


class One(BaseModel):
    kind: Kind


class Trip(BaseModel):
    task: str = ""
    token: str = ""
    offers: Annotated[list[Offer], operator.add] = []
    answer: str = ""


@tool
def search(kind: str) -> Offer:
    """Search for an offer."""
    print("TOOL", kind, file=sys.stderr)
    return Offer(kind=Kind(kind), eur=len(kind))


def policy(messages):
    print("MODEL", file=sys.stderr)
    return "plan" if "Plan" in messages[0].text else messages[0].text.partition("eur ")[2]


model = ScriptedModel(policy)


def plan(state: Trip, runtime: Runtime[Desk]):
    now = f"{datetime.datetime.now():%A, %d %B %Y, %H:%M:%S.%f}"
    model.invoke(f"It is {now}. {runtime.context.clerk}: Plan {state.task}")
    return {"token": uuid.uuid4().hex}


async def aplan(state: Trip, runtime: Runtime[Desk]):
    now = datetime.datetime.now()
    await model.ainvoke(f"It is {now.isoformat()}. {runtime.context.clerk}: Plan {state.task}")
    return {"token": uuid.uuid4().hex}


def look(one: One):
    return {"offers": [search.invoke({"kind": one.kind.value})]}


async def alook(one: One):
    return {"offers": [await search.ainvoke({"kind": one.kind.value})]}


def ask(state: Trip):
    said = interrupt([offer.eur for offer in state.offers])
    parts = model.stream(f"{state.token} {said} eur {sum(o.eur for o in state.offers)}")
    return {"answer": "".join(part.text for part in parts)}


async def aask(state: Trip):
    said = interrupt([offer.eur for offer in state.offers])
    asked = f"{state.token} {said} eur {sum(o.eur for o in state.offers)}"
    return {"answer": "".join([part.text async for part in model.astream(asked)])}


def made(plan, look, ask):
    graph = StateGraph(Trip, context_schema=Desk)
    graph.add_node("plan", plan).add_node("look", look, input_schema=One).add_node("ask", ask)
    graph.add_edge(START, "plan").add_edge("look", "ask")
    graph.add_conditional_edges("plan", lambda _: [Send("look", One(kind=k)) for k in Kind])
    return graph


saver = SqliteSaver(sqlite3.connect("threads.db", check_same_thread=False))
graph = made(plan, look, ask).compile(saver)
agraph = made(aplan, alook, aask).compile()

if __name__ == "__main__":
    from holdfast.traces import record
    from langgraph.checkpoint.memory import InMemorySaver

    with record("traces.db"):
        for given in (Trip(task="Rome"), Command(resume="yes")):
            graph.invoke(given, {"configurable": {"thread_id": "sync"}}, context=Desk(clerk="ann"))
    agraph.checkpointer = InMemorySaver()
    with record("async.db"):
        for given in (Trip(task="Rome"), Command(resume="yes")):
            config = {"configurable": {"thread_id": "async"}}
            asyncio.run(agraph.ainvoke(given, config, context=Desk(clerk="ann")))
'''
IGNORE = ("--ignore", "dates", "--ignore", "times", "--ignore", "uuids")
FORMS = pytest.mark.parametrize(
    "form",
    [
        pytest.param(("trip:graph", "--store", "traces.db"), id="sync"),
        pytest.param(("trip:agraph", "--store", "async.db"), id="async"),
    ],
)
WAY = ["plan", "look", "look", "ask", "ask"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("trip")
    (made / "trip.py").write_text(SCRIPT)
    done = run(made, "trip.py")
    assert done.returncode == 0, done.stderr
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(made)
        patched.syspath_prepend(made)
        module = importlib.import_module("trip")
        yield made
    module.saver.conn.close()
    del sys.modules["trip"]


def run(folder, *args):
    command = [sys.executable, *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.fixture
def told(folder):
    """Returns what a command prints as JSON, and what was really called."""

    def told(*args, code=0):
        done = CliRunner().invoke(app, ["trace", *args, "--json"])
        assert done.exit_code == code, done.output
        called = [line for line in done.stderr.splitlines() if line.startswith(("TOOL", "MODEL"))]
        return json.loads(done.stdout), called

    return told


@FORMS
def test_it_is_replayed_on_another_day_in_two_processes_alike(folder, told, form):
    command = ("replay", "last", *form, *IGNORE)
    found, called = told(*command)
    assert (found["same"], found["path"], called) == (True, WAY, [])
    main = "from holdfast.cli import app; app()"
    again = run(folder, "-c", main, "trace", *command, "--json")
    assert json.loads(again.stdout) == found


@FORMS
def test_without_a_word_it_is_told_what_to_ignore(told, form):
    found, _ = told("replay", "last", *form, code=1)
    assert "--ignore dates --ignore times, takes them as equal" in found["divergence"]["why"]


def asked_at_first(form):
    """Return the run of a thread in which the question was asked that the last one answers."""
    with Store(form[2], read_only=True) as store:
        return min(store.traces(), key=lambda trace: trace.start).id


@FORMS
def test_until_a_step(told, form):
    found, _ = told("replay", asked_at_first(form), *form, *IGNORE, "--until", "1")
    assert (found["path"], found["stopped"], found["divergence"]) == (WAY[:1], True, None)


@FORMS
def test_a_step_of_an_earlier_run_is_refused(form):
    done = CliRunner().invoke(app, ["trace", "replay", "last", *form, "--until", "2"])
    assert done.exit_code == 2
    assert "has steps 3 to 3" in done.output


@FORMS
def test_live_from_a_step(told, form):
    for step in ("3", "2"):  # the tools are of the run before, which is answered
        found, called = told("replay", "last", *form, *IGNORE, "--from", step, "--live")
        assert (found["same"], called) == (True, ["MODEL"])
    _, called = told("replay", asked_at_first(form), *form, *IGNORE, "--from", "2", "--live")
    assert sorted(called) == ["TOOL flight", "TOOL hotel"]


@FORMS
def test_models_alone_and_tools_alone(told, form):
    found, called = told("replay", "last", *form, *IGNORE, "--live-models")
    assert (found["divergence"], called) == (None, ["MODEL"])
    found, called = told("replay", "last", *form, *IGNORE, "--live-tools")
    assert (found["same"], called) == (True, [])
    first = asked_at_first(form)
    _, called = told("replay", first, *form, "--live-models")
    assert called == ["MODEL"]
    _, called = told("replay", first, *form, *IGNORE, "--live-tools")
    assert sorted(called) == ["TOOL flight", "TOOL hotel"]


@FORMS
def test_an_edit_of_a_prompt(told, form):
    edit = ("--edit", "input/resume=no")
    found, called = told("replay", "last", *form, *IGNORE, *edit, code=1)
    assert '+   "content": "<uuids> no eur 11",' in found["divergence"]["diff"]
    assert "(--from 3 --live) goes on from here" in found["divergence"]["why"]
    live = ("--from", "3", "--live")
    found, called = told("replay", "last", *form, *IGNORE, *edit, *live)
    assert (found["divergence"], called) == (None, ["MODEL"])


@FORMS
def test_an_edit_of_a_tools_result(told, form):
    with Store(form[2], read_only=True) as store:
        first = min(store.traces(), key=lambda trace: trace.start).id
    edit = ("--edit", "1/eur=100")
    found, called = told("replay", first, *form, *IGNORE, *edit, code=1)
    assert (found["changed"], found["interrupts"], called) == (["offers"], 1, [])
    assert found["differences"][0].endswith(", now 100")


def test_a_fork_goes_on_live_with_the_context_of_then(told):
    found, called = told("replay", "last", "trip:graph", "--fork", "--from", "1")
    assert (found["thread"], found["ending"]) == ("sync", "waits for a person")
    assert sorted(called) == ["MODEL", "TOOL flight", "TOOL hotel"]


@FORMS
def test_it_becomes_a_test_that_passes(folder, told, form):
    name = form[0].partition(":")[2]
    wrote, _ = told("to-test", "last", *form, *IGNORE, "--out", "made", "--name", name)
    done = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", wrote["test"])
    assert done.returncode == 0, done.stdout
