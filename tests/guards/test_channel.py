import copy
import math

import pytest
from holdfast.guards import make_step as step
from holdfast.guards.channel import (
    DONE_KEPT,
    RECENT,
    add_spend,
    extend_ledger,
    spend_of,
    spend_since,
    view,
)
from holdfast.guards.ledger import no_spend
from hypothesis import given
from hypothesis import strategies as st

CURSOR = {"count": 1, "last": "m1", "characters": 5}


def tool(call_id="", **known):
    return step("tool", "book", call_id=call_id, **known)


def model(**known):
    return step("model", "gpt-x", **known)


def done(call_id, key=None, tool_name="book"):
    return {"key": key or call_id, "n": 0, "tool": tool_name, "line": "", "call_id": call_id}


def fold(*updates):
    return extend_ledger(None, updates)


def numbers(state):
    return [each["n"] for each in state["recent"]]


# Steps


def test_steps_are_numbered_from_one_in_the_order_they_come():
    state = fold({"steps": [model(), tool()]}, {"steps": [model()]})
    assert (numbers(state), state["n"]) == ([1, 2, 3], 3)


def test_the_recent_steps_are_kept_and_their_numbers_go_on():
    state = fold({"steps": [model()] * RECENT}, {"steps": [tool()]})
    assert len(state["recent"]) == RECENT
    assert (numbers(state)[0], numbers(state)[-1]) == (2, RECENT + 1)


def test_totals_are_never_dropped_with_the_steps():
    state = fold(*[{"steps": [model(tokens_in=3, usd=0.5)]}] * 400)
    assert state["spent"] == {
        **no_spend(),
        "steps": 400,
        "model_calls": 400,
        "tokens_in": 1_200,
        "unpriced": 0,
        "usd": 200.0,
    }


@pytest.mark.parametrize(
    ("update", "state"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"steps": []}, {}, id="no steps"),
        pytest.param({"cursor": CURSOR}, {"cursor": CURSOR}, id="a cursor alone"),
        pytest.param({"seed": {"n": 4}}, {"n": 4}, id="a seed"),
        pytest.param({"expect": CURSOR, "steps": [model()]}, {}, id="another cursor expected"),
        pytest.param({"expect": None, "cursor": CURSOR}, {"cursor": CURSOR}, id="none expected"),
    ],
)
def test_an_empty_ledger_becomes(update, state):
    assert fold(update) == state


def test_only_an_empty_ledger_takes_a_seed():
    assert fold({"cursor": CURSOR}, {"seed": {"n": 4}}) == {"cursor": CURSOR}


def test_of_two_nodes_that_read_the_same_messages_only_the_first_counts():
    update = {"expect": None, "steps": [model()], "cursor": CURSOR}
    assert fold(update, update)["n"] == 1


def test_a_node_may_write_several_updates_at_once():
    parts = [{"steps": [model()]}, {"steps": [tool()]}]
    assert extend_ledger(None, [parts]) == fold(*parts)


# Spend


@pytest.mark.parametrize(
    ("steps", "spent"),
    [
        pytest.param([], {}, id="nothing"),
        pytest.param(
            [model(tokens_in=3, tokens_out=2, usd=0.5, seconds=1.5)],
            {
                "steps": 1,
                "model_calls": 1,
                "tokens_in": 3,
                "tokens_out": 2,
                "usd": 0.5,
                "seconds": 1.5,
            },
            id="a model's call",
        ),
        pytest.param(
            [model(tokens_in=3, tokens_out=2, estimated=True)],
            {"steps": 1, "model_calls": 1, "tokens_in": 3, "tokens_out": 2, "estimated": 5},
            id="estimated tokens",
        ),
        pytest.param(
            [tool(seconds=2.0)], {"steps": 1, "tool_calls": 1, "seconds": 2.0}, id="a tool's call"
        ),
        pytest.param([tool(error="auth")], {"steps": 1, "tool_calls": 1}, id="a failed one"),
        pytest.param([tool(error="blocked")], {}, id="a blocked one: it never ran"),
        pytest.param([step("handoff", "booker")], {}, id="a hand-off"),
        pytest.param([step("answer", "agent")], {}, id="an answer"),
        pytest.param([step("human", "ask", seconds=60.0)], {"waited": 60.0}, id="a person"),
    ],
)
def test_a_step_costs(steps, spent):
    assert spend_of(steps) == {**no_spend(), **spent}


