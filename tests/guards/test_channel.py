import pytest
from holdfast.guards import make_step as step
from holdfast.guards.channel import (
    DONE_KEPT,
    RECENT,
    extend_ledger,
    spend_of,
    view,
)
from holdfast.guards.ledger import no_spend

from .updates import CURSOR, done, fold, model, numbers, tool

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


def at_step(n):
    """Return where a ledger stood that had that many steps and no totals."""
    return {"n": n, "thread": no_spend(), "granted": {}}


@pytest.mark.parametrize(
    ("update", "state"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"steps": []}, {}, id="no steps"),
        pytest.param({"cursor": CURSOR}, {"cursor": CURSOR}, id="a cursor alone"),
        pytest.param({"seed": {"n": 4}}, {"n": 4, "base": at_step(4)}, id="a seed"),
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
