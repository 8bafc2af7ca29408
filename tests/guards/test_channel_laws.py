import copy
import math

from holdfast.guards import make_step as step
from holdfast.guards.channel import (
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

from .updates import CURSOR, done, model, numbers, tool

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
