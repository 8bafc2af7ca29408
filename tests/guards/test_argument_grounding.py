"""The arguments of a proposed call come from what the run has seen."""

from dataclasses import replace

import pytest
from holdfast.guards import Call, Ledger, Source, ToolCallGuard, ToolFacts, ToolSpec
from holdfast.guards.argument_grounding import lookups

from .desk import FOUND, makes, result, run, says, user

STRICT = ToolCallGuard(grounded=True)


def refund(order_id):
    return makes("refund", "p", order_id=order_id)


@pytest.mark.parametrize(
    ("before", "order", "outcome"),
    [
        pytest.param([user()], "W1234567", "pass", id="the user said it"),
        pytest.param([user()], "w-1234567", "pass", id="in another way of writing"),
        pytest.param([user()], "W1234568", "trip", id="one digit off"),
        pytest.param(
            [user("Refund it."), makes("look"), result()], "W1234567", "pass", id="a tool gave it"
        ),
        pytest.param(
            [user("Refund it."), says("It is W7654321, is it?"), user("Go on.")],
            "W7654321",
            "trip",
            id="only the model said it",
        ),
        pytest.param(
            [user("Refund it."), makes("look", order_id="W7654321"), result("no")],
            "W7654321",
            "trip",
            id="only the model called with it",
        ),
        pytest.param(
            [
                user("Refund it."),
                makes("look", order_id="W7654321"),
                result("Error: W7654321 not found", x_error=True),
            ],
            "W7654321",
            "trip",
            id="an error repeats it",
        ),
        pytest.param(
            [
                user("Refund it."),
                makes("look", order_id="W7654321"),
                result("Error: did you mean W7654329?", x_error=True),
            ],
            "W7654329",
            "pass",
            id="an error tells another",
        ),
        pytest.param(
            [
                user("Refund it."),
                {
                    **result("Not run. order_id = 'W7654321' was not seen"),
                    "additional_kwargs": {"holdfast": "block"},
                },
            ],
            "W7654321",
            "trip",
            id="the answer to a blocked call quotes it",
        ),
        pytest.param(
            [{"role": "system", "content": "The test order is W7654321."}, user("Refund it.")],
            "W7654321",
            "pass",
            id="the system prompt says it",
        ),
    ],
)
def test_a_value_must_have_been_seen_by_the_run(before, order, outcome):
    assert STRICT.check(run(*before, refund(order)))["outcome"] == outcome


def test_the_block_names_the_value_and_the_nearest_seen():
    verdict = STRICT.check(run(user(), refund("W1234568")))
    assert (verdict["kind"], verdict["action"], verdict["calls"]) == (
        "ungrounded_argument",
        "block",
        ["p"],
    )
    assert "order_id = 'W1234568' (the nearest seen: 'W1234567')" in verdict["reason"]


def test_without_the_setting_nothing_is_grounded():
    assert ToolCallGuard().check(run(user(), refund("W1234568")))["outcome"] == "pass"


def test_a_run_that_has_seen_nothing_is_not_judged():
    verdict = STRICT.check(run(refund("W1234568")))
    assert (verdict["outcome"], verdict["reason"]) == (
        "skip",
        "the run has seen nothing that arguments could come from",
    )


def policed(arguments, args, exists=None, guard=None):
    spec = ToolSpec("refund", facts=ToolFacts(arguments=arguments))
    view = Ledger(
        proposed=[Call("p", "refund", args)],
        tools={"refund": spec},
        sources=[Source("1", "Order W1234567 of 2024-05-20", "user")],
        exists={"p": exists} if exists else {},
    )
    return (guard or ToolCallGuard()).check(view)["outcome"]


@pytest.mark.parametrize(
    ("arguments", "args", "outcome"),
    [
        pytest.param({"id": "seen"}, {"id": "W1234567"}, "pass", id="seen"),
        pytest.param({"id": "seen"}, {"id": "W1234568"}, "trip", id="not seen"),
        pytest.param(
            {"id": "seen"}, {"id": "W1234567", "by": "X99887766"}, "pass", id="others are free"
        ),
        pytest.param({"on": "derivable"}, {"on": "2024-05-21"}, "trip", id="no such day"),
        pytest.param({"on": "derivable"}, {"on": "May 20th, 2024"}, "pass", id="the same day"),
        pytest.param({"id": "free"}, {"id": "W1234568"}, "pass", id="free"),
        pytest.param(
            {"of.id": "seen"},
            {"of": [{"id": "W1234568", "by": "Q9"}]},
            "trip",
            id="inside of a list",
        ),
    ],
)
def test_a_policy_in_the_facts_holds_without_the_setting(arguments, args, outcome):
    assert policed(arguments, args) == outcome


def test_with_the_setting_what_is_free_stays_free():
    assert policed({"id": "free"}, {"id": "W1234568"}, guard=STRICT) == "pass"


@pytest.mark.parametrize(
    ("exists", "outcome"),
    [
        pytest.param({"path": True}, "pass", id="it exists"),
        pytest.param({"path": False}, "trip", id="it does not"),
        pytest.param(None, "trip", id="nobody could tell, and it was not seen"),
    ],
)
def test_a_value_that_was_looked_up_is_judged_by_the_answer(exists, outcome):
    assert policed({"path": lambda path: False}, {"path": "/srv/X1234.csv"}, exists) == outcome


def test_what_is_to_be_looked_up_is_told_with_its_path():
    def known(path):
        return True

    spec = ToolSpec("read", facts=ToolFacts(arguments={"files.path": known, "id": "seen"}))
    call = Call("p", "read", {"files": [{"path": "/a"}, {"path": "/b"}], "id": "1"})
    assert lookups(Ledger(tools={"read": spec}), call) == [
        ("files[0].path", "/a", known),
        ("files[1].path", "/b", known),
    ]


def test_blocked_inventions_reach_a_person_in_the_end():
    blocked = [user(), makes("look", order_id="W1234567"), result(FOUND)]
    for number in range(7):
        answer = result("Not run.", f"b{number}", additional_kwargs={"holdfast": "block"})
        blocked += [makes("refund", f"b{number}", order_id=f"W765432{number}"), answer]
    assert STRICT.check(run(*blocked, refund("W7654329")))["action"] == "escalate"
    assert STRICT.check(run(*blocked[:-2], refund("W7654329")))["action"] == "block"


def test_sources_given_as_a_list_are_judged_as_well():
    ledger = run(user(), refund("W1234568"))
    plain = replace(ledger, sources=list(ledger.sources))
    assert STRICT.check(plain) == STRICT.check(ledger)
