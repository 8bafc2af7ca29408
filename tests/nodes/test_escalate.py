"""Any node may send its run to a person."""

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import expire, questions, resume
from holdfast.guards import Call, Deadline, GuardConfigError, NoCheckpointerError, WrongAnswerError
from holdfast.nodes import GuardChannels, ask, by_action, by_decision, escalate, human_node
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command
from pydantic import BaseModel, ValidationError

from .shop import agent_graph, go, results

CONFIG = {"configurable": {"thread_id": "1"}}
NOW = 1000.0


class Customer(BaseModel):
    id: int


class State(MessagesState, GuardChannels):
    customer: dict


def sending(**asked):
    """Return a graph whose node sends its run to a person."""

    def find(state: State) -> dict:
        return escalate(
            state, "Two customers have that name.", by="find", clock=lambda: NOW, **asked
        )

    graph = StateGraph(State)
    graph.add_node("find", find)
    graph.add_node("human", human_node(clock=lambda: NOW))
    graph.add_edge(START, "find")
    graph.add_conditional_edges("find", by_action, {"escalate": "human"})
    ways = {"continue": END, "answer": END, "abort": END, "wrap_up": END}
    graph.add_conditional_edges("human", by_decision, ways)
    return graph


def test_a_node_sends_its_run_to_a_person_with_its_own_question(play):
    graph = sending(options=["answer", "abort"], answer=Customer, deadline=Deadline(60, "wrap_up"))
    saver = InMemorySaver()
    play(graph, go(), saver=saver)
    (asked,) = graph.compile(saver).get_state(CONFIG).interrupts
    assert (asked.value["guard"], asked.value["kind"]) == ("find", "asked")
    assert asked.value["options"] == ["answer", "abort"]
    assert asked.value["answer_schema"]["properties"]["id"]["type"] == "integer"
    assert (asked.value["deadline"], asked.value["default"]) == (1060.0, "wrap_up")
    out = play(graph, Command(resume={"decision": "answer", "value": {"id": 7}}), saver=saver)
    assert (out["decision"], out["messages"][-1].text) == ("answer", '{"id": 7}')


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        pytest.param("Ann", "no choice here", id="a choice that is not offered"),
        pytest.param({"decision": "answer", "value": {"id": "x"}}, "schema", id="a wrong value"),
        pytest.param({"decision": "answer", "message": "Ann"}, "schema", id="words for a value"),
    ],
)
def test_an_answer_that_does_not_fit_its_schema_leaves_the_question_open(play, wrong, why):
    graph, saver = sending(options=["answer", "abort"], answer=Customer), InMemorySaver()
    with pytest.raises(ValidationError, match=why):
        play(graph, go(), [wrong], saver=saver)
    inbox = {"decisions": [{"type": "respond", "message": '{"id": 7}'}]}
    out = play(graph, Command(resume=inbox), saver=saver)
    assert out["messages"][-1].text == '{"id": 7}'


@pytest.mark.parametrize(
    ("inbox", "decision"),
    [
        pytest.param({"type": "approve"}, "continue", id="approve goes on"),
        pytest.param({"type": "reject"}, "abort", id="reject ends the run"),
        pytest.param({"type": "respond", "message": "Ann."}, "continue", id="respond guides"),
    ],
)
def test_an_inbox_for_langchains_questions_can_answer_one_without_actions(play, inbox, decision):
    out = play(sending(), go(), [{"decisions": [inbox]}])
    assert out["decision"] == decision


def asking_inside(ran, **asked):
    """Return a graph whose node asks in the middle of its work."""

    def find(state: State) -> dict:
        found = ask("Which customer?", by="find", clock=lambda: NOW, **asked)
        ran.append(found.decision)
        return {"customer": found.value or {}}

    graph = StateGraph(State)
    graph.add_node("find", find)
    graph.add_edge(START, "find")
    return graph


def test_a_node_asks_in_the_middle_of_its_work(play):
    ran = []
    graph = asking_inside(ran, answer=Customer, options=["answer"])
    out = play(graph, go(), [{"decision": "answer", "value": {"id": 7}}])
    assert (ran, out["customer"]) == (["answer"], {"id": 7})


def test_a_node_is_told_by_resume_that_its_deadline_has_passed():
    ran = []
    app = asking_inside(ran, deadline=Deadline(60)).compile(InMemorySaver())
    app.invoke(go(), CONFIG)
    with pytest.warns(UserWarning, match="after the question's deadline"):
        resume(app, CONFIG, "continue", clock=lambda: 1061.0)
    assert ran == ["abort"]


def test_a_node_is_told_when_its_question_is_closed():
    ran = []
    app = asking_inside(ran, deadline=Deadline(60, "continue")).compile(InMemorySaver())
    app.invoke(go(), CONFIG)
    expire(app, CONFIG, clock=lambda: 1061.0)
    assert (ran, questions(app, CONFIG)) == (["continue"], [])


def test_a_tool_asks_about_an_action_of_its_own(play):
    def move(eur: int) -> str:
        """Move money."""
        call = Call("move-1", "transfer", {"eur": eur})
        found = ask("May this be transferred?", calls=[call])
        return f"{found.decision} {[one.args for one in found.decisions]}"

    model = ScriptedModel([tool_call("move", eur=7), "Done."])
    edit = {"decision": "edit", "args": {"eur": 5}}
    out = play(agent_graph(model, [move]), go(), [edit])
    assert results(out)[0].text == "approve [{'eur': 5}]"


def test_without_a_checkpointer_nobody_is_asked():
    with pytest.raises(NoCheckpointerError):
        asking_inside([]).compile().invoke(go())


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        pytest.param("edit", "give one decision for each", id="one edit for two actions"),
        pytest.param({"decisions": [{"type": "respond"}] * 2}, "needs a message", id="no words"),
    ],
)
def test_a_decision_about_several_actions_says_enough(wrong, why):
    ran = []
    calls = [Call("a", "pay", {}), Call("b", "pay", {})]
    app = asking_inside(ran, calls=calls).compile(InMemorySaver())
    app.invoke(go(), CONFIG)
    wrong = {"decision": "edit", "args": {}} if wrong == "edit" else wrong
    with pytest.raises(WrongAnswerError, match=why):
        resume(app, CONFIG, wrong)
    assert ran == []


def test_an_inbox_answers_with_words_where_a_text_is_wanted(play):
    graph = sending(answer={"type": "string"})
    out = play(graph, go(), [{"decisions": [{"type": "respond", "message": "The red one"}]}])
    assert (out["decision"], out["messages"][-1].text) == ("answer", "The red one")


def test_an_option_that_does_not_exist_is_refused():
    with pytest.raises(GuardConfigError, match=r"options=\['maybe'\]: use some of continue"):
        escalate({}, "Why?", by="me", options=["maybe"])


@pytest.mark.parametrize(("seconds", "default"), [(0, "abort"), (60, "maybe")])
def test_a_deadline_that_cannot_be_kept_is_refused(seconds, default):
    with pytest.raises(GuardConfigError, match="use seconds above 0, and one of abort"):
        Deadline(seconds, default)
