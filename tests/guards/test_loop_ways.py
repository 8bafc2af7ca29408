"""Each way of going in circles beside the honest work that looks like it."""

import pytest
from holdfast.guards import Call, GuardConfigError, Ledger, LoopGuard, ToolFacts
from holdfast.guards import make_step as step
from holdfast.guards.digest import digest, preview, sketch
from holdfast.guards.loops.near import is_edit, sketch_call
from holdfast.guards.messages import tool_step

from .acts import act, acts, call, ledger, numbered, rung


def said(text, actor="agent"):
    return step("model", "m", actor=actor, result=digest(text), preview=text, sketch=sketch(text))


def asked(query, result="No results found."):
    return tool_step(Call("", "search", {"query": query}, "agent"), result)


def task(to, words, answer):
    known = {"args": {"task": digest(words)}, "result": digest(answer)}
    return step(
        "handoff", to, actor="supervisor", preview=preview(answer), sketch=sketch(answer), **known
    )


def found(steps, proposed=(), guard=None, **facts):
    verdict = (guard or LoopGuard()).check(ledger(steps, proposed, **facts))
    return verdict["kind"], verdict["action"]


QUERIES = [
    "cheap direct flights from Lisbon to Berlin",
    "cheap direct flight from Lisbon to Berlin",
    "Cheap, direct flights: Lisbon to Berlin",
    "please, cheap direct flights Lisbon to Berlin",
    "direct cheap flights from Lisbon to Berlin",
]


@pytest.mark.parametrize(
    ("steps", "kind", "action"),
    [
        pytest.param(map(asked, QUERIES[:2]), "", "none", id="two wordings"),
        pytest.param(map(asked, QUERIES[:3]), "near_call", "nudge", id="three wordings"),
        pytest.param(map(asked, QUERIES), "near_call", "block", id="five wordings"),
        pytest.param(
            [asked(q, f"found {n}") for n, q in enumerate(QUERIES)], "", "none", id="other results"
        ),
        pytest.param(
            [asked(f"flights to Berlin on 2024-05-{n:02}") for n in range(1, 20)],
            "",
            "none",
            id="day by day",
        ),
        pytest.param(
            [asked(f"flights from {a} to BER") for a in ("LIS", "OPO", "FAO", "MAD", "CDG")],
            "",
            "none",
            id="code by code",
        ),
    ],
)
def test_edits_that_change_nothing_in_the_result_are_repeats(steps, kind, action):
    assert found(list(steps)) == (kind, action)


def test_a_proposed_edit_of_a_fruitless_call_is_blocked():
    proposed = [Call("p", "search", {"query": QUERIES[4]}, "agent")]
    assert found([asked(q) for q in QUERIES[:4]], proposed) == ("near_call", "block")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        pytest.param(
            "cheap flights to Lisbon", "Cheap flight Lisbon", True, id="filler and plural"
        ),
        pytest.param("flights to Lisbon", "flights to Porto", False, id="another city"),
        pytest.param("order 17", "order 18", False, id="another number"),
        pytest.param("from JFK", "from LAX", False, id="another code"),
        pytest.param("", "", True, id="nothing at all"),
    ],
)
def test_an_edit_keeps_numbers_codes_and_most_words(one, other, alike):
    assert is_edit(sketch_call(one), sketch_call(other)) is alike


@pytest.mark.parametrize(
    ("letters", "action"),
    [
        pytest.param("abcabacbc", "nudge", id="six acts without news"),
        pytest.param("abcabacbcabbcacb", "block", id="twelve"),
        pytest.param("abcdefghijkl", "none", id="all of them news"),
        pytest.param("abcabxacbyabc", "none", id="news in time"),
    ],
)
def test_a_walk_among_known_calls_brings_no_news(letters, action):
    assert rung(acts(letters), guard=LoopGuard(nudge=7, block=8, wrap_up=9, last=10)) == action


