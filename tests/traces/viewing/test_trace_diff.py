import io
import json

import pytest
from holdfast.cli import app
from holdfast.guards import AuditInputError
from holdfast.traces import Store, diff, record
from holdfast.traces.store import NoSuchTraceError, Span
from holdfast.traces.viewing import StoredTrace
from holdfast.traces.viewing.aligning import Pair, _by_keys, aligned
from holdfast.traces.viewing.call_steps import CallStep
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from .hostile import HOSTILE, write_hostile
from .recorded import agent, ask, calls, record_ticket, says


def step(n, name="look", request="", result="r", kind="tool", node="tools", status="ok"):
    span = Span(id=f"s{n}", trace="t", seq=n, kind=kind, name=name, node=node, start=n,
                status=status)  # fmt: skip
    return CallStep(n, span, request, "", result)


def steps(names):
    return [step(n, name) for n, name in enumerate(names, 1)]


def told(pairs):
    return [(pair.change, (pair.a or pair.b).span.name) for pair in pairs]


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        pytest.param("ab", "ab", [("same", "a"), ("same", "b")], id="the same"),
        pytest.param("", "", [], id="nothing"),
        pytest.param("a", "", [("only_a", "a")], id="only the one"),
        pytest.param("", "a", [("only_b", "a")], id="only the other"),
        pytest.param(
            "abc", "ac", [("same", "a"), ("only_a", "b"), ("same", "c")], id="one left out"
        ),
        pytest.param("ac", "abc", [("same", "a"), ("only_b", "b"), ("same", "c")], id="one put in"),
        pytest.param("a", "b", [("only_a", "a"), ("only_b", "b")], id="another tool"),
    ],
)
@pytest.mark.parametrize("way", [aligned, _by_keys])
def test_calls_are_paired_by_their_names_in_order(one, other, found, way):
    assert told(way(steps(one), steps(other))) == found


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param({}, "same", id="nothing"),
        pytest.param({"request": "other"}, "request", id="the request"),
        pytest.param({"result": "other"}, "result", id="the result"),
        pytest.param({"status": "error"}, "status", id="how it ended"),
        pytest.param({"request": "other", "result": "other"}, "request", id="both"),
        pytest.param({"node": "call"}, "same", id="where a tool was called"),
    ],
)
def test_a_pair_says_how_its_calls_differ(change, found):
    (pair,) = aligned([step(1)], [step(1, **change)])
    assert pair.change == found


def test_of_equal_names_the_most_alike_stand_together():
    asked = "tell me all about the red bicycle in the old garden house"
    one = [CallStep(1, step(1).span, asked, "", "r", "")]
    other = [step(1, request="a"), step(2, request="b"), step(3, request=asked)]
    pairs = aligned(one, other)
    assert [pair.b.n for pair in pairs if pair.a] == [3]


def test_models_in_different_places_never_stand_together():
    one, other = step(1, kind="model", node="a"), step(1, kind="model", node="b")
    assert [pair.change for pair in aligned([one], [other])] == ["only_a", "only_b"]


NAMES = st.lists(st.sampled_from("abc"), max_size=9)


@given(one=NAMES, other=NAMES)
def test_each_call_stands_in_one_pair_in_its_order(one, other):
    pairs = aligned(steps(one), steps(other))
    assert [pair.a.span.name for pair in pairs if pair.a] == one
    assert [pair.b.span.name for pair in pairs if pair.b] == other


@given(names=NAMES)
def test_a_run_is_the_same_as_itself(names):
    assert all(pair.change == "same" for pair in aligned(steps(names), steps(names)))


