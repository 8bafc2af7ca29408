"""Calls inside `create_agent` that a person approves before they run."""

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.graphs import questions, resume
from holdfast.guards import AnsweredError, QuestionError, WrongAnswerError, tool_facts
from langgraph.checkpoint.memory import InMemorySaver

from .agents import GO, answers, guarded, last, run, spent

CONFIG = {"configurable": {"thread_id": "1"}}
PAY = tool_call("pay", eur=7)


def payer(ran, *replies, approval=True, **given):
    def pay(eur: int) -> str:
        """Pay."""
        ran.append(eur)
        return f"paid {eur}"

    def look(at: str) -> str:
        """Look at something."""
        ran.append(at)
        return "nothing"

    tools = [tool_facts(pay, effects=True, approval=approval), look]
    return guarded(ScriptedModel(list(replies)), tools=tools, **given)


@pytest.mark.parametrize(
    ("answer", "ran", "told"),
    [
        pytest.param("approve", [7], "paid 7", id="approve"),
        pytest.param({"decisions": [{"type": "approve"}]}, [7], "paid 7", id="in LangChain's form"),
        pytest.param(
            {"decision": "edit", "args": {"eur": 5}},
            [5],
            "[The call of 'pay' was replaced: it runs with the arguments {\"eur\": 5}. Do not "
            "propose the first one again.]\npaid 5",
            id="edit",
        ),
        pytest.param(
            {"decision": "reject", "message": "No."},
            [],
            "Not run. The call of 'pay' is rejected, and stays so. Reason: No. Do not propose it "
            "again.",
            id="reject",
        ),
        pytest.param(
            {"decisions": [{"type": "respond", "message": "In cash."}]},
            [],
            "In cash.",
            id="respond",
        ),
    ],
)
def test_a_person_decides_before_a_call_runs(play, answer, ran, told):
    did = []
    state = play(payer(did, PAY, "Done."), GO, answers=[answer])
    assert (did, answers(state), last(state)) == (ran, [told], "Done.")
    assert (state["ending"], spent(state)["tool_calls"]) == ("completed", len(ran))


def test_a_rejected_call_is_answered_and_nobody_is_asked_again(play):
    did = []
    state = play(payer(did, PAY, PAY, "Done."), GO, answers=[{"decision": "reject"}])
    assert (did, last(state)) == ([], "Done.")
    assert answers(state)[-1].startswith("Not run. A person has rejected this call of 'pay'.")


@pytest.mark.parametrize(
    ("answer", "ending", "words"),
    [
        pytest.param("abort", "aborted", "a person ended it.", id="abort"),
        pytest.param(
            {"decision": "take_over", "message": "I pay."}, "taken_over", "I pay.", id="take over"
        ),
    ],
)
def test_a_person_may_end_the_run(play, answer, ending, words):
    did = []
    state = play(payer(did, PAY), GO, answers=[answer])
    assert (did, state["ending"]) == ([], ending)
    assert last(state).endswith(words)


def test_several_calls_ask_side_by_side_and_each_runs_once():
    did, saver = [], InMemorySaver()
    three = tool_calls(tool_call("look", at="home"), PAY, tool_call("pay", eur=9))
    agent = payer(did, three, "Done.")
    run(agent, saver=saver)
    assert did == ["home"]
    app = agent.compile(saver)
    first, second = questions(app, CONFIG)
    resume(app, CONFIG, {first.id: "approve", second.id: "reject"})
    assert (len(did), app.get_state(CONFIG).values["ending"]) == (2, "completed")


def test_an_edited_call_is_told_in_its_result(play):
    did = []
    edit = {"decision": "edit", "args": {"eur": 5}}
    state = play(payer(did, PAY, PAY, "Done."), GO, answers=[edit])
    assert did == [5]
    assert "a person replaced it" in answers(state)[-1]


@pytest.mark.parametrize("human", [True, False])
def test_where_nobody_can_be_asked_the_call_is_blocked(human):
    did = []
    state = payer(did, PAY, "Done.", human=human).compile().invoke(GO)
    assert did == []
    assert "nobody can be asked" in answers(state)[0]


ASKS = tool_calls(tool_call("look", at="home"), PAY, tool_call("pay", eur=9))


def asked(did, *after):
    """Return an agent that has asked about two calls of one turn, and the questions."""
    app = payer(did, ASKS, *after).compile(InMemorySaver())
    app.invoke(GO, CONFIG)
    did.clear()
    return app, questions(app, CONFIG)


@pytest.mark.parametrize(
    ("answer", "ending"),
    [
        pytest.param("abort", "aborted", id="abort"),
        pytest.param({"decision": "take_over", "message": "I pay."}, "taken_over", id="take over"),
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_who_ends_a_run_at_one_of_its_questions_closes_the_others(answer, ending, place):
    did = []
    app, found = asked(did, PAY, "Done.")
    state = resume(app, CONFIG, answer, interrupt_id=found[place].id)
    assert (did, questions(app, CONFIG), state["ending"]) == ([], [], ending)
    assert answers(state)[1:] == ["Not run. The run ends here."] * 2
    with pytest.raises(AnsweredError):
        resume(app, CONFIG, "approve", interrupt_id=found[1 - place].id)
    assert did == []


def test_no_part_of_a_run_is_approved_where_another_answer_ends_it():
    did = []
    app, (first, second) = asked(did, "Done.")
    with pytest.raises(QuestionError, match=r"'abort' for question .* ends the run"):
        resume(app, CONFIG, {first.id: "approve", second.id: "abort"})
    assert (did, len(questions(app, CONFIG))) == ([], 2)


def test_an_inbox_of_langchains_decides_a_whole_turn_in_the_order_of_the_calls():
    did = []
    app, found = asked(did, "Done.")
    assert [one.value["actions"][0]["args"]["eur"] for one in found] == [7, 9]
    state = resume(app, CONFIG, {"decisions": [{"type": "reject"}, {"type": "approve"}]})
    assert (did, state["ending"]) == ([9], "completed")


def test_a_turn_is_not_decided_by_fewer_decisions_than_it_has_calls():
    did = []
    app, _ = asked(did, "Done.")
    with pytest.raises(QuestionError, match=r"2 questions are open.*a decision for each, in"):
        resume(app, CONFIG, {"decisions": [{"type": "approve"}]})
    assert (did, len(questions(app, CONFIG))) == ([], 2)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param("aprove", id="words that decide nothing here"),
        pytest.param({"decision": "edit"}, id="an edit without arguments"),
        pytest.param({"decisions": [{"type": "approve"}] * 2}, id="too many decisions"),
    ],
)
def test_where_one_of_several_answers_does_not_fit_none_is_taken(wrong):
    did = []
    app, (first, second) = asked(did, "Done.")
    with pytest.raises(WrongAnswerError):
        resume(app, CONFIG, {first.id: "approve", second.id: wrong})
    assert (did, [one.id for one in questions(app, CONFIG)]) == ([], [first.id, second.id])
    resume(app, CONFIG, {first.id: "approve", second.id: "approve"})
    assert sorted(did) == [7, 9]


@pytest.mark.parametrize("both", [True, False])
def test_who_answers_an_answered_question_again_is_told_so(both):
    did = []
    app, (first, second) = asked(did, "Done.")
    resume(app, CONFIG, {first.id: "approve"})
    again = {first.id: "approve", **({second.id: "approve"} if both else {})}
    with pytest.raises(AnsweredError, match="was answered before"):
        resume(app, CONFIG, again)
    assert did == [7]