@pytest.mark.parametrize(
    ("texts", "action"),
    [
        pytest.param(["Let me think about that."], "none", id="once"),
        pytest.param(["Let me think about that."] * 2, "nudge", id="twice"),
        pytest.param(["Let me think about that."] * 3, "block", id="three times"),
        pytest.param([f"I am thinking ... {n}" for n in range(3)], "block", id="but for a number"),
        pytest.param(["yes"] * 9, "none", id="a label, for many inputs"),
        pytest.param(['{"label": "a b c"}'] * 9, "none", id="JSON, for many inputs"),
        pytest.param(["I look at it now.", "I have looked at it."] * 4, "none", id="in turns"),
    ],
)
def test_an_agent_that_says_the_same_is_noticed(texts, action):
    assert rung([said(text) for text in texts]) == action


def test_a_call_between_two_equal_texts_is_no_silence():
    steps = [each for n in range(5) for each in (said("Let me look again."), act("look", str(n)))]
    assert rung([*steps, said("Let me look again.")]) == "none"


@pytest.mark.parametrize(
    ("between", "action"),
    [
        pytest.param(step("human", "ask"), "none", id="a person"),
        pytest.param(said("Something else entirely."), "none", id="another text"),
        pytest.param(said("Let me think about that.", actor="other"), "nudge", id="another actor"),
    ],
)
def test_what_stands_between_two_equal_texts_counts(between, action):
    text = said("Let me think about that.")
    assert rung([text, between, text]) == action


def over_turns(turns, proposed=()):
    """Return a view of the last of several runs of a thread, each a list of steps."""
    thread = numbered([each for turn in turns for each in turn])
    return Ledger(steps=thread[-len(turns[-1]) :], recent=thread, proposed=proposed)


@pytest.mark.parametrize(
    ("count", "action"), [(2, "none"), (3, "nudge"), (4, "block"), (9, "block")]
)
def test_a_text_that_is_the_same_turn_after_turn_is_noticed_and_never_ends_the_run(count, action):
    turns = [[said("I'm sorry, could you rephrase that?")]] * count
    assert LoopGuard().check(over_turns(turns))["action"] == action


@pytest.mark.parametrize(
    ("count", "error", "action"),
    [
        pytest.param(2, "auth", "none", id="two failures"),
        pytest.param(3, "auth", "nudge", id="three"),
        pytest.param(5, "auth", "block", id="five"),
        pytest.param(9, "auth", "block", id="nine: a person is there"),
        pytest.param(9, None, "none", id="a look-up that succeeds"),
    ],
)
def test_a_call_that_fails_turn_after_turn_is_noticed(count, error, action):
    turns = [
        [act("pay", error=error), said(f"It failed, attempt {'x' * n}.")] for n in range(count)
    ]
    turns[-1] = turns[-1][:1]
    assert LoopGuard().check(over_turns(turns))["action"] == action


def test_failures_of_this_turn_alone_are_judged_as_any_loop():
    turns = [[said("Hello, how can I help?")], [act("pay", error="auth")] * 2]
    verdict = LoopGuard().check(over_turns(turns))
    assert (verdict["kind"], verdict["action"]) == ("same_error", "nudge")


def test_a_proposed_call_that_failed_in_each_turn_is_blocked():
    turns = [*[[act("pay", error="auth"), said("no")]] * 4, [said("I try again")]]
    assert LoopGuard().check(over_turns(turns, [call("pay")]))["calls"] == ["p"]


FOUND = "LH 1166 leaves at 9:40 and costs 118 EUR."


def with_others(count, between=()):
    """Return a task handed over again and again, with other work of a team between."""
    steps = []
    for n in range(count):
        other = " ".join(digest(f"{n} {k}") for k in range(9))
        steps += [task("search", "Find a flight.", FOUND), task(f"desk {n}", f"Ask {n}.", other)]
        steps += between
    return [*steps[: -1 - len(between)]]


