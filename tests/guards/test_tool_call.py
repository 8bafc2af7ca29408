import pytest
from holdfast.guards import Call, GuardConfigError, Ledger, ToolCallGuard, ToolFacts, ToolSpec
from holdfast.guards import make_step as step
from holdfast.guards.verdict import severity
from hypothesis import given
from hypothesis import strategies as st

PARAMETERS = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
TOOLS = {
    "book": ToolSpec("book", parameters=PARAMETERS),
    "search": ToolSpec("search"),
    "shell": ToolSpec("shell", facts=ToolFacts(failing_is_normal=True)),
}


def did(name, error=None, actor="agent", branch="", preview="no seat"):
    return step("tool", name, actor=actor, branch=branch, error=error, preview=preview)


def failed(name, times, **known):
    return [did(name, "model_fixable", **known) for _ in range(times)]


def call(name, actor="agent", branch="", error=None, kind="tool", **args):
    return Call("p", name, args, actor, branch, kind, error)


def check(steps, *proposed, tools=TOOLS, guard=None):
    numbered = [{**each, "n": n} for n, each in enumerate(steps, 1)]
    ledger = Ledger(steps=numbered, proposed=proposed, tools=tools)
    return (guard or ToolCallGuard()).check(ledger)


# Before tools


@pytest.mark.parametrize(
    ("proposed", "kind", "reason"),
    [
        pytest.param(call("book", id="LH1"), "", "", id="a call that fits"),
        pytest.param(call("search", anything=1), "", "", id="a tool without a schema"),
        pytest.param(call("nowhere", kind="handoff"), "", "", id="a hand-off"),
        pytest.param(
            call("bok", id="LH1"),
            "unknown_tool",
            "There is no tool 'bok'; the nearest are: book.",
            id="a tool that does not exist, like one that does",
        ),
        pytest.param(
            call("zzz"),
            "unknown_tool",
            "There is no tool 'zzz'; there are: book, search, shell.",
            id="a tool like none",
        ),
        pytest.param(
            call("book"),
            "invalid_arguments",
            "The call of 'book' does not fit: 'id' is missing. Use book(id: string).",
            id="a missing argument",
        ),
        pytest.param(
            call("book", id="LH1", seat=2),
            "invalid_arguments",
            "The call of 'book' does not fit: there is no argument 'seat' (it takes id). "
            "Use book(id: string).",
            id="an argument too many",
        ),
        pytest.param(
            call("book", error="cut short"),
            "unreadable_arguments",
            "The call of 'book' cannot be read: cut short. Send valid JSON.",
            id="arguments that cannot be read",
        ),
    ],
)
def test_a_proposed_call_is_judged_by_its_tool(proposed, kind, reason):
    verdict = check([], proposed)
    assert (verdict["kind"], verdict["reason"]) == (kind, reason)
    assert verdict["action"] == ("block" if kind else "none")
    assert verdict["calls"] == (["p"] if kind else [])


def test_without_tools_a_call_cannot_be_judged():
    verdict = check([], call("book"), tools=None)
    assert (verdict["outcome"], verdict["reason"]) == ("skip", "nobody said which tools there are")


def test_a_hand_off_is_no_tool_call_to_be_judged():
    assert check([], call("billing", kind="handoff"), tools=None)["outcome"] == "pass"


def test_without_tools_a_call_that_cannot_be_read_is_blocked_all_the_same():
    assert check([], call("book", error="cut short"), tools=None)["action"] == "block"


def test_where_there_is_no_tool_every_call_is_of_an_unknown_one():
    assert check([], call("book"), tools={})["reason"] == (
        "There is no tool 'book'; there are: none."
    )


def test_only_the_calls_that_cannot_work_are_objected_to():
    good, bad = Call("1", "book", {"id": "LH1"}), Call("2", "bok", {})
    assert check([], good, bad)["calls"] == ["2"]


def test_two_equal_faults_are_said_once():
    first, second = Call("1", "zzz", {}), Call("2", "zzz", {})
    verdict = check([], first, second)
    assert verdict["calls"] == ["1", "2"]
    assert verdict["reason"].count("There is no tool") == 1


def test_a_long_name_is_quoted_in_part():
    assert len(check([], call("x" * 10_000))["reason"]) < 200


