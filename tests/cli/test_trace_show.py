import json

import pytest
from holdfast.cli import app
from holdfast.drills import ScriptedModel
from holdfast.traces import record
from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.graph import START, MessagesState, StateGraph
from typer.testing import CliRunner

from tests.traces.viewing.recorded import agent, ask, calls, says

CONTROL = "\x1b[2J"


def graph():
    built = StateGraph(MessagesState)
    built.add_node("agent", lambda state: {"messages": [AIMessage(f"hello {CONTROL}")]})
    built.add_edge(START, "agent")
    return built.compile(name="greeter")


@tool
def look(what: str) -> str:
    """Look something up."""
    return f"{what} {CONTROL}"


def record_talk(path, text):
    """Record an agent that calls a tool and is told a long text."""
    asked = {"name": "look", "args": {"what": text}, "id": "c1", "type": "tool_call"}
    model = ScriptedModel([AIMessage("", tool_calls=[asked]), AIMessage("done")])
    with record(path):
        create_agent(model, [look]).invoke({"messages": [("user", "hi")]})


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "traces.db"
    with record(path):
        for thread in ("one", "two"):
            given = {"messages": [("user", "hi")]}
            graph().invoke(given, {"metadata": {"thread_id": thread}})
    return path


@pytest.fixture
def run(store):
    def run_(*arguments):
        given = ["trace", *map(str, arguments), "--store", str(store)]
        return CliRunner().invoke(app, given)

    return run_


def test_runs_are_listed_newest_first(run):
    done = run("list")
    assert done.exit_code == 0, done.output
    assert done.stdout.index("two") < done.stdout.index("one")
    assert "greeter" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "threads"),
    [
        ([], ["two", "one"]),
        (["--limit", "1"], ["two"]),
        (["--thread", "one"], ["one"]),
        (["--status", "error"], []),
        (["--ending", "completed"], []),
        (["--since", "1h"], ["two", "one"]),
        (["--since", "2999-01-01"], []),
    ],
)
def test_a_list_can_be_asked_for_some(run, arguments, threads):
    lines = run("list", "--json", *arguments).stdout.splitlines()
    assert [json.loads(line)["thread"] for line in lines] == threads


def test_a_run_is_shown_as_a_tree(run):
    done = run("show", "last")
    assert done.exit_code == 0, done.output
    for told in ("greeter", "thread two", "node agent"):
        assert told in done.stdout


def test_a_run_is_found_by_its_id(run):
    told = json.loads(run("list", "--thread", "one", "--json").stdout)
    assert json.loads(run("show", told["id"], "--json").stdout)["thread"] == "one"


def test_a_run_is_shown_by_what_the_list_calls_it(run):
    called = run("list", "--thread", "one").stdout.splitlines()[1].split()[0]
    assert len(called) == 8
    assert json.loads(run("show", called, "--json").stdout)["thread"] == "one"


def test_json_holds_the_payloads_when_they_are_asked_for_and_nothing_that_acts(run):
    assert "inputs" not in json.loads(run("show", "--json").stdout)["spans"][0]
    done = run("show", "--json", "--full")
    assert CONTROL not in done.stdout
    root = json.loads(done.stdout)["spans"][0]
    assert root["outputs"]["messages"][-1]["content"] == f"hello {CONTROL}"


def test_a_page_is_written_whole(run, tmp_path):
    done = run("show", "last", "--html", tmp_path / "out.html")
    assert (done.exit_code, done.stdout) == (
        0,
        f"wrote {tmp_path / 'out.html'}: open it in a browser\n",
    )
    assert (tmp_path / "out.html").read_text().rstrip().endswith("</html>")


def test_a_page_can_go_to_standard_output(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("show", "last", "--html", "-")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.rstrip().endswith("</html>")
    assert not list(tmp_path.iterdir())


def test_a_tree_holds_whole_texts_when_they_are_asked_for(tmp_path):
    path, long = tmp_path / "t.db", "word " * 80
    record_talk(path, long)
    given = ["trace", "show", "--store", str(path)]
    assert long.strip() not in " ".join(CliRunner().invoke(app, given).stdout.split())
    done = CliRunner().invoke(app, [*given, "--full"])
    text = " ".join(done.stdout.replace("│", " ").split())
    for told in (long.strip(), "in · user", "in · arguments", "in · parameters as in the call"):
        assert told in text
    assert "2 messages as in the prompt before" not in text
    assert "in · 1 message as in the prompt before, then:" in text
    assert CONTROL not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["show", "nothing"], "has no trace 'nothing'", id="an unknown run"),
        pytest.param(["show", "last", "--html", "no/such/x"], "cannot be written", id="no folder"),
        pytest.param(["show", "--html", "x", "--json"], "ask for one", id="two forms"),
        pytest.param(["list", "--since", "soon"], "is no time", id="no time"),
    ],
)
def test_what_cannot_be_shown_is_said(run, arguments, words):
    done = run(*arguments)
    assert (done.exit_code, words in done.stderr) == (2, True), done.output


@pytest.mark.parametrize("command", ["list", "show"])
def test_a_store_that_is_not_there_is_not_made(tmp_path, command):
    path = tmp_path / "none.db"
    done = CliRunner().invoke(app, ["trace", command, "--store", str(path)])
    assert (done.exit_code, path.exists()) == (2, False)


def test_all_views_count_the_spans_they_show_and_those_that_are_hidden(tmp_path):
    path = tmp_path / "t.db"
    with record(path):
        ask(agent(calls("look", "c1", what="the sky"), says("Blue.")), "What colour is it?")

    def said(*given):
        return CliRunner().invoke(app, ["trace", *given, "--store", str(path)]).stdout

    told = json.loads(said("show", "--json"))
    assert (len(told["spans"]), told["hidden"]) == (7, 2)
    assert told["count"] == 9
    assert "7 spans and 2 hidden" in said("show")
    assert "<b>7</b> spans and 2 hidden" in said("show", "--html", "-")
    assert json.loads(said("list", "--json"))["count"] == told["count"]