@given(one=NAMES, other=NAMES)
def test_the_other_way_round_as_many_stand_together(one, other):
    def together(pairs):
        return sum(isinstance(pair, Pair) and bool(pair.a and pair.b) for pair in pairs)

    forth, back = aligned(steps(one), steps(other)), aligned(steps(other), steps(one))
    assert together(forth) == together(back)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Two runs alike but for ids, one that asks otherwise, and one that gets another answer."""
    file = tmp_path_factory.mktemp("diff") / "traces.db"
    looks = calls("look", "c1", what="7"), says("blue")
    with record(file):
        for replies in (
            looks,
            (calls("look", "c9", what="7"), says("blue")),
            (calls("look", "c1", what="8"), says("blue")),
            (calls("look", "c1", what="7"), says("green")),
        ):
            ask(agent(*replies), "what is it?", thread="t")
    return file


@pytest.fixture
def runs(path):
    with Store(path) as store:
        yield [StoredTrace.of(store, trace) for trace in store.traces()][::-1]


def test_ids_that_change_from_run_to_run_are_no_difference(runs):
    found = diff(runs[0], runs[1])
    assert found.same
    assert found.first is None


def test_the_first_divergence_is_the_first_call_that_differs(runs):
    found = diff(runs[0], runs[2])
    assert (found.first.a.n, found.first.change) == (0, "result")
    assert [pair.change for pair in found.pairs] == ["result", "request", "request"]


def test_an_answer_that_came_out_otherwise_is_told_with_its_text(runs):
    data = diff(runs[0], runs[3]).data()
    assert data["first"]["change"] == "result"
    assert data["first"]["diff"] == {
        "result": ["@@ -1 +1 @@", "-assistant: blue", "+assistant: green"]
    }
    assert json.loads(json.dumps(data)) == data


def test_runs_may_be_given_by_their_ids(path, runs):
    assert diff(runs[0].trace.id, "last", path).b.id == runs[3].trace.id
    with pytest.raises(NoSuchTraceError):
        diff("nothing", "last", path)
    with pytest.raises(AuditInputError, match="without a store"):
        diff("last", runs[0])


def test_ways_that_part_are_told_by_their_nodes(tmp_path):
    record_ticket(tmp_path / "a.db", 6, "plain")
    record_ticket(tmp_path / "a.db", 6)
    with Store(tmp_path / "a.db") as store:
        guarded, plain = (trace.id for trace in store.traces())
        found = diff(plain, guarded, store)
    assert found.turns[0].b == ["begin", "guard"]
    assert (found.a.status, found.b.ending, found.same) == ("error", "completed", False)


def shown(found):
    console = Console(file=io.StringIO(), width=160)
    console.print(found)
    return console.file.getvalue()


def test_both_views_show_where_runs_part(runs):
    found = diff(runs[0], runs[3])
    for text in (shown(found), found._repr_html_()):
        assert "First divergence: call #2, model ScriptedModel in agent: came out otherwise" in text
        assert "+assistant: green" in text


def test_texts_that_mean_harm_are_shown_as_texts(tmp_path):
    with Store(tmp_path / "a.db") as store, Store(tmp_path / "b.db") as other:
        write_hostile(store)
        write_hostile(other, spans=2)
        found = diff(StoredTrace.of(store, "t"), StoredTrace.of(other, "t"))
        text, html = shown(found), found._repr_html_()
    for harm in ("\x1b", "\x07", "\u202e"):
        assert harm not in text + html
    assert "[bold red]" in text
    assert "<script>" not in html
    assert HOSTILE not in html


def test_a_long_difference_is_cut(tmp_path):
    with record(tmp_path / "a.db"):
        for end in ("x", "y"):
            ask(agent(says("\n".join(f"{n}{end}" * 99 for n in range(500)))), "go")
    with Store(tmp_path / "a.db") as store:
        one, other = (trace.id for trace in store.traces())
        lines = diff(one, other, store).data()["first"]["diff"]["result"]
    assert len(lines) == 41
    assert max(map(len, lines)) <= 201


def test_the_command_compares_two_runs(path, runs):
    given = ["trace", "diff", runs[0].trace.id, "last", "--store", str(path)]
    done = CliRunner().invoke(app, given)
    assert (done.exit_code, "First divergence" in done.stdout) == (0, True), done.output
    data = json.loads(CliRunner().invoke(app, [*given, "--json"]).stdout)
    assert data["same"] is False


def test_the_command_says_which_run_is_not_there(path):
    done = CliRunner().invoke(app, ["trace", "diff", "x", "last", "--store", str(path)])
    assert (done.exit_code, "has no trace 'x'" in done.stderr) == (2, True)