@pytest.mark.parametrize(
    ("steps", "proposed", "action"),
    [
        pytest.param(failed("book", 4), call("book", id="1"), "none", id="four failures"),
        pytest.param(failed("book", 5), call("book", id="1"), "block", id="five"),
        pytest.param(failed("book", 6), call("book", id="1"), "block", id="six"),
        pytest.param(failed("book", 7), call("book", id="1"), "escalate", id="seven"),
        pytest.param(failed("book", 9), call("search"), "none", id="another tool"),
        pytest.param(
            [*failed("book", 4), did("book"), *failed("book", 4)],
            call("book", id="1"),
            "none",
            id="a success between",
        ),
        pytest.param(
            [*failed("book", 3), did("search"), *failed("book", 2)],
            call("book", id="1"),
            "block",
            id="a success of another tool between",
        ),
        pytest.param(
            [*failed("book", 4), step("human", "ask"), *failed("book", 2)],
            call("book", id="1"),
            "none",
            id="a person spoke between",
        ),
        pytest.param(
            [*failed("book", 4), did("book", "cancelled")],
            call("book", id="1"),
            "none",
            id="a cancelled call is no failure",
        ),
        pytest.param(
            [*failed("book", 4), did("book", "unknown")],
            call("book", id="1"),
            "none",
            id="nor is one that a crash cut off",
        ),
        pytest.param(
            [*failed("book", 4), did("book", "blocked")],
            call("book", id="1"),
            "block",
            id="a blocked call is one",
        ),
        pytest.param(
            failed("book", 9, branch="x"), call("book", id="1", branch="y"), "none", id="a branch"
        ),
        pytest.param(
            failed("book", 9, actor="x"), call("book", id="1", actor="y"), "none", id="an actor"
        ),
        pytest.param(failed("shell", 20), call("shell"), "none", id="failing is normal"),
        pytest.param(failed("book", 7), call("book"), "escalate", id="a call that does not fit"),
        pytest.param(failed("zzz", 6), call("zzz"), "block", id="six unknown tools"),
        pytest.param(
            [each for name in "tuvwxyz" for each in failed(name, 1)],
            call("zzz"),
            "escalate",
            id="seven unknown tools of other names",
        ),
        pytest.param(
            [each for name in "tuvwxyz" for each in failed(name, 1, actor="x")],
            call("zzz"),
            "block",
            id="seven of another actor",
        ),
    ],
)
def test_a_tool_that_keeps_failing_is_not_called_again(steps, proposed, action):
    assert check(steps, proposed)["action"] == action


def test_the_block_of_a_failing_tool_says_why_and_where():
    verdict = check([did("search"), *failed("book", 5)], call("book", id="1"))
    assert verdict["kind"] == "failing_tool"
    assert verdict["steps"] == [2, 3, 4, 5, 6]
    assert verdict["reason"] == (
        "The tool 'book' has failed 5 times in a row and is not called again in this run; "
        "its last error was: 'no seat'."
    )


# After tools


@pytest.mark.parametrize(
    ("steps", "action"),
    [
        pytest.param([], "none", id="an empty run"),
        pytest.param([step("model", "m")], "none", id="no tool yet"),
        pytest.param(failed("book", 2), "none", id="two failures"),
        pytest.param(failed("book", 3), "nudge", id="three"),
        pytest.param(failed("book", 4), "nudge", id="four"),
        pytest.param(failed("book", 5), "block", id="five"),
        pytest.param([*failed("book", 5), did("book")], "none", id="a success at last"),
        pytest.param([*failed("book", 5), did("search")], "none", id="another tool since"),
        pytest.param([*failed("book", 5), step("human", "ask")], "none", id="a person since"),
        pytest.param([*failed("book", 3), step("model", "m")], "nudge", id="the model spoke since"),
        pytest.param(failed("shell", 20), "none", id="failing is normal"),
        pytest.param(
            [each for _ in range(3) for each in (*failed("book", 1), did("book"))],
            "none",
            id="three failures with successes between",
        ),
    ],
)
def test_after_tools_the_rung_is(steps, action):
    assert check(steps)["action"] == action


def test_the_nudge_says_what_failed_and_what_the_tool_takes():
    verdict = check(failed("book", 3))
    assert verdict["reason"] == (
        "'book' has failed 3 times in a row; the last error was: 'no seat'. "
        "It takes book(id: string). Change what you ask of it, or do without."
    )


def test_a_tool_that_nobody_described_is_nudged_without_its_arguments():
    assert "It takes" not in check(failed("book", 3), tools=None)["reason"]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"nudge": 1}, id="a nudge at the first failure"),
        pytest.param({"nudge": 5}, id="a nudge at the block"),
        pytest.param({"block": 8}, id="a block at the escalation"),
        pytest.param({"escalate": 5}, id="an escalation at the block"),
    ],
)
def test_settings_out_of_order_are_refused(settings):
    ((name, value),) = settings.items()
    with pytest.raises(GuardConfigError, match=rf"ToolCallGuard\(.*{name}={value}.*\): use 2 <="):
        ToolCallGuard(**settings)


def test_the_lowest_settings_in_order_are_taken():
    guard = ToolCallGuard(nudge=2, block=3, escalate=4)
    assert check(failed("book", 2), guard=guard)["action"] == "nudge"
    assert check(failed("book", 3), call("book", id="1"), guard=guard)["action"] == "escalate"


# Laws

runs = st.lists(
    st.tuples(st.sampled_from(["book", "search"]), st.booleans()).map(
        lambda pair: did(pair[0], "dependency" if pair[1] else None)
    ),
    max_size=20,
)


@given(steps=runs)
def test_after_a_success_of_it_a_tool_is_never_blocked(steps):
    assert check([*steps, did("book")], call("book", id="1"))["outcome"] == "pass"


@given(steps=runs)
def test_one_more_failure_is_never_judged_milder(steps):
    now = check(steps, call("book", id="1"))
    later = check([*steps, *failed("book", 1)], call("book", id="1"))
    assert severity(now["action"]) <= severity(later["action"])


@given(steps=runs, other=runs)
def test_what_another_branch_does_changes_nothing(steps, other):
    elsewhere = [{**each, "branch": "other"} for each in other]
    mixed = check([*elsewhere, *steps], call("book", id="1"))
    assert mixed["action"] == check(steps, call("book", id="1"))["action"]


@given(name=st.text(), steps=runs)
def test_a_tool_that_does_not_exist_never_runs(name, steps):
    verdict = check(steps, call(name))
    assert verdict["action"] in ("block", "escalate") or name in ("search", "shell")
