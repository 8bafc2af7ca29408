import importlib.util
import json
import shutil
import sys
from pathlib import Path

import pytest
from holdfast.cli import app
from holdfast.traces import Store, record
from typer.testing import CliRunner

SHOP = Path(__file__).parents[1] / "traces" / "replaying" / "shop.py"
ASKED = {"messages": [("user", "Refund order 7, please.")]}


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A working folder with a module of graphs and a store with a run; the module."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(SHOP, tmp_path / "the_shop.py")
    with Path("the_shop.py").open("a") as file:
        file.write(
            "from langgraph.checkpoint.memory import InMemorySaver\n"
            "other = shop(prompt='Refund nothing.').compile()\n"
            "made = shop\n"
            "kept = shop().compile(InMemorySaver())\n"
        )
    spec = importlib.util.spec_from_file_location("the_shop", tmp_path / "the_shop.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "the_shop", module)
    spec.loader.exec_module(module)
    with record("traces.db"):
        module.kept.invoke(ASKED, {"configurable": {"thread_id": "7"}})
    module.RAN.clear()
    return module


def said(*args, code=0):
    done = CliRunner().invoke(app, ["trace", *args])
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize("graph", ["graph", "kept", "made"])
def test_a_run_is_replayed(shop, graph):
    text = said("replay", "last", f"the_shop:{graph}")
    assert "0 real calls" in text
    assert "way: agent > act > agent > act > agent" in text
    assert "the same as recorded" in text
    assert shop.RAN == []


def test_a_replay_that_parts_from_its_record_says_where_and_exits_with_1(shop):
    text = said("replay", "last", "the_shop:other", code=1)
    assert "first divergence: step 1, node 'agent': the model 'ScriptedModel' is asked" in text
    assert '+   "content": "Refund nothing.",' in text


def test_the_same_as_json(shop):
    told = json.loads(said("replay", "last", "the_shop:other", "--json", code=1))
    assert (told["divergence"]["step"], told["real_calls"], told["same"]) == (1, 0, False)


def test_a_replay_until_a_step(shop):
    told = json.loads(said("replay", "last", "the_shop:graph", "--until", "2", "--json"))
    assert (told["path"], told["stopped"]) == (["agent", "act"], True)


def test_a_replay_that_goes_live_with_an_edit(shop):
    edit = ["--edit", "1=order 7: 5 EUR, owner ann"]
    live = ["--from", "3", "--live", "--json"]
    told = json.loads(said("replay", "last", "the_shop:kept", *edit, *live))
    assert (told["real_calls"], told["changed"], shop.RAN) == (
        3, ["messages"], ["model", "refund", "model"],
    )  # fmt: skip


def test_calls_that_are_live_are_no_divergence(shop):
    live = ["--from", "2", "--live"]
    assert "never made" not in said("replay", "last", "the_shop:kept", *live)


def test_a_guess_is_said_and_exits_with_1(shop):
    text = said("replay", "last", "the_shop:other", "--loose", code=1)
    assert "guessed 3 answers, recorded of other requests: calls #0, #2, #4" in text
    assert "the same as recorded" not in text


def test_a_thread_that_goes_on_live(shop):
    told = json.loads(said("replay", "last", "the_shop:kept", "--fork", "--from", "4", "--json"))
    assert (told["thread"], told["from"], shop.RAN) == ("7", 4, ["refund", "model"])


def test_what_does_not_go_with_a_fork_is_refused(shop):
    for option in (["--edit", "1=x"], ["--until", "2"], ["--live-models"], ["--ignore", "dates"]):
        text = said("replay", "last", "the_shop:kept", "--fork", "--from", "4", *option, code=2)
        assert "--fork is live, and takes --from STEP alone" in text
    assert shop.RAN == []


@pytest.mark.parametrize(
    ("options", "ran"),
    [
        pytest.param(["--live-models"], ["model"] * 3, id="models"),
        pytest.param(["--live-tools"], ["find_order", "refund"], id="tools"),
        pytest.param(
            ["--live-models", "--live-tools"],
            ["model", "find_order", "model", "refund", "model"],
            id="both",
        ),
        pytest.param(["--live-tools", "--from", "3"], ["refund"], id="from a step"),
    ],
)
def test_models_or_tools_alone_are_live(shop, options, ran):
    assert "the same as recorded" in said("replay", "last", "the_shop:graph", *options)
    assert ran == shop.RAN


def test_an_edit_says_how_to_go_on_from_where_it_leads(shop):
    text = said("replay", "last", "the_shop:graph", "--edit", "1=none", code=1)
    assert "from_step=3, live=True (--from 3 --live) goes on from here" in " ".join(text.split())


NEWS = """
import itertools
from holdfast.drills import ScriptedModel
from langgraph.graph import START, MessagesState, StateGraph

clock = itertools.count(10)
model = ScriptedModel(lambda messages: "Nothing.")

def agent(state):
    return {"messages": [model.invoke(f"It is {next(clock)}:00. What is new?")]}

graph = StateGraph(MessagesState).add_node("agent", agent).add_edge(START, "agent").compile()
"""


@pytest.fixture
def dated(tmp_path, monkeypatch):
    """A graph whose prompt holds the time, in a module; a run of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "the_news", raising=False)
    Path("the_news.py").write_text(NEWS)
    with record("traces.db"):
        importlib.import_module("the_news").graph.invoke({"messages": []})
    return "the_news:graph"


def test_what_differs_from_run_to_run_is_named_and_ignored(dated):
    text = " ".join(said("replay", "last", dated, code=1).split())
    assert 'nothing differs but times: ignore=["times"], or --ignore times, takes them' in text
    text = said("replay", "last", dated, "--ignore", "times")
    assert "asked as recorded but for what is ignored: calls #0\nthe same as recorded" in text
    assert "no such preset" in said("replay", "last", dated, "--ignore", "time", code=2)


def test_a_test_is_written_with_what_it_ignores(dated):
    assert "or --ignore times" in said("to-test", "last", dated, code=2)
    text = said("to-test", "last", dated, "--ignore", "times", "--name", "news")
    assert "run python -m pytest test_news.py" in text
    assert 'replay(CASSETTE, graph, ignore=["times"])' in Path("test_news.py").read_text()


@pytest.mark.parametrize(
    ("module", "graph", "said_of_it"),
    [
        pytest.param("import nothing_here", "broken:app", "ModuleNotFoundError", id="missing"),
        pytest.param(
            "raise RuntimeError('no key: sk-abcdefghijklmnopqrstuvwx')",
            "broken:app",
            "'broken:app' cannot be imported: RuntimeError: no key",
            id="raises",
        ),
        pytest.param("x = (", "broken:app", "SyntaxError: '(' was never closed", id="syntax"),
        pytest.param("import sys; sys.exit(3)", "broken:app", "SystemExit: 3", id="leaves"),
        pytest.param("def app(): 1 / 0", "broken:app", "cannot be built: ZeroDiv", id="function"),
        pytest.param("", "./broken.py:app", "name its module, broken:app", id="a file"),
        pytest.param("", "broken.py:app", "name its module, broken:app", id="a file's name"),
        pytest.param("", "/x/broken.py:app", "'/x/broken.py' is a file: name a", id="far away"),
        pytest.param("", ".broken:app", "no module's name", id="relative"),
    ],
)
def test_a_module_that_cannot_be_imported_is_one_line(shop, monkeypatch, module, graph, said_of_it):
    monkeypatch.delitem(sys.modules, "broken", raising=False)
    Path("broken.py").write_text(module)
    importlib.invalidate_caches()
    text = said("replay", "last", graph, code=2)
    assert said_of_it in text
    assert (text.count("\n"), "sk-abc" in text) == (1, False)
    assert ("broken.py, line 1" in text) == (graph == "broken:app")


def test_a_fork_that_raises_is_one_line(shop, monkeypatch):
    def fail(*args, **kwargs):
        raise LookupError("no such order")

    monkeypatch.setattr(shop.refund, "func", fail)
    text = said("replay", "last", "the_shop:kept", "--fork", "--from", "4", code=2)
    assert text.startswith("holdfast trace replay: --fork went on from step 4 and raised LookupErr")
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "said_of_it"),
    [
        pytest.param(["last", "the_shop"], "name a compiled graph as module:name", id="no name"),
        pytest.param(["last", "no_shop:graph"], "no module 'no_shop'", id="no module"),
        pytest.param(["last", "the_shop:nothing"], "has no 'nothing'", id="no such graph"),
        pytest.param(["last", "the_shop:RAN"], "is a list", id="no graph"),
        pytest.param(["none", "the_shop:graph"], "none", id="no run"),
        pytest.param(["last", "the_shop:graph", "--from", "2"], "give both", id="not live"),
        pytest.param(["last", "the_shop:graph", "--edit", "x"], "edit 'x'", id="no edit"),
        pytest.param(["last", "the_shop:kept", "--fork"], "again, --from STEP", id="no step"),
        pytest.param(
            ["last", "the_shop:graph", "--store", "no.db"], "there is no such file", id="no store"
        ),
    ],
)
def test_what_cannot_be_replayed_says_why_and_exits_with_2(shop, args, said_of_it):
    assert said_of_it in said("replay", *args, code=2)


def test_a_run_becomes_a_test(shop):
    text = said("to-test", "last", "the_shop:graph", "--out", "tests", "--name", "refund")
    assert text.startswith("wrote tests/test_refund.py and tests/test_refund.json")
    assert "from the_shop import graph" in Path("tests/test_refund.py").read_text()
    assert "is there already" in said(
        "to-test", "last", "the_shop:graph", "--out", "tests", "--name", "refund", code=2
    )


@pytest.mark.parametrize(
    ("graph", "said_of_it"),
    [
        pytest.param("the_shop:other", "does not replay as the same", id="another graph"),
        pytest.param("the_shop:made", "give a compiled LangGraph graph", id="a function"),
        pytest.param("no_shop:graph", "there is no module 'no_shop'", id="no module"),
    ],
)
def test_no_test_is_written_that_would_fail(shop, graph, said_of_it):
    text = said("to-test", "last", graph, "--out", "tests", code=2)
    assert said_of_it in text
    assert text.count("\n") == 1
    assert not Path("tests").exists()


def test_tests_of_two_runs_have_names_of_their_own(shop):
    with record("traces.db"):
        shop.graph.invoke(ASKED)
    said("to-test", "last", "the_shop:graph")
    with Store("traces.db", read_only=True) as store:
        ids = [trace.id for trace in store.traces()]
    said("to-test", ids[-1], "the_shop:kept")
    assert len(list(Path().glob("test_run_*.py"))) == 2


def test_a_run_becomes_a_test_as_json(shop):
    told = json.loads(said("to-test", "last", "--name", "refund", "--json"))
    assert told == {"test": "test_refund.py", "cassette": "test_refund.json"}
