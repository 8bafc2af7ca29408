import asyncio
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest
from holdfast.drills import ScriptedModel
from holdfast.traces import ReplayError, record, recorded_context, replay, to_test
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt
from pydantic import BaseModel
from typing_extensions import TypedDict

ASKED = {"messages": [("user", "Who am I?")]}
THREAD = {"configurable": {"thread_id": "1"}}


@dataclass(frozen=True, slots=True)
class Who:
    name: str
    base: Any = None
    tags: tuple[str, ...] = ()


class Person(BaseModel):
    name: str
    base: Any = None


class Plain(TypedDict):
    name: str


@dataclass
class Notes:
    name: str
    seen: list[str] = field(default_factory=list)


class Base:
    """Stands for a connection: no record can keep it."""

    def __init__(self):
        self.find = str.upper


def greeting(schema=Who, *, asks=False, awaited=False, uses=lambda context: "", after=id):
    model = ScriptedModel(lambda messages: messages[0].text)

    def begin(state, runtime: Runtime):
        if asks:
            interrupt("go on?")
        return {}

    def prompt(runtime):
        context = runtime.context
        name = context["name"] if isinstance(context, dict) else context.name
        return f"You are {name}{uses(context)}."

    def agent(state, runtime: Runtime):
        said = model.invoke(prompt(runtime))
        after(runtime.context)
        return {"messages": [said]}

    async def aagent(state, runtime: Runtime):
        return {"messages": [await model.ainvoke(prompt(runtime))]}

    graph = StateGraph(MessagesState, context_schema=schema)
    graph.add_node("begin", begin).add_node("agent", aagent if awaited else agent)
    graph.add_edge(START, "begin").add_edge("begin", "agent")
    return graph.compile(InMemorySaver())


def keep(folder, app, *given):
    with record(folder / "traces.db"):
        for each, context in given:
            asyncio.run(app.ainvoke(each, THREAD, context=context))
    return folder / "traces.db"


@pytest.mark.parametrize("awaited", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(
    ("schema", "context"),
    [
        pytest.param(Who, Who("ann", tags=("a", "b")), id="a dataclass"),
        pytest.param(Who, {"name": "ann"}, id="what makes a dataclass"),
        pytest.param(Person, Person(name="ann"), id="a Pydantic model"),
        pytest.param(Plain, {"name": "ann"}, id="a typed dict"),
        pytest.param(None, Who("ann"), id="without a schema"),
    ],
)
def test_a_replay_has_the_context_of_its_run(tmp_path, schema, context, awaited):
    app = greeting(schema, awaited=awaited)
    store = keep(tmp_path, app, (ASKED, context))
    out = replay("last", app, store=store)
    assert (out.same, out.state["messages"][-1].text) == (True, "You are ann.")
    again = recorded_context("last", app, store=store)
    assert again == (schema(**context) if schema is Who and type(context) is dict else context)


def test_a_context_that_is_given_comes_before_the_recorded_one(tmp_path):
    app = greeting()
    store = keep(tmp_path, app, (ASKED, Who("ann")))
    found = replay("last", app, store=store, context=Who("bob")).divergence
    assert '+   "content": "You are bob.",' in found.diff


def test_a_run_without_a_context_is_replayed_without(tmp_path):
    app = greeting(uses=lambda context: "")
    with record(tmp_path / "traces.db"), pytest.raises(AttributeError):
        app.invoke(ASKED, THREAD)
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (out.same, type(out.error)) == (True, AttributeError)
    assert recorded_context("last", app, store=tmp_path / "traces.db") is None


def test_each_run_of_a_thread_has_its_own(tmp_path):
    app = greeting(asks=True)
    store = keep(tmp_path, app, (ASKED, Who("ann")), (Command(resume="yes"), Who("bob")))
    out = replay("last", app, store=store)
    assert (out.same, out.state["messages"][-1].text) == (True, "You are bob.")


def test_what_a_node_writes_into_it_after_a_call_is_not_in_the_record(tmp_path):
    app = greeting(Notes, after=lambda context: context.seen.append("once"))
    context = Notes("ann")
    store = keep(tmp_path, app, (ASKED, context))
    assert (context.seen, recorded_context("last", app, store=store).seen) == (["once"], [])


def test_a_secret_of_a_context_is_not_in_the_record(tmp_path):
    app = greeting()
    store = keep(tmp_path, app, (ASKED, Who("ann", base="sk-abcdefghijklmnopqrstuvwx")))
    assert "sk-abc" not in recorded_context("last", app, store=store).base
    written = to_test("last", store=store, app=app, folder=tmp_path)
    assert "sk-abc" not in written.cassette.read_text()
    assert replay(written.cassette, app).same


@pytest.mark.parametrize("schema", [Who, Person], ids=["a dataclass", "a Pydantic model"])
def test_a_connection_in_a_context_is_missed_only_where_it_is_used(tmp_path, schema):
    unused = greeting(schema)
    store = keep(tmp_path, unused, (ASKED, schema(name="ann", base=Base())))
    assert replay("last", unused, store=store).same
    used = greeting(schema, uses=lambda context: context.base.find("!"))
    with pytest.raises(ReplayError, match=r"holds base of class .*Base, .* give context="):
        replay("last", used, store=store)
    out = replay("last", used, store=store, context=schema(name="ann", base=Base()))
    assert '+   "content": "You are ann!.",' in out.divergence.diff


def test_a_context_of_another_class_is_refused(tmp_path):
    store = keep(tmp_path, greeting(), (ASKED, Who("ann")))
    with pytest.raises(ReplayError, match="is a Who, but the graph's context_schema is Notes"):
        replay("last", greeting(Notes), store=store)


def test_a_context_of_a_class_that_is_gone_is_refused(tmp_path):
    app = greeting(None)

    @dataclass
    class Gone:
        name: str

    store = keep(tmp_path, app, (ASKED, Gone("ann")))
    with pytest.raises(ReplayError, match=r"is of class .*Gone, which is not imported: import it"):
        replay("last", app, store=store)


SCRIPT = """
from dataclasses import dataclass, field
from holdfast.drills import ScriptedModel
from langgraph.graph import START, MessagesState, StateGraph

@dataclass
class Team:
    name: str

@dataclass
class Context:
    team: Team

model = ScriptedModel(lambda messages: messages[0].text)

def agent(state, runtime):
    return {"messages": [model.invoke(f"You are of {runtime.context.team.name}.")]}

agent.__annotations__["runtime"] = __import__("langgraph.runtime").runtime.Runtime[Context]
graph = StateGraph(MessagesState, context_schema=Context)
graph = graph.add_node("agent", agent).add_edge(START, "agent").compile()

if __name__ == "__main__":
    from holdfast.traces import record
    with record("traces.db"):
        graph.invoke({"messages": [("user", "Who am I?")]}, context=Context(Team("sales")))
"""


def test_what_a_script_defines_is_found_in_its_module_by_another_process(tmp_path):
    (tmp_path / "the_script.py").write_text(SCRIPT)
    subprocess.run([sys.executable, "the_script.py"], cwd=tmp_path, timeout=120, check=True)
    command = [
        sys.executable,
        "-c",
        "from holdfast.cli import app; app()",
        "trace",
        "replay",
        "last",
        "the_script:graph",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert "the same as recorded" in done.stdout, done.stdout + done.stderr
