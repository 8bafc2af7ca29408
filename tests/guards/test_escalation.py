import json

import pytest
from holdfast.guards.escalation import is_escalation, make_escalation, proposed
from holdfast.guards.ledger import Call, make_step, no_spend
from holdfast.guards.shown_arguments import restored, shown
from hypothesis import given
from hypothesis import strategies as st

WAYS = ["continue", "answer", "abort", "approve", "edit", "reject"]


def asked(**more):
    return make_escalation("Why?", spent=no_spend(), **{"options": WAYS, **more})


def test_a_question_is_plain_data_and_also_what_inboxes_for_langchain_expect():
    call = Call("c1", "pay", {"eur": 7})
    question = asked(actions=[proposed(call, "Pay somebody.")])
    assert json.loads(json.dumps(question)) == question
    assert question["action_requests"] == [
        {"name": "pay", "args": {"eur": 7}, "description": "Pay somebody."}
    ]
    assert question["review_configs"] == [
        {"action_name": "pay", "allowed_decisions": ["approve", "edit", "reject", "respond"]}
    ]


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        pytest.param(WAYS, ["approve", "reject", "respond"], id="all ways"),
        pytest.param(["continue", "answer"], ["approve", "respond"], id="no way to end the run"),
    ],
)
def test_a_question_without_an_action_has_one_that_stands_for_it(options, allowed):
    step = {**make_step("tool", "look", actor="agent", preview="nothing"), "n": 4}
    question = asked(options=options, kind="same_call", steps=[step])
    (request,), (config,) = question["action_requests"], question["review_configs"]
    assert (request["name"], request["args"]) == ("ask_person", {"kind": "same_call"})
    assert request["description"] == "Why?\nstep 4: agent tool look -> nothing"
    assert config["allowed_decisions"] == allowed


def test_the_same_question_has_the_same_id_and_another_has_another():
    assert asked(asked=1.0)["id"] == asked(asked=1.0)["id"]
    assert len({asked(asked=1.0)["id"], asked(asked=2.0)["id"], asked(kind="x")["id"]}) == 3


@pytest.mark.parametrize(
    ("ask", "at", "deadline", "default"),
    [
        pytest.param(None, 100.0, None, "abort", id="for ever"),
        pytest.param({"seconds": 60, "default": "wrap_up"}, 100.0, 160.0, "wrap_up", id="a minute"),
        pytest.param({"seconds": 60}, None, None, "abort", id="nobody knows when it was asked"),
    ],
)
def test_a_deadline_counts_from_when_it_was_asked(ask, at, deadline, default):
    question = asked(ask=ask, asked=at)
    assert (question["deadline"], question["default"]) == (deadline, default)


def test_a_guard_may_offer_less_than_its_place_and_never_more():
    ask = {"options": ["abort", "raise_budget"], "answer": {"type": "integer"}}
    question = asked(ask=ask)
    assert (question["options"], question["answer_schema"]) == (["abort"], {"type": "integer"})


def test_arguments_that_could_not_be_read_are_shown_as_text():
    question = asked(actions=[proposed(Call("c1", "pay", "{eur: 7"))])
    assert question["action_requests"][0]["args"] == {"": "{eur: 7"}


@pytest.mark.parametrize(
    ("value", "is_one"),
    [(asked(), True), ("Why?", False), ({"type": "tool_approval"}, False)],
)
def test_questions_of_others_are_told_apart(value, is_one):
    assert is_escalation(value) is is_one


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        pytest.param({"password": "of two words"}, {"password": "[redacted]"}, id="by its name"),
        pytest.param("key sk-12345678901234567890", "key [redacted]", id="a secret's form"),
        pytest.param("a" * 2_700, "a" * 2_000 + "… (700 more characters)", id="a long text"),
        pytest.param(list(range(60)), list(range(50)), id="a long list"),
        pytest.param({"a": (1, None, True)}, {"a": [1, None, True]}, id="a tuple"),
        pytest.param({1: {2}}, {"1": "{2}"}, id="what is no JSON"),
    ],
)
def test_arguments_are_shown_bounded_and_without_secrets(value, seen):
    assert shown(value) == seen


def test_what_is_nested_too_deeply_is_cut():
    deep = {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}
    assert "…" in json.dumps(shown(deep), ensure_ascii=False)
    assert "…" in json.dumps(shown([[[[[[[1]]]]]]]), ensure_ascii=False)


@pytest.mark.parametrize(
    ("edited", "original", "meant"),
    [
        pytest.param(
            {"to": "Bo", "password": "[redacted]"}, {"to": "Al", "password": "x1"},
            {"to": "Bo", "password": "x1"}, id="a hidden argument",
        ),
        pytest.param(
            {"a": {"to": "Bo", "text": "b" * 2_000 + "… (700 more characters)"}},
            {"a": {"to": "Al", "text": "b" * 2_700}}, {"a": {"to": "Bo", "text": "b" * 2_700}},
            id="a cut one inside",
        ),
        pytest.param({"new": 1}, {"old": 2}, {"new": 1}, id="others are as they are given"),
        pytest.param([9, *range(1, 50)], list(range(60)), [9, *range(1, 60)], id="a cut list"),
        pytest.param([1], [1, 2], [1], id="a shortened list"),
        pytest.param([1, 2, 3], [1, 2], [1, 2, 3], id="a longer list"),
    ],
)  # fmt: skip
def test_what_was_left_as_shown_keeps_what_it_stood_for(edited, original, meant):
    assert restored(edited, original) == meant


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(value=JSON)
def test_who_changes_nothing_changes_nothing(value):
    assert restored(shown(value), value) == value


@given(value=JSON)
def test_what_is_shown_can_be_written_as_json(value):
    assert json.loads(json.dumps(shown(value))) == shown(value)