def test_a_spend_given_stands_for_what_the_steps_show():
    spent = {**no_spend(), "steps": 9, "usd": 2.0}
    state = fold({"steps": [model(usd=0.1)], "spent": spent})
    assert (state["spent"], state["thread"]) == (spent, spent)


def test_a_spend_counts_without_steps():
    spent = {**no_spend(), "usd": 2.0}
    assert fold({"spent": spent})["thread"]["usd"] == 2.0


def test_unpriced_tokens_are_counted_even_before_any_step():
    state = fold({"unpriced": 7})
    assert (state["spent"]["unpriced"], state["thread"]["unpriced"]) == (7, 7)


# Runs


def test_a_new_run_counts_anew_and_the_thread_goes_on():
    state = fold({"steps": [model()] * 3}, {"begin": {"at": 50.0}, "steps": [tool()]})
    assert (state["spent"]["steps"], state["thread"]["steps"]) == (1, 4)
    assert (state["after"], state["started"]) == (3, 50.0)


def test_two_runs_on_one_thread_are_seen_apart():
    state = fold({"steps": [model()] * 3}, {"begin": {"at": None}}, {"steps": [tool(), tool()]})
    assert [each["n"] for each in view(state).steps] == [4, 5]


def test_what_came_before_a_run_belongs_to_the_run_before():
    update = {
        "before": [model(tokens_in=1)],
        "before_unpriced": 1,
        "begin": {"at": 9.0},
        "steps": [model(tokens_in=5)],
        "unpriced": 5,
    }
    state = fold(update)
    assert (state["spent"]["tokens_in"], state["thread"]["tokens_in"]) == (5, 6)
    assert (state["spent"]["unpriced"], state["thread"]["unpriced"]) == (5, 6)
    assert [each["n"] for each in view(state).steps] == [2]


# What is done


def test_a_completed_call_takes_the_number_of_its_step():
    state = fold({"steps": [model(), tool("c1")], "done": [done("c1")]})
    assert state["done"]["c1"]["n"] == 2


def test_a_completed_call_takes_its_number_in_an_update_longer_than_what_is_kept():
    steps = [tool(f"c{n}") for n in range(1, RECENT + 50)]
    state = fold({"steps": steps, "done": [done("c1")]})
    assert state["done"]["c1"]["n"] == 1


def test_a_completed_call_keeps_its_number_when_its_step_is_unknown():
    state = fold({"done": [{**done("c1"), "n": 7}]})
    assert state["done"]["c1"]["n"] == 7


def test_completed_calls_outlive_their_steps_and_their_run():
    first = {"steps": [tool("c1")], "done": [done("c1")]}
    state = fold(first, {"begin": {"at": None}}, {"steps": [model()] * RECENT})
    assert "c1" in view(state).done


def test_beyond_a_thousand_completed_calls_are_counted_by_tool():
    items = [done(str(n), tool_name="ab"[n % 2]) for n in range(DONE_KEPT + 5)]
    state = fold({"done": items})
    assert len(state["done"]) == DONE_KEPT
    assert state["folded"] == {"a": 3, "b": 2}
    assert next(iter(state["done"])) == "5"


def test_a_call_done_again_is_the_newest_again():
    items = [done(str(n)) for n in range(DONE_KEPT)]
    state = fold({"done": items}, {"done": [done("0")]}, {"done": [done("new")]})
    assert "0" in state["done"]
    assert "1" not in state["done"]


# The view


def test_an_empty_ledger_has_an_empty_view():
    seen = view(None, answer="Hi.")
    assert (list(seen.steps), seen.done, seen.spent, seen.answer) == ([], {}, no_spend(), "Hi.")


def test_a_run_longer_than_what_is_kept_is_seen_from_its_first_kept_step():
    state = fold({"steps": [model()] * 10}, {"begin": {"at": None}}, {"steps": [tool()] * 300})
    assert [view(state).steps[0]["n"], view(state).steps[-1]["n"]] == [55, 310]


def test_a_run_that_has_just_begun_has_no_steps():
    assert list(view(fold({"steps": [model()] * 10}, {"begin": {"at": None}})).steps) == []


