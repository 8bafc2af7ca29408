"""Parallel branches cannot overspend together, however they were sent."""

import pytest
from holdfast.drills import tool_call
from holdfast.guards import Budget, Price

from .branches import by_hand, go, shared_out, spread

SENDS = [pytest.param(by_hand, id="sent by hand"), pytest.param(shared_out, id="shared out")]
AWAITED = [pytest.param(False, id="sync"), pytest.param(True, id="async")]


@pytest.mark.parametrize("awaited", AWAITED)
@pytest.mark.parametrize("sends", SENDS)
@pytest.mark.parametrize(
    ("measure", "limit"),
    [("model_calls", 120), ("steps", 160), ("tokens", 9_000), ("tokens_out", 2_000),
     ("tool_calls", 70)],
)  # fmt: skip
def test_fifty_branches_that_want_more_spend_no_more_than_there_is(sends, awaited, measure, limit):
    app, model = spread(sends, Budget(**{measure: limit}, longest_reply=100_000))
    spent = go(app, awaited)
    used = {**spent, "tokens": spent["tokens_in"] + spent["tokens_out"]}[measure]
    assert 0.5 * limit < used <= limit
    assert len(model.calls) == spent["model_calls"]


@pytest.mark.parametrize("sends", SENDS)
def test_usd_are_not_overspent_either(sends):
    prices = {"scripted": Price(tokens_in=1, tokens_out=100)}
    app, _ = spread(sends, Budget(usd=0.5, prices=prices, longest_reply=100_000))
    assert 0 < go(app, awaited=False)["usd"] <= 0.5


def quick(_, tools):
    return "Nothing there."


@pytest.mark.parametrize("sends", SENDS)
def test_branches_for_which_there_is_enough_all_come_to_their_end(sends):
    app, _ = spread(sends, Budget(model_calls=500), policy=quick)
    assert go(app, awaited=False)["model_calls"] == 50


def test_a_specialist_may_take_as_many_turns_as_a_run_may():
    def forty_turns(messages):
        turn = sum(message.type == "ai" for message in messages)
        return "Done." if turn == 40 else tool_call("look", at=f"place {turn}")

    app, _ = spread(lambda *_: by_hand(*_)[:1], Budget(steps=200), policy=forty_turns)
    assert go(app, awaited=False)["model_calls"] == 41
