import pytest
from holdfast.guards import GuardConfigError, LoopGuard, ToolFacts
from holdfast.guards import make_step as step
from hypothesis import given
from hypothesis import strategies as st

from .acts import FREE, POLLER, VOLATILE, act, acts, call, handoff, ledger, rung


@pytest.mark.parametrize(
    ("steps", "action"),
    [
        pytest.param([], "none", id="an empty run"),
        pytest.param([step("model", "m")] * 9, "none", id="no act at all"),
        pytest.param(acts("a"), "none", id="one call"),
        pytest.param(acts("xaa"), "nudge", id="the same call twice"),
        pytest.param(acts("aaa"), "block", id="three times"),
        pytest.param(acts("aaaaaa"), "block", id="one short of wrapping up"),
        pytest.param(acts("aaaaaaa"), "wrap_up", id="seven times"),
        pytest.param(acts("a" * 8), "escalate", id="eight times"),
        pytest.param(acts("a" * 50), "escalate", id="fifty times"),
        pytest.param(acts("aaaaax"), "none", id="a loop the agent has left"),
        pytest.param(acts("abab"), "nudge", id="a ping-pong"),
        pytest.param(acts("ab" * 3), "block", id="a ping-pong of three laps"),
        pytest.param(acts("abcab"), "none", id="a lap not finished"),
        pytest.param(acts("abcdefgh" * 2), "nudge", id="the longest cycle looked for"),
        pytest.param(acts("abcdefghi" * 2)[:14], "none", id="a longer cycle, for a while"),
        pytest.param(acts("abcdefghi" * 2), "nudge", id="a longer cycle brings no news"),
        pytest.param(acts("aabaab"), "nudge", id="a cycle that holds a repeat"),
        pytest.param([act("a", q=n) for n in range(9)], "none", id="other arguments every time"),
        pytest.param(
            [act("a", result=str(n)) for n in range(9)], "none", id="other results: polling"
        ),
        pytest.param(
            [act("a", result=str(n), error="dependency") for n in range(2)],
            "nudge",
            id="the same failure in other words",
        ),
        pytest.param(
            [act("a", error="dependency"), act("a", error="auth"), act("a")],
            "none",
            id="another outcome every time",
        ),
        pytest.param(
            [*acts("aa"), act("a", "no", error="blocked")],
            "none",
            id="a blocked call, which was told why",
        ),
        pytest.param(
            [*acts("aaaa"), *[act("a", "no", error="blocked")] * 3],
            "wrap_up",
            id="blocked calls extend the streak",
        ),
        pytest.param(
            [*acts("aaaa"), step("human", "ask"), *acts("a")], "none", id="a person spoke between"
        ),
        pytest.param(
            [*acts("a"), step("model", "m"), *acts("a")], "nudge", id="the model speaks between"
        ),
        pytest.param([act("a", branch=str(n)) for n in range(50)], "none", id="fifty branches"),
        pytest.param(
            [act("a", branch=b) for b in "xyxy"], "nudge", id="two branches that both loop"
        ),
        pytest.param([act("a", actor=str(n)) for n in range(9)], "none", id="nine actors"),
        pytest.param(
            [*acts("aaaa"), step("model", "m")], "none", id="a loop that ended in an answer"
        ),
    ],
)
def test_after_tools_the_rung_is(steps, action):
    assert rung(steps) == action


@pytest.mark.parametrize(
    ("steps", "facts", "action"),
    [
        pytest.param(acts("a" * 9), {"a": POLLER}, "none", id="a poller"),
        pytest.param(acts("a" * 9), {"a": FREE}, "none", id="a free tool"),
        pytest.param(acts("papa"), {"p": POLLER}, "nudge", id="a loop around a poller"),
        pytest.param(
            acts(("a" + "p" * 9) * 2 + "a"), {"p": POLLER}, "block", id="with many polls between"
        ),
        pytest.param(acts("aaaaap"), {"p": POLLER}, "none", id="a poll after a loop"),
        pytest.param(acts("aaaaappp"), {"p": POLLER}, "none", id="several polls after a loop"),
        pytest.param(
            [act("a", at=n, q="x") for n in range(2)],
            {"a": VOLATILE},
            "nudge",
            id="an argument that means nothing",
        ),
        pytest.param(
            [act("a", at=1, q=n) for n in range(3)],
            {"a": VOLATILE},
            "none",
            id="another argument changes",
        ),
        pytest.param(
            [act("a", at=n) for n in range(3)], {"b": VOLATILE}, "none", id="the facts of another"
        ),
    ],
)
def test_what_is_known_of_a_tool_counts(steps, facts, action):
    assert rung(steps, **facts) == action


