"""Answers to open questions: each to its own, once, and never in silence."""

import asyncio
import operator
from typing import Annotated

import pytest
from holdfast.drills import ScriptedModel
from holdfast.graphs import aexpire, aquestions, aresume, expire, questions, resume
from holdfast.guards import (
    AnsweredError,
    Deadline,
    NoCheckpointerError,
    QuestionError,
    WrongAnswerError,
)
from holdfast.nodes import HumanAnswer, Specialist
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict

from .team import CONFIG, STRICT, agency, go, handoff, search_flights
from .test_people import LOOK


class Log(TypedDict):
    log: Annotated[list, operator.add]


def asking(*asked, died=()):
    """Return a graph whose nodes ask side by side, and write down what they are told."""

    def node(text):
        def ask(state: Log) -> dict:
            answer = interrupt(text)
            if died:
                died.pop()
                raise OSError("the machine went down")
            return {"log": [[text, answer]]}

        return ask

    graph = StateGraph(Log)
    for text in asked:
        graph.add_node(text, node(text))
        graph.add_edge(START, text)
        graph.add_edge(text, END)
    return graph


class Sync:
    """The helpers as sync code calls them."""

    resume, questions, expire = staticmethod(resume), staticmethod(questions), staticmethod(expire)


class Awaited:
    """The same, awaited."""

    def resume(self, *given, **more):
        return asyncio.run(aresume(*given, **more))

    def questions(self, *given):
        return asyncio.run(aquestions(*given))

    def expire(self, *given, **more):
        return asyncio.run(aexpire(*given, **more))


@pytest.fixture(params=[pytest.param(Sync(), id="sync"), pytest.param(Awaited(), id="awaited")])
def hand(request):
    return request.param


def waiting(*asked, **more):
    app = asking(*asked, **more).compile(InMemorySaver())
    app.invoke({"log": []}, CONFIG)
    return app


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("yes", id="a text"),
        pytest.param("", id="an empty text"),
        pytest.param(None, id="None"),
        pytest.param({}, id="an empty mapping"),
        pytest.param([], id="an empty list"),
        pytest.param(False, id="False"),
        pytest.param({"0" * 32: "x"}, id="a mapping that looks like one of ids"),
        pytest.param({"a": 1}, id="a mapping"),
    ],
)
def test_an_answer_reaches_its_question_whatever_it_is(hand, answer):
    app = waiting("Pay?")
    assert hand.resume(app, CONFIG, answer)["log"] == [["Pay?", answer]]


def test_open_questions_are_listed(hand):
    app = waiting("A?", "B?")
    found = hand.questions(app, CONFIG)
    assert [(one.value, one.reason, one.thread) for one in found] == [
        ("A?", "A?", "1"), ("B?", "B?", "1"),
    ]  # fmt: skip


def test_one_of_several_questions_has_to_be_named(hand):
    app = waiting("A?", "B?")
    with pytest.raises(QuestionError, match=r"2 questions are open: \w{32} \(A\?\).*interrupt_id"):
        hand.resume(app, CONFIG, "yes")
    first, second = hand.questions(app, CONFIG)
    hand.resume(app, CONFIG, "b", interrupt_id=second.id)
    assert [one.id for one in hand.questions(app, CONFIG)] == [first.id]
    assert hand.resume(app, CONFIG, "a")["log"] == [["A?", "a"], ["B?", "b"]]


def test_several_questions_are_answered_by_a_mapping(hand):
    app = waiting("A?", "B?")
    first, second = hand.questions(app, CONFIG)
    out = hand.resume(app, CONFIG, {first.id: "a", second.id: None})
    assert out["log"] == [["A?", "a"], ["B?", None]]


def test_a_question_that_langgraph_was_answered_itself_is_not_open(hand):
    app = waiting("A?", "B?")
    first, second = hand.questions(app, CONFIG)
    app.invoke(Command(resume={second.id: "b"}), CONFIG)
    assert [one.id for one in hand.questions(app, CONFIG)] == [first.id]
    with pytest.raises(AnsweredError, match="was answered before"):
        hand.resume(app, CONFIG, "again", interrupt_id=second.id)


def test_who_answers_second_is_told(hand):
    app = waiting("Pay?")
    (asked,) = hand.questions(app, CONFIG)
    hand.resume(app, CONFIG, "yes")
    with pytest.raises(AnsweredError, match="was answered before"):
        hand.resume(app, CONFIG, "no", interrupt_id=asked.id)
    with pytest.raises(AnsweredError, match="no question is open: the last"):
        hand.resume(app, CONFIG, "no")
    assert app.get_state(CONFIG).values["log"] == [["Pay?", "yes"]]


def test_a_question_that_nobody_asked_is_refused(hand):
    app = waiting("Pay?")
    with pytest.raises(QuestionError, match="'f00' is not open in this thread; open are: "):
        hand.resume(app, CONFIG, "yes", interrupt_id="f00")
    other = {"configurable": {"thread_id": "2"}}
    with pytest.raises(QuestionError, match="no question is open in this thread; open are: none"):
        hand.resume(app, other, "yes")


