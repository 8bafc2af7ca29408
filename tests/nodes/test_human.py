import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import Budget, GuardConfigError, LoopGuard, NoCheckpointerError
from holdfast.nodes import (
    GuardMiddleware,
    by_action,
    by_decision,
    escalate,
    guard_node,
    human_node,
    tool_node,
)
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command
from pydantic import ValidationError

from .shop import go, notes

CONFIG = {"configurable": {"thread_id": "1"}}


def look(at: str) -> str:
    """Look at something."""
    return f"nothing at {at}"


def watched(model, *guards, clock=lambda: 100.0, policy=None):
    """Return an agent of somebody else's whose guards can ask a person."""

    def agent(state: MessagesState) -> dict:
        return {"messages": [model.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("agent", agent)
    graph.add_node("tools", ToolNode([look]))
    graph.add_node("guard", guard_node(*guards, policy=policy, clock=clock))
    graph.add_node("human", human_node(clock=clock))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "guard")
    on = dict.fromkeys(["none", "nudge", "block"], "agent")
    graph.add_conditional_edges(
        "guard", by_action, {**on, "wrap_up": END, "stop": END, "escalate": "human"}
    )
    decided = {"continue": "agent", "answer": END, "abort": END}
    graph.add_conditional_edges("human", by_decision, decided)
    return graph


QUICK = LoopGuard(nudge=2, block=3, wrap_up=8, last=9)
ESCALATE = {"loop": "escalate"}
SAME = [tool_call("look", at="home")] * 3


@pytest.mark.parametrize(
    ("answer", "decision", "last", "ending"),
    [
        pytest.param("try the shop", "continue", "Done.", None, id="a bare text"),
        pytest.param({"decision": "continue"}, "continue", "Done.", None, id="go on"),
        pytest.param(
            {"decision": "answer", "message": "Lost."}, "answer", "Lost.", None, id="the answer"
        ),
        pytest.param({"decision": "abort"}, "abort", "nothing at home", "aborted", id="abort"),
    ],
)
def test_a_person_decides(play, answer, decision, last, ending):
    model = ScriptedModel([*SAME, *["Done."] * (decision == "continue")])
    out = play(watched(model, QUICK, policy=ESCALATE), go(), [answer])
    assert (out["decision"], out.get("ending")) == (decision, ending)
    assert out["messages"][-1].content == last
    assert [step["kind"] for step in out["ledger"]["recent"]].count("human") == 1


def test_a_persons_guidance_reaches_the_model_and_begins_no_new_run(play):
    model = ScriptedModel([*SAME, "Done."])
    out = play(watched(model, QUICK, policy=ESCALATE), go(), ["Try the shop."])
    shown = model.calls[-1].messages[-1].content
    assert shown == "[A person who oversees this run says] Try the shop."
    assert out["ledger"]["spent"]["tool_calls"] == 3
    assert "human" in notes(out)


def test_the_question_says_why_and_shows_the_evidence():
    app = watched(ScriptedModel(SAME), QUICK, policy=ESCALATE).compile(InMemorySaver())
    (question,) = app.invoke(go(), CONFIG)["__interrupt__"]
    asked = question.value
    assert asked["guard"] == "loop"
    assert asked["options"] == ["continue", "answer", "take_over", "abort"]
    assert [line.split(": ")[1] for line in asked["evidence"]] == [
        "agent tool look -> nothing at home"
    ] * 3


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"decision": "perhaps"}, id="an unknown decision"),
        pytest.param({"decision": "answer"}, id="an answer without words"),
        pytest.param({"decision": "answer", "message": "  "}, id="an answer of blanks"),
        pytest.param({"approved": True}, id="an answer to another question"),
        pytest.param(7, id="a number"),
    ],
)
def test_a_wrong_answer_leaves_the_question_open(play, wrong):
    graph = watched(ScriptedModel([*SAME, "Done."]), QUICK, policy=ESCALATE)
    saver = InMemorySaver()
    with pytest.raises(ValidationError):
        play(graph, go(), [wrong], saver=saver)
    app = graph.compile(saver)
    assert len(app.get_state(CONFIG).interrupts) == 1
    out = app.invoke(Command(resume="Go on."), CONFIG)
    assert out["messages"][-1].content == "Done."


def test_without_a_checkpointer_nobody_is_asked():
    app = watched(ScriptedModel(SAME), QUICK, policy=ESCALATE).compile()
    with pytest.raises(NoCheckpointerError, match=r"compile\(checkpointer=\.\.\.\)"):
        app.invoke(go())


def test_a_budget_of_seconds_does_not_run_while_a_person_is_asked():
    now = [1000.0]
    guards = (QUICK, Budget(seconds=60))
    model = ScriptedModel([*SAME, tool_call("look", at="sea"), "Done."])
    app = watched(model, *guards, clock=lambda: now[0], policy=ESCALATE).compile(InMemorySaver())
    assert "__interrupt__" in app.invoke(go(), CONFIG)
    now[0] += 86_400
    out = app.invoke(Command(resume="Go on."), CONFIG)
    assert out["messages"][-1].content == "Done."
    values = app.get_state(CONFIG).values
    assert values["ledger"]["spent"]["waited"] == 86_400
    assert not [verdict for verdict in values["verdicts"] if verdict["guard"] == "budget"]


def test_a_person_can_be_asked_without_a_trip():
    graph = StateGraph(MessagesState)
    graph.add_node("human", human_node())
    graph.add_edge(START, "human")
    (question,) = graph.compile(InMemorySaver()).invoke(go(), CONFIG)["__interrupt__"]
    assert question.value["reason"] == "The graph asks for a person."
    assert question.value["evidence"] == []


def test_a_trip_of_an_earlier_run_is_no_reason_to_ask():
    now = [1000.0]
    graph = watched(ScriptedModel(SAME), QUICK, clock=lambda: now[0], policy={"loop": "stop"})
    graph.add_node("look_first", guard_node(QUICK, clock=lambda: now[0]))
    graph.add_conditional_edges(
        "look_first", lambda state: "human" if len(state["messages"]) > 2 else "agent"
    )
    graph.edges.remove((START, "agent"))
    graph.add_edge(START, "look_first")
    app = graph.compile(InMemorySaver())
    app.invoke(go(), CONFIG)
    now[0] += 60
    (question,) = app.invoke(go("Again."), CONFIG)["__interrupt__"]
    assert question.value["guard"] == ""


def test_the_note_of_an_earlier_run_is_said_again_in_the_next(play):
    times = iter(range(1000, 2000))
    same = [tool_call("look", at="home")] * 2
    model = ScriptedModel([*same, "One.", *same, "Two."])
    guard = Budget(tool_calls=10, warn=0.2, wrap_up=1.0)
    graph = watched(model, guard, clock=lambda: float(next(times)))
    saver = InMemorySaver()
    play(graph, go("One?"), saver=saver)
    assert notes(play(graph, go("Two?"), saver=saver)) == ["nudge", "nudge"]


@pytest.mark.parametrize("wrong", [60, 0.5, "60", {"seconds": 60}], ids=repr)
@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda late: human_node(deadline=late), id="human_node"),
        pytest.param(lambda late: tool_node([], deadline=late), id="tool_node"),
        pytest.param(lambda late: GuardMiddleware(deadline=late), id="GuardMiddleware"),
        pytest.param(lambda late: escalate({}, "Why?", by="me", deadline=late), id="escalate"),
    ],
)
def test_a_deadline_that_is_none_is_refused_before_anybody_is_asked(build, wrong):
    with pytest.raises(GuardConfigError, match=r"deadline=.*use Deadline\(seconds, default\)"):
        build(wrong)
