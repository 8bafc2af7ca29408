"""What people look at in a terminal: at any usual width every word of it can be read."""

import io
from functools import partial

import pytest
from holdfast.guards import Budget, LoopGuard
from holdfast.traces import (
    Differences,
    Recording,
    Store,
    Totals,
    audit_run,
    compare_run,
    diff,
    print_differences,
    print_totals,
    record,
    what_if,
)
from holdfast.traces.store import Trace
from holdfast.traces.viewing import StoredTrace, TraceDiff, print_trace, seen_spans
from holdfast.traces.viewing.diff_tables import turn_lines
from holdfast.traces.viewing.trace_diff import Turn
from rich.console import Console

from .runs import repeated, says
from .viewing.recorded import agent, ask, calls
from .viewing.recorded import says as said

RUNS = [
    Recording("01a203dd-c9d5-7656-959b-473ad026c30d", [*repeated(9), says()], 1.0),
    Recording("01a203dd-c912-703b-9ab1-f077306f26b8", [*repeated(4), says()], 0.0),
]
EARLY = [LoopGuard(nudge=2, block=3, wrap_up=4, last=6)]
LATE = [LoopGuard(nudge=3, block=5, wrap_up=6, last=7), Budget(tokens=50_000)]


def text_of(show, width):
    console = Console(file=io.StringIO(), width=width)
    show(console)
    return console.file.getvalue()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("widths") / "traces.db"
    for what in ("the sky", "the sea"):
        with record(path):
            ask(agent(calls("look", "c1", what=what), said("Blue.")), "What colour is it?")
    with Store(path, read_only=True) as opened:
        yield opened


def compared(console, store):
    console.print(diff(*(trace.id for trace in store.traces()), store))


def tree(console, store):
    stored = StoredTrace.of(store, "last")
    print_trace(console, stored.trace, list(seen_spans(stored)), [])


def would_have_been(console, store):
    console.print(what_if(RUNS, EARLY, against=LATE))


def differences(console, store):
    found = Differences()
    for run in RUNS:
        found.add(compare_run(run, EARLY, LATE))
    names = "loop.nudge=2 loop.block=3 loop.wrap_up=4 loop.last=6", "defaults"
    print_differences(console, found, names)


def totals(console, store):
    found = Totals()
    for run in RUNS:
        found.add(audit_run(run, [*EARLY, Budget(tokens=50)]))
    print_totals(console, found, seconds=1.0)


VIEWS = {
    compared: ["A", "tokens out", "agent: model ScriptedModel", "came out otherwise", "asked"],
    tree: ["agent", "tokens", "#0", "assistant: Blue."],
    would_have_been: [
        "LoopGuard(nudge=3,", "successes objected to", "stopped / tokens / hurt", "success", "loop",
        "stopped by A", "stopped by B",
    ],
    differences: ["loop.nudge=2", "tokens saved, about", "loop: same_call", "at step", "change"],
    totals: ["same_call", "trips", "reward 1", "below 1", "How the runs ended"],
}  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("view", VIEWS)
def test_no_word_is_cut_at_any_usual_width(store, view, width):
    text = text_of(partial(view, store=store), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert [told for told in VIEWS[view] if told not in text] == []


def test_calls_that_differ_stand_on_one_line_with_both_their_numbers(store):
    lines = text_of(partial(compared, store=store), 60).splitlines()
    (line,) = [line for line in lines if "tool look" in line and line.lstrip().startswith("#")]
    assert line.split() == ["#1", "#1", "tools:", "tool", "look", "asked", "otherwise"]


def test_the_same_parting_several_times_running_is_told_once():
    a, b = (Trace(id=each, name=each, start=1) for each in "ab")
    again = Turn("tools", ["call"], [])
    found = TraceDiff(a, b, [], [again, again, again, Turn("agent", [], ["human"]), again])
    once = "after tools: A goes call; B goes on"
    assert turn_lines(found) == [f"{once} (3 times)", "after agent: A goes on; B goes human", once]
