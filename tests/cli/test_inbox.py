import json
import sqlite3
import sys

import pytest
from holdfast.cli import app
from langgraph.checkpoint.sqlite import SqliteSaver
from typer.testing import CliRunner

SHOP = '''
from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import Deadline, tool_facts
from holdfast.nodes import Specialist
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt

PAID = []

def pay(eur: int, to: str) -> str:
    """Pay an invoice."""
    PAID.append(eur)
    return f"paid {eur}"

tool_facts(pay, effects=True, approval=True)

def policy(messages, tools):
    ran = any(message.type == "tool" for message in messages)
    if "handoff" in tools:
        return "Done." if ran else tool_call("handoff", to="payer", task="Pay.")
    return "Paid." if ran else tool_call("pay", eur=250, to="A\\x1b[31m, password=hunter2")

def team(deadline=None):
    model = ScriptedModel(policy)
    payer = Specialist("payer", model, tools=[pay])
    return supervised_graph(
        AgentState, supervisor=model, specialists=[payer], deadline=deadline
    )

def hasty():
    return team(Deadline(0.001, "abort"))

def plain():
    graph = StateGraph(MessagesState)
    graph.add_node("ask", lambda _: {"messages": [("ai", str(interrupt("Which one?")))]})
    graph.add_edge(START, "ask")
    return graph
'''


