"""Laws of every way of going in circles, over runs that nobody thought of."""

from collections.abc import Sequence

import pytest
from holdfast.guards import Call, Ledger, LoopGuard
from holdfast.guards import make_step as step
from holdfast.guards.digest import digest, sketch
from holdfast.guards.loops.near import is_edit, sketch_call
from holdfast.guards.verdict import ACTIONS, severity
from hypothesis import given
from hypothesis import strategies as st

from .acts import act, acts, call, ledger, rung

few = st.sampled_from(["", "a", "b", "get_status"])
outcomes = st.sampled_from([None, "model_fixable", "dependency", "auth", "cancelled", "blocked"])
any_step = st.builds(
    lambda kind, name, actor, branch, value, result, error: step(
        kind,
        name,
        actor=actor,
        branch=branch,
        args={"q": digest(value), "task": digest(value)} if value else {},
        result=digest(result) if result else "",
        preview=result,
        sketch=sketch(result),
        error=error,
    ),
    st.sampled_from(["model", "tool", "tool", "tool", "handoff", "human", "answer"]),
    few,
    few,
    st.sampled_from(["", "x"]),
    few,
    st.sampled_from(["", "same words each time", "other words this time"]),
    outcomes,
)
any_call = st.builds(
    Call,
    st.sampled_from(["1", "2"]),
    few,
    st.one_of(st.none(), st.text(max_size=5), st.dictionaries(few, few, max_size=2)),
    few,
    st.sampled_from(["", "x"]),
    st.sampled_from(["tool", "handoff"]),
)
guards = st.builds(
    lambda rungs, longest, stale, tools: LoopGuard(
        nudge=rungs[0],
        block=rungs[1],
        wrap_up=rungs[2],
        last=rungs[3],
        longest=longest,
        stale=stale,
        tools=tools,
    ),
    st.lists(st.integers(2, 30), min_size=4, max_size=4, unique=True).map(sorted),
    st.integers(1, 12),
    st.integers(2, 9),
    st.sampled_from([{}, {"a": {"block": 9}}, {"a": {"last": 99}, "b": {"nudge": 2, "block": 3}}]),
)


@given(
    guard=guards,
    steps=st.lists(any_step, max_size=60),
    earlier=st.lists(any_step, max_size=20),
    proposed=st.lists(any_call, max_size=4),
)
def test_any_ledger_is_judged_and_any_verdict_is_sound(guard, steps, earlier, proposed):
    thread = [{**each, "n": n} for n, each in enumerate([*earlier, *steps], 1)]
    view = Ledger(steps=thread[len(earlier) :], recent=thread, proposed=proposed)
    verdict = guard.check(view)
    assert verdict == guard.check(view)
    assert set(verdict["steps"]) <= {each["n"] for each in thread}
    assert verdict["steps"] == sorted(set(verdict["steps"]))
    assert set(verdict["calls"]) <= {each.id for each in proposed}
    assert (
        (verdict["outcome"] == "trip") == (verdict["action"] != "none") == bool(verdict["reason"])
    )
    if proposed and verdict["outcome"] == "trip":
        assert verdict["calls"]
        assert severity(verdict["action"]) >= severity("block")


class Counted(Sequence):
    """Steps that count how many of them were looked at."""

    def __init__(self, steps):
        self.steps = steps
        self.looks = 0

    def __len__(self):
        return len(self.steps)

    def __getitem__(self, place):
        return self.steps[place]

    def __reversed__(self):
        for each in reversed(self.steps):
            self.looks += 1
            yield each

    def __iter__(self):
        self.looks += len(self.steps)
        return iter(self.steps)


def looks(tail, history, proposed=()):
    steps = [{**each, "n": n} for n, each in enumerate([*acts(history), *tail], 1)]
    seen = Counted(steps)
    LoopGuard().check(Ledger(steps=seen, recent=seen, proposed=proposed))
    return seen.looks


@pytest.mark.parametrize("proposed", [(), (call("a"),), (call("new"),)], ids=["after", "a", "new"])
@given(letters=st.text(alphabet="abc", min_size=140, max_size=140))
def test_a_judgement_looks_at_as_many_steps_however_long_the_history(letters, proposed):
    tail = acts(letters)
    assert looks(tail, "", proposed) == looks(tail, "xyz" * 600, proposed) <= 150


def test_a_new_call_costs_a_glance():
    assert looks([act("new")], [str(n) for n in range(500)]) <= 11


@given(block=st.text(alphabet="xyz", min_size=1, max_size=8), laps=st.integers(1, 12))
def test_another_lap_never_calms_the_guard(block, laps):
    before, after = rung(acts(block * laps)), rung(acts(block * (laps + 1)))
    assert ACTIONS.index(after) >= ACTIONS.index(before)


@given(letters=st.text(alphabet="ab", max_size=20), named=st.sampled_from("ab"))
def test_a_more_patient_guard_never_objects_to_more(letters, named):
    view = ledger(acts(letters), [call(named)])
    calm = LoopGuard(nudge=4, block=6, wrap_up=9, last=12, stale=12).check(view)
    assert severity(calm["action"]) <= severity(LoopGuard().check(view)["action"])


@given(results=st.lists(st.integers(), unique=True, min_size=1, max_size=40))
def test_polling_whose_results_change_is_never_a_loop(results):
    assert rung([act("a", result=str(each)) for each in results], [call("a")]) == "none"


@given(words=st.lists(st.text(alphabet="abcdefg", min_size=1), min_size=1, max_size=30))
def test_a_call_is_an_edit_of_itself_and_of_itself_in_capitals_or_order(words):
    text = " ".join(words)
    assert is_edit(sketch_call(text), sketch_call(text))
    assert is_edit(sketch_call(text), sketch_call(" ".join(reversed(words))))


@given(one=st.text(max_size=80), other=st.text(max_size=80))
def test_being_an_edit_is_mutual(one, other):
    forth, back = sketch_call(one), sketch_call(other)
    assert is_edit(forth, back) == is_edit(back, forth)


@given(numbers=st.lists(st.integers(0, 10**6), unique=True, min_size=2, max_size=30))
def test_look_ups_of_one_number_after_another_are_no_loop_though_all_find_nothing(numbers):
    steps = [
        step(
            "tool",
            "search",
            actor="agent",
            args={"q": digest(each)},
            result=digest("[]"),
            preview="[]",
            sketch=sketch_call(f'{{"q":"the order with the number {each}, please"}}'),
        )
        for each in numbers
    ]
    assert rung(steps) == "none"