def test_an_answer_to_what_a_person_no_longer_has_before_them_is_refused(hand):
    def twice(state: Log) -> dict:
        return {"log": [interrupt("And now?")]}

    graph = asking("Pay?")
    graph.add_node("twice", twice)
    graph.add_edge("Pay?", "twice")
    app = graph.compile(InMemorySaver())
    app.invoke({"log": []}, CONFIG)
    before = app.get_state(CONFIG).config
    hand.resume(app, before, "yes")
    with pytest.raises(AnsweredError, match="the thread has gone on since checkpoint"):
        hand.resume(app, before, "yes")
    assert [one.value for one in hand.questions(app, CONFIG)] == ["And now?"]


def test_without_a_checkpointer_there_is_nothing_to_answer(hand):
    with pytest.raises(NoCheckpointerError, match="no checkpointer"):
        hand.resume(asking("Pay?").compile(), CONFIG, "yes")


def test_an_answer_outlives_the_process_that_was_given_it(hand):
    died = ["once"]
    app = waiting("Pay?", died=died)
    with pytest.raises(OSError, match="went down"):
        hand.resume(app, CONFIG, "yes")
    with pytest.raises(AnsweredError, match="goes on with theirs"):
        hand.resume(app, CONFIG, "no")
    assert hand.questions(app, CONFIG) == []
    assert hand.resume(app, CONFIG)["log"] == [["Pay?", "yes"]]


def test_an_answer_that_was_saved_and_never_handed_over_is_not_lost(hand):
    saver = InMemorySaver()
    app = asking("Pay?").compile(saver)
    app.invoke({"log": []}, CONFIG)
    (asked,) = questions(app, CONFIG)
    claim = {"token": "of a dead process", "at": 1.0, "answer": "yes"}
    at = app.get_state(CONFIG).config
    saver.put_writes(at, [("__holdfast_answer__", claim)], asked.place)
    with pytest.raises(AnsweredError):
        hand.resume(app, CONFIG, "no")
    assert hand.resume(app, CONFIG)["log"] == [["Pay?", "yes"]]


def stuck(**settings):
    one = Specialist("search", ScriptedModel([*[LOOK] * 5, "None."]), tools=[search_flights])
    settings = {"guards": [STRICT], "policy": {"loop": "escalate"}, **settings}
    return agency([handoff("search"), "Done."], one, **settings)


def test_a_question_from_inside_of_a_specialist_is_answered(hand):
    app = stuck().compile(InMemorySaver())
    app.invoke(go(), CONFIG)
    (asked,) = hand.questions(app, CONFIG)
    assert asked.value["guard"] == "loop"
    answer = HumanAnswer(decision="continue", message="Go on.")
    assert hand.resume(app, CONFIG, answer)["ending"] == "completed"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(None, id="None"),
        pytest.param({}, id="an empty mapping"),
        pytest.param(" ", id="a blank"),
        pytest.param({"decision": "perhaps"}, id="an unknown decision"),
        pytest.param(7, id="a number"),
    ],
)
def test_a_wrong_answer_leaves_the_question_open(hand, wrong):
    app = stuck().compile(InMemorySaver())
    app.invoke(go(), CONFIG)
    for _ in range(2):
        with pytest.raises(WrongAnswerError):
            hand.resume(app, CONFIG, wrong)
    (asked,) = hand.questions(app, CONFIG)
    assert asked.attempts == 2
    assert hand.resume(app, CONFIG, "Go on.")["ending"] == "completed"


def test_after_its_deadline_a_question_is_answered_by_its_default(hand):
    app = stuck(deadline=Deadline(60)).compile(InMemorySaver())
    app.invoke(go(), CONFIG)
    with pytest.warns(UserWarning, match="after the question's deadline: 'abort' was taken"):
        out = hand.resume(app, CONFIG, "approve", clock=lambda: 161.0)
    assert out["ending"] == "aborted"


def test_questions_whose_time_has_passed_are_closed_and_others_are_left(hand):
    app = stuck(deadline=Deadline(60)).compile(InMemorySaver())
    app.invoke(go(), CONFIG)
    assert hand.expire(app, CONFIG, clock=lambda: 160.0) is None
    assert hand.expire(app, CONFIG, clock=lambda: 161.0)["ending"] == "aborted"
    assert hand.expire(app, CONFIG, clock=lambda: 161.0) is None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        pytest.param({"decision": "abrot"}, "; did you mean 'abort'?", id="a slip"),
        pytest.param({"decisoin": "abort"}, "; did you mean 'decision'?", id="a slip in a name"),
        pytest.param(
            "raise_budget", "'raise_budget' is no choice here; use one of continue", id="another"
        ),
        pytest.param(7, "this is of type int", id="a number"),
        pytest.param({"decision": "abort", "grant": {"tokens": -1}}, "grant.tokens: ", id="less"),
    ],
)
def test_why_an_answer_does_not_fit_stands_on_one_line(hand, wrong, why):
    app = stuck().compile(InMemorySaver())
    app.invoke(go(), CONFIG)
    with pytest.raises(WrongAnswerError) as caught:
        hand.resume(app, CONFIG, wrong)
    said = str(caught.value)
    assert why in said
    assert ("validation error" in said, "pydantic" in said, "\n" in said) == (False,) * 3