@pytest.fixture
def inbox(tmp_path, monkeypatch):
    """Return what calls `holdfast inbox` on a database with three questions."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "shop_that_asks", raising=False)
    (tmp_path / "shop_that_asks.py").write_text(SHOP)
    import shop_that_asks as shop

    with SqliteSaver.from_conn_string("threads.db") as saver:
        for thread, graph in (("a", shop.team()), ("late", shop.hasty()), ("own", shop.plain())):
            config = {"configurable": {"thread_id": thread}}
            graph.compile(saver).invoke({"messages": [("user", "Pay.")]}, config)

    def call(*arguments):
        return CliRunner().invoke(app, ["inbox", "threads.db", *arguments])

    call.paid = shop.PAID
    return call


CRASHED = '''
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import tool_facts
from holdfast.nodes import tool_node
from langchain_core.messages import AIMessage
from langgraph.graph import START, MessagesState, StateGraph

class Died(BaseException):
    """Stands for a kill."""

DYING = [True]
PAID = []

def pay(order: str) -> str:
    """Pay an order."""
    PAID.append(order)
    if DYING:
        raise Died
    return f"paid {order}"

tool_facts(pay, effects=True, unknown="ask")

def plain():
    graph = StateGraph(MessagesState).add_node("tools", tool_node([pay]))
    return graph.add_edge(START, "tools")

CALL = AIMessage("", tool_calls=[{"name": "pay", "args": {"order": "A1"}, "id": "c1"}])
'''


@pytest.mark.parametrize(
    ("said", "paid", "result"),
    [
        pytest.param(["respond", "--message", "R-1"], ["A1"], "R-1", id="it took effect"),
        pytest.param(["approve"], ["A1", "A1"], "paid A1", id="it did not"),
        pytest.param(["reject"], ["A1"], "Outcome unknown.", id="nobody knows"),
    ],
)
def test_a_call_that_a_kill_cut_off_is_asked_about_in_words_for_a_person(
    tmp_path, monkeypatch, said, paid, result
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "shop_that_died", raising=False)
    (tmp_path / "shop_that_died.py").write_text(CRASHED)
    import shop_that_died as shop

    config = {"configurable": {"thread_id": "a"}}
    with SqliteSaver.from_conn_string("died.db") as saver:
        graph = shop.plain().compile(saver)
        with pytest.raises(shop.Died):
            graph.invoke({"messages": [shop.CALL]}, config, durability="sync")
        shop.DYING.clear()
        [asked] = graph.invoke(None, config, durability="sync")["__interrupt__"]
    shown = CliRunner().invoke(app, ["inbox", "died.db", "--show", asked.id]).stdout
    shown = " ".join(shown.split())
    assert 'Nobody knows whether pay took effect with the arguments {"order": "A1"}' in shown
    assert "--decision respond: it took effect, and --message is its result" in shown
    assert "--decision approve: it did not take effect: it is made again" in shown
    assert f"--answer {asked.id[:8]} --decision CHOICE" in shown
    answer = ["--answer", asked.id, "--app", "shop_that_died:plain", "--decision", *said]
    assert CliRunner().invoke(app, ["inbox", "died.db", *answer]).exit_code == 0
    assert paid == shop.PAID
    with SqliteSaver.from_conn_string("died.db") as saver:
        assert (
            shop.plain()
            .compile(saver)
            .get_state(config)
            .values["messages"][-1]
            .text.startswith(result)
        )


def listed(inbox, *more):
    return [json.loads(line) for line in inbox("--json", *more).stdout.splitlines()]


def question(inbox, thread):
    (one,) = listed(inbox, "--thread", thread)
    return one["id"][:12]


def test_all_open_questions_are_listed(inbox):
    found = listed(inbox)
    assert [one["thread"] for one in found] == ["a", "late", "own"]
    assert [one["is_expired"] for one in found] == [False, True, False]
    shown = inbox().stdout
    assert "To be approved" in shown
    assert "Which one?" in shown
    assert "passed: abort" in shown
    assert "3 questions" in shown


def test_a_question_is_shown_whole_and_drives_no_terminal(inbox):
    shown = inbox("--show", question(inbox, "a")).stdout
    assert "choices    approve, edit, reject, take_over, abort" in shown
    assert '"eur": 250' in shown
    assert "hunter2" not in shown
    assert "\x1b" not in shown
    assert "\x1b" not in inbox("--json").stdout


@pytest.mark.parametrize(
    ("said", "paid"),
    [
        pytest.param(["--decision", "approve"], [250], id="approve"),
        pytest.param(["--decision", "reject", "--message", "Too much."], [], id="reject"),
        pytest.param(
            ["--decision", "edit", "--args", '{"eur": 5, "to": "B"}'], [5], id="edit"
        ),
        pytest.param(["--raw", '{"decisions": [{"type": "approve"}]}'], [250], id="whole"),
    ],
)  # fmt: skip
def test_a_question_is_answered(inbox, said, paid):
    name = question(inbox, "a")
    done = inbox("--answer", name, "--app", "shop_that_asks:team", *said)
    assert (done.exit_code, done.stdout) == (
        0, f"{name[:8]} is answered. Thread a went on and ended: completed.\n"
    )  # fmt: skip
    assert inbox.paid == paid
    again = inbox("--answer", name, "--app", "shop_that_asks:team", *said)
    assert (again.exit_code, inbox.paid) == (2, paid)


def test_a_question_of_the_graphs_own_takes_what_it_is_told(inbox):
    name = question(inbox, "own")
    done = inbox("--answer", name, "--app", "shop_that_asks:plain", "--message", "The red one")
    assert done.exit_code == 0
    assert listed(inbox, "--thread", "own") == []


def test_an_answer_that_does_not_fit_leaves_the_question_open(inbox):
    name = question(inbox, "a")
    wrong = ["--decision", "edit", "--args", '{"eur": "x", "to": "B"}']
    done = inbox("--answer", name, "--app", "shop_that_asks:team", *wrong)
    assert (done.exit_code, inbox.paid) == (1, [])
    assert "the edited call of 'pay' does not fit" in done.stderr
    assert listed(inbox, "--thread", "a")[0]["attempts"] == 1


def test_questions_whose_time_has_passed_are_closed(inbox):
    done = inbox("--expire", "--app", "shop_that_asks:hasty")
    assert "Thread late went on and ended: aborted." in done.stdout
    assert [one["thread"] for one in listed(inbox)] == ["a", "own"]
    again = inbox("--expire", "--app", "shop_that_asks:hasty")
    assert again.stdout == "No question's time has passed.\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        pytest.param(["--show", "f00"], "no open questions begin with that", id="no such question"),
        pytest.param(["--answer", "a"], "name it, --app MODULE:GRAPH", id="no graph"),
        pytest.param(["--expire"], "name it, --app MODULE:GRAPH", id="nothing to go on with"),
        pytest.param(
            ["--expire", "--app", "shop_that_asks:nobody"], "has no 'nobody'", id="no such graph"
        ),
        pytest.param(["--show", "a", "--answer", "a"], "one of them", id="two ways at once"),
        pytest.param(["--decision", "approve"], "--answer ID", id="an answer to nothing"),
        pytest.param(
            ["--answer", "a", "--decision", "approve", "--raw", "{}"],
            "leave out --decision",
            id="an answer beside the whole one",
        ),
        pytest.param(
            ["--answer", "a", "--app", "shop_that_asks:hasty", "--grant", "tokens"],
            "use MEASURE=PART",
            id="a grant of no amount",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(inbox, arguments, why):
    done = inbox(*arguments)
    assert (done.exit_code, why in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere.db", "there is no such file"),
        ("text.db", "no SQLite database"),
        ("empty.db", "it holds no checkpoints"),
    ],
)
def test_what_is_no_database_of_checkpoints_is_refused(tmp_path, name, why):
    (tmp_path / "text.db").write_text("not a database, but long enough to be read as one")
    sqlite3.connect(tmp_path / "empty.db").execute("CREATE TABLE other (a)").connection.close()
    done = CliRunner().invoke(app, ["inbox", str(tmp_path / name)])
    assert (done.exit_code, why in done.stderr) == (2, True)


def test_listing_writes_nothing(inbox, tmp_path):
    before = (tmp_path / "threads.db").stat().st_mtime_ns
    inbox()
    assert (tmp_path / "threads.db").stat().st_mtime_ns == before