# Laws

ids = st.sampled_from([f"c{n}" for n in range(6)])
some_step = st.one_of(
    st.builds(model, tokens_in=st.integers(0, 99), usd=st.integers(0, 9), estimated=st.booleans()),
    st.builds(tool, ids, error=st.sampled_from([None, "auth", "blocked"])),
    st.builds(lambda seconds: step("human", "ask", seconds=seconds), st.integers(0, 9)),
)
update = st.fixed_dictionaries(
    {"steps": st.lists(some_step, max_size=5)},
    optional={
        "before": st.lists(some_step, max_size=3),
        "begin": st.just({"at": 1.0}),
        "unpriced": st.integers(0, 9),
        "done": st.lists(st.builds(done, ids), max_size=3),
        "cursor": st.just(CURSOR),
    },
)
updates = st.lists(update, max_size=6)


@given(parts=updates)
def test_folding_one_by_one_is_folding_all_at_once(parts):
    one_by_one = None
    for part in parts:
        one_by_one = extend_ledger(one_by_one, [part])
    assert (one_by_one or {}) == extend_ledger(None, parts)


@given(parts=updates, cut=st.integers(0, 6))
def test_folding_in_two_groups_is_folding_all_at_once(parts, cut):
    half = extend_ledger(None, parts[:cut])
    assert extend_ledger(half, parts[cut:]) == extend_ledger(None, parts)


@given(lists=st.lists(st.lists(some_step, max_size=80), max_size=6))
def test_the_sum_of_the_parts_is_the_whole(lists):
    whole = extend_ledger(None, [{"steps": steps} for steps in lists])
    alone = [spend_of(steps) for steps in lists]
    expected = no_spend()
    for each in alone:
        expected = add_spend(expected, each)
    assert (whole.get("thread") or no_spend()) == expected
    assert expected == spend_of([each for steps in lists for each in steps])


@given(parts=updates)
def test_a_ledger_has_a_bounded_size_and_numbers_without_gaps(parts):
    state = extend_ledger(None, parts * 20)
    kept = numbers({"recent": [], **state})
    assert len(kept) <= RECENT
    assert kept == list(range(state.get("n", 0) - len(kept) + 1, state.get("n", 0) + 1))


@given(one=update, other=update)
def test_the_order_of_two_parallel_updates_changes_the_numbering_alone(one, other):
    pair = [{k: v for k, v in each.items() if k in ("steps", "unpriced")} for each in (one, other)]
    ab, ba = extend_ledger(None, pair), extend_ledger(None, pair[::-1])
    assert ab.get("spent") == ba.get("spent")
    assert ab.get("n") == ba.get("n")
    assert bag(ab) == bag(ba)


def bag(state):
    unnumbered = [{**each, "n": 0} for each in state.get("recent", [])]
    return sorted(unnumbered, key=repr)


@given(parts=updates, last=update)
def test_the_reducer_changes_nothing_that_it_was_given(parts, last):
    state = extend_ledger(None, parts)
    before = copy.deepcopy((state, last))
    extend_ledger(state, [last])
    assert (state, last) == before


@given(parts=updates)
def test_a_run_never_costs_more_than_its_thread(parts):
    seen = view(extend_ledger(None, parts))
    assert all(seen.spent[name] <= seen.thread[name] for name in seen.spent)


@given(parts=updates, more=updates)
def test_a_total_of_the_thread_never_falls(parts, more):
    now = extend_ledger(None, parts)
    later = extend_ledger(now, more)
    grown = spend_since(view(later).thread, view(now).thread)
    assert all(amount >= 0 for amount in grown.values())


@given(parts=updates)
def test_what_was_spent_since_nothing_is_everything(parts):
    spent = view(extend_ledger(None, parts)).thread
    assert spend_since(spent, no_spend()) == spent
    assert math.isclose(add_spend(spent, no_spend())["usd"], spent["usd"])


@given(parts=updates)
def test_the_view_holds_the_steps_of_the_current_run_alone(parts):
    state = extend_ledger(None, parts)
    assert all(each["n"] > state.get("after", 0) for each in view(state).steps)
    expected = min(state.get("n", 0) - state.get("after", 0), RECENT)
    assert len(view(state).steps) == expected
