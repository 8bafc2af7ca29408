import io
import re

import pytest
from holdfast.traces import Store, record
from holdfast.traces.store.finding import short_ids
from holdfast.traces.viewing import (
    StoredTrace,
    listed,
    print_list,
    print_trace,
    seen_spans,
    write_trace_page,
)
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command
from rich.console import Console

from .hostile import write_hostile
from .recorded import agent, ask, calls, record_ticket, says


def printed(show, *, width=200):
    out = io.StringIO()
    show(Console(file=out, width=width, force_terminal=True, color_system="truecolor"))
    return out.getvalue()


def tree(stored):
    seen, told = list(seen_spans(stored)), stored.placeless
    return lambda console: print_trace(console, stored.trace, seen, told)


@pytest.fixture
def hostile(tmp_path):
    with Store(tmp_path / "traces.db") as store:
        write_hostile(store)
        yield store


@pytest.mark.parametrize("show", ["tree", "list"])
def test_neither_control_characters_nor_markup_reach_the_terminal(hostile, show):
    if show == "tree":
        text = printed(tree(StoredTrace.of(hostile, "t")))
    else:
        text = printed(lambda console: print_list(console, listed(hostile)))
    for harm in ("\x1b[2J", "\x1b]0", "\x07", "\u202e"):
        assert harm not in text
    assert "[bold" in text


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    path = tmp_path_factory.mktemp("desk") / "traces.db"
    record_ticket(path, 1)
    return path


def test_a_tree_shows_prompt_size_tokens_time_and_verdicts(desk):
    with Store(desk) as store:
        text = printed(tree(StoredTrace.of(store, "last")))
    plain = Console(file=io.StringIO(), width=200)
    with Store(desk) as store:
        tree(StoredTrace.of(store, "last"))(plain)
    words = plain.file.getvalue()
    for told in ("2 messages, ", "characters → ", " tokens", " ms", "◆ tool_call block"):
        assert told in words
    assert "\x1b[" in text


def test_an_empty_list_says_so(tmp_path):
    with Store(tmp_path / "new.db") as store:
        assert "No run is there" in printed(lambda console: print_list(console, listed(store)))


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        pytest.param(40, "trace stands", id="a phone"),
        pytest.param(60, "trace began stands trips", id="half a terminal"),
        pytest.param(80, "trace began graph stands took trips", id="a terminal"),
        pytest.param(110, "trace began graph thread stands took tokens trips", id="a wide one"),
        pytest.param(
            140, "trace (UTC) graph thread stands took spans tokens trips", id="a very wide one"
        ),
    ],
)
def test_a_list_leaves_out_columns_and_cuts_nothing(desk, width, columns):
    console = Console(file=io.StringIO(), width=width)
    with Store(desk) as store:
        ids = [trace.id for trace in store.traces()]
        print_list(console, listed(store), short_ids(desk, ids))
    head, *lines = console.file.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == [each[-8:] for each in ids]
    assert all(name in head for name in columns.split())
    assert max(map(len, (head, *lines))) <= width
    assert "…" not in console.file.getvalue()


def test_an_answer_is_shown_once(tmp_path):
    app = agent(calls("may_i", "c1", what="go"), says("done"))
    with record(tmp_path / "t.db"):
        ask(app, "go")
        ask(app, Command(resume="yes"))
    with Store(tmp_path / "t.db") as store:
        found = StoredTrace.of(store, "last")
    answers = [one for some in found.happened.values() for one in some if one.kind == "answer"]
    assert [one.data for one in answers] == [{"resume": "yes"}]


def test_each_call_shows_its_number_and_what_it_was_about(tmp_path):
    with record(tmp_path / "t.db"):
        ask(agent(calls("look", "c1", what="the sky"), says("Blue.")), "What colour is it?")
    with Store(tmp_path / "t.db", read_only=True) as store:
        stored = StoredTrace.of(store, "last")
        seen = {one.call: one for one in seen_spans(stored) if one.call is not None}
        kinds = {call.n: call.kind for call in store.calls(stored.trace.id)}
    assert {n: one.span.kind for n, one in seen.items()} == kinds
    tool = next(one for one in seen.values() if one.span.kind == "tool")
    assert '"what": "the sky"' in tool.said[0]
    assert len(tool.said) == 2


def test_a_question_shows_the_checkpoint_at_which_it_was_asked_and_answered(tmp_path):
    app = agent(calls("may_i", "a", what="paint"), says("Painted."))
    with record(tmp_path / "traces.db"):
        ask(app, "Paint it.")
        at = app.get_state({"configurable": {"thread_id": "t1"}}).config["configurable"]
        ask(app, Command(resume="yes"))
    with Store(tmp_path / "traces.db") as store:
        went_on, asked = (printed(tree(StoredTrace.of(store, each))) for each in store.traces())
    assert f"waits at checkpoint {at['checkpoint_id']}" in asked
    assert f"went on from checkpoint {at['checkpoint_id']}" in went_on


def test_nodes_of_the_outermost_graph_alone_show_the_super_steps_that_replays_count(tmp_path):
    inner = agent(calls("look", "a", what="the sky"), says("Blue."), says("Still blue."))
    outer = StateGraph(MessagesState).add_node("ask", inner).add_node("agent", lambda _: {})
    app = outer.add_edge(START, "ask").add_edge("ask", "agent").compile(InMemorySaver())
    with record(tmp_path / "traces.db"):
        ask(app, "What colour is it?")
        ask(app, "And now?")
    with Store(tmp_path / "traces.db") as store:
        stored = StoredTrace.of(store, "last")
        console, page = Console(file=io.StringIO(), width=40), io.StringIO()
        tree(stored)(console)
        write_trace_page(page, stored)
    words = console.file.getvalue()
    assert re.findall(r"node (\w+)  step (\d)", words) == [("ask", "5"), ("agent", "6")]
    assert words.count("node agent") == 2
    assert max(map(len, words.splitlines())) <= 40
    assert re.findall(r'<span class="dim">step (\d)', page.getvalue()) == ["5", "6"]