# What the verdict says


def test_the_evidence_is_the_steps_of_the_loop():
    verdict = LoopGuard().check(ledger(acts("xababab")))
    assert (verdict["kind"], verdict["steps"], verdict["score"]) == (
        "cycle",
        [2, 3, 4, 5, 6, 7],
        3.0,
    )


@pytest.mark.parametrize(
    ("steps", "proposed", "kind", "words"),
    [
        pytest.param(acts("aaa"), [], "same_call", "call of a was made 3 times", id="a call"),
        pytest.param(acts("aaa"), [], "same_call", "it returned 'same' each time", id="its result"),
        pytest.param(acts("ababab"), [], "cycle", "cycle a > b was made 3 times", id="a cycle"),
        pytest.param(
            acts("aaaa"), [call("a")], "same_call", "would be made 5 times", id="a proposed call"
        ),
        pytest.param(
            acts("abcdefgh" * 3), [], "cycle", "c > d > e > f > ... was", id="a long cycle"
        ),
        pytest.param(
            [handoff("a")] * 4, [], "handoff_cycle", "nothing new came of it", id="a hand-off"
        ),
    ],
)
def test_the_reason_names_what_was_repeated(steps, proposed, kind, words):
    verdict = LoopGuard().check(ledger(steps, proposed))
    assert verdict["kind"] == kind
    assert words in verdict["reason"]


def test_unattended_a_run_is_stopped_where_a_person_would_be_asked():
    assert rung(acts("a" * 8), guard=LoopGuard(unattended=True)) == "stop"


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"nudge": 1}, id="a nudge at the first call"),
        pytest.param({"nudge": 3}, id="a nudge at the block"),
        pytest.param({"block": 7}, id="a block at the wrap-up"),
        pytest.param({"wrap_up": 8}, id="a wrap-up at the last"),
        pytest.param({"longest": 0}, id="cycles of nothing"),
        pytest.param({"stale": 1}, id="no news at the first call"),
    ],
)
def test_settings_out_of_order_are_refused(settings):
    ((name, value),) = settings.items()
    with pytest.raises(GuardConfigError, match=rf"LoopGuard\(.*{name}={value}.*\): use "):
        LoopGuard(**settings)


def test_the_lowest_settings_in_order_are_taken():
    guard = LoopGuard(nudge=2, block=3, wrap_up=4, last=5, longest=1)
    rungs = [rung(acts("a" * laps), guard=guard) for laps in range(1, 6)]
    assert rungs == ["none", "nudge", "block", "wrap_up", "escalate"]


# Laws

letters = st.text(alphabet="abc", max_size=12)


@given(
    prefix=letters, block=st.text(alphabet="xyz", min_size=1, max_size=8), laps=st.integers(2, 9)
)
def test_any_cycle_done_again_trips_whatever_came_before(prefix, block, laps):
    assert LoopGuard().check(ledger(acts(prefix + block * laps)))["outcome"] == "trip"


@given(names=st.lists(st.text(), unique=True))
def test_a_run_that_never_repeats_an_act_never_trips(names):
    assert LoopGuard().check(ledger(acts(names)))["outcome"] == "pass"


@given(steps=letters, new=st.sampled_from("mn"))
def test_a_call_never_made_before_is_never_blocked(steps, new):
    assert rung(acts(steps * 4), [call(new)]) == "none"


@given(steps=letters, other=letters)
def test_what_another_branch_does_changes_nothing(steps, other):
    mine = [act(letter, branch="mine") for letter in steps]
    mixed = [act(letter, branch="other") for letter in other] + mine
    assert rung(mixed, [call("a", branch="mine")]) == rung(mine, [call("a", branch="mine")])


@given(steps=st.text(alphabet="ab", max_size=30), name=st.sampled_from("ab"))
def test_a_call_is_blocked_before_it_runs_if_and_only_if_it_would_be_after(steps, name):
    before = rung(acts(steps), [call(name)])
    after = rung(acts(steps + name))
    assert before == ("none" if after == "nudge" else after)


@given(steps=st.lists(st.sampled_from("ab"), max_size=30), known=st.booleans())
def test_knowing_the_tools_without_facts_changes_nothing(steps, known):
    facts = {"a": ToolFacts(), "b": ToolFacts()} if known else {}
    assert rung(acts(steps), **facts) == rung(acts(steps))