@pytest.mark.parametrize(
    ("steps", "kind", "action"),
    [
        pytest.param(with_others(1), "", "none", id="once"),
        pytest.param(with_others(2), "redelegation", "nudge", id="again"),
        pytest.param(with_others(3), "redelegation", "block", id="and again"),
        pytest.param(
            with_others(4, [step("human", "ask")]), "", "none", id="a person spoke between"
        ),
        pytest.param(
            [act("look"), task("a", "x", FOUND), act("look"), task("a", "x", "Nothing at all.")],
            "",
            "none",
            id="the same work, and another answer",
        ),
        pytest.param(
            [
                task("search", "", FOUND),
                task("a", "x", "quite new words"),
                task("search", "", FOUND),
            ],
            "",
            "none",
            id="tasks without words",
        ),
    ],
)
def test_a_finished_task_that_is_handed_over_again_is_noticed(steps, kind, action):
    assert found(steps) == (kind, action)


def test_a_task_may_be_done_again_when_somebody_else_changed_something():
    first, other, again = with_others(2)
    steps = numbered([first, act("book", actor="desk 0"), other, again])
    done = {"k": {"key": "k", "n": 2, "tool": "book", "line": "booked", "call_id": ""}}
    assert LoopGuard().check(Ledger(steps=steps))["kind"] == "redelegation"
    assert LoopGuard().check(Ledger(steps=steps, done=done))["outcome"] == "pass"


def test_two_agents_that_hand_to_each_other_make_one_cycle():
    steps = [step("handoff", to, actor=by) for by, to in [("a", "b"), ("b", "a")] * 3]
    assert found(steps) == ("handoff_cycle", "nudge")


# Hysteresis, and what single tools may do

BLOCKED = act("a", "Not run.", error="blocked")


@pytest.mark.parametrize(
    ("steps", "facts", "action"),
    [
        pytest.param([*acts("aa"), BLOCKED, *acts("ba")], {}, "block", id="nothing has changed"),
        pytest.param(acts("aaba"), {}, "none", id="it was never blocked"),
        pytest.param(
            [*acts("aa"), BLOCKED, act("b"), act("a", "new")], {}, "none", id="another result"
        ),
        pytest.param(
            [*acts("aa"), BLOCKED, *acts("ba")],
            {"b": ToolFacts(effects=True)},
            "none",
            id="something has changed",
        ),
    ],
)
def test_a_call_that_was_blocked_is_blocked_as_soon_as_it_repeats(steps, facts, action):
    assert rung(steps, [call("a")], **facts) == action


@pytest.mark.parametrize("name", ["get_job_status", "poll", "wait-for-it", "checkProgress_status"])
def test_a_tool_that_waits_by_its_name_may_repeat_twice_as_often(name):
    assert [rung(acts([name]) * n) for n in (3, 4, 5, 6)] == ["none", "nudge", "nudge", "block"]


def test_single_tools_have_rungs_of_their_own():
    guard = LoopGuard(tools={"scroll": {"nudge": 10, "block": 20}})
    laps = [rung(acts(["scroll"]) * n, guard=guard) for n in (9, 10, 20, 21, 22)]
    assert laps == ["none", "nudge", "block", "wrap_up", "escalate"]
    assert rung(acts("aaa"), guard=guard) == "block"


@pytest.mark.parametrize(
    ("tools", "words"),
    [
        pytest.param({"a": {"blok": 4}}, "give a mapping of nudge, block", id="no such rung"),
        pytest.param({"a": 4}, "give a mapping of nudge, block", id="a number"),
        pytest.param({"a": {"block": 4, "last": 4}}, "the rungs of 'a'", id="out of order"),
    ],
)
def test_rungs_of_a_tool_that_cannot_be_meant_are_refused(tools, words):
    with pytest.raises(GuardConfigError, match=words):
        LoopGuard(tools=tools)
