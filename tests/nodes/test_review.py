"""Calls that a person approves before they run."""

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.guards import Deadline, NoCheckpointerError, ToolCallGuard, tool_facts
from holdfast.guards.verdict import passed, tripped
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command
from pydantic import ValidationError

from .shop import agent_graph, go, results

CONFIG = {"configurable": {"thread_id": "1"}}
PAY = tool_call("pay", eur=7, to="ann")
BOTH = tool_calls(tool_call("look", at="home"), PAY, tool_call("pay", eur=9, to="bob"))


NOT_RUN = (
    "Not run. The call of 'pay' is rejected, and stays so. Reason: {} Do not propose it again."
)


def desk(ran, *replies, approval=True, **settings):
    """Return an agent of somebody else's whose tool must be approved, and its model."""

    def pay(eur: int, to: str) -> str:
        """Pay somebody."""
        ran.append(("pay", eur, to))
        return f"paid {eur}"

    def look(at: str) -> str:
        """Look at something."""
        ran.append(("look", at))
        return f"nothing at {at}"

    model = ScriptedModel(list(replies))
    tools = [tool_facts(pay, effects=True, approval=approval), look]
    return agent_graph(model, tools, **settings), model


def answers(out):
    return [message.text for message in results(out)]


def test_the_question_is_one_for_all_calls_and_in_the_form_that_inboxes_know():
    graph, _ = desk([], BOTH)
    (asked,) = graph.compile(InMemorySaver()).invoke(go(), CONFIG)["__interrupt__"]
    value = asked.value
    assert value["reason"] == "To be approved before it runs: 'pay'."
    assert value["action_requests"] == [
        {"name": "pay", "args": {"eur": 7, "to": "ann"}, "description": "Pay somebody."},
        {"name": "pay", "args": {"eur": 9, "to": "bob"}, "description": "Pay somebody."},
    ]
    ways = ["approve", "edit", "reject", "respond"]
    assert value["review_configs"] == [{"action_name": "pay", "allowed_decisions": ways}] * 2


@pytest.mark.parametrize(
    ("answer", "ran", "told"),
    [
        pytest.param(
            "approve", [("pay", 7, "ann"), ("pay", 9, "bob")], ["paid 7", "paid 9"], id="approve"
        ),
        pytest.param(
            {"decisions": [{"type": "approve"}, {"type": "reject", "message": "Too much."}]},
            [("pay", 7, "ann")],
            ["paid 7", NOT_RUN.format("Too much.")],
            id="one is rejected",
        ),
        pytest.param(
            {"decisions": [
                {"type": "edit", "edited_action": {"name": "pay", "args": {"eur": 5, "to": "ann"}}},
                {"type": "respond", "message": "Paid in cash."},
            ]},
            [("pay", 5, "ann")], ["paid 5", "Paid in cash."], id="one is edited, one answered",
        ),
        pytest.param(
            {"decision": "reject", "message": "No."}, [],
            [NOT_RUN.format("No.")] * 2, id="reject",
        ),
        pytest.param(
            {"decision": "take_over", "message": "Paid both.", "then": "continue"}, [],
            ["I did this part myself, do not do it again: Paid both."] * 2, id="done by the person",
        ),
    ],
)  # fmt: skip
def test_a_person_decides_before_anything_runs(play, answer, ran, told):
    did = []
    graph, _ = desk(did, BOTH, "Done.")
    saver = InMemorySaver()
    play(graph, go(), saver=saver)
    assert did == []
    out = play(graph, Command(resume=answer), saver=saver)
    assert sorted(did) == sorted([("look", "home"), *ran])
    assert answers(out) == ["nothing at home", *told]
    assert out["messages"][-1].text == "Done."
    assert out["ledger"]["spent"]["tool_calls"] == 1 + len(ran)


def test_an_edited_call_is_told_and_the_first_one_does_not_run_later(play):
    ran = []
    graph, model = desk(ran, PAY, PAY, "Done.")
    out = play(graph, go(), [{"decision": "edit", "args": {"eur": 5, "to": "ann"}}])
    assert ran == [("pay", 5, "ann")]
    assert "it runs with the arguments" in model.calls[1].messages[-1].text
    assert "a person replaced it by other arguments" in answers(out)[-1]


def test_a_rejected_call_is_answered_without_asking_again(play):
    ran = []
    graph, _ = desk(ran, PAY, PAY, "Done.")
    out = play(graph, go(), [{"decision": "reject", "message": "Too much."}])
    assert (ran, out["messages"][-1].text) == ([], "Done.")
    assert answers(out)[-1].startswith(
        "Not run. A person has rejected this call of 'pay': Too much."
    )


def test_in_a_new_run_a_person_is_asked_again_and_told_that_it_was_rejected(play):
    ran = []
    graph, _ = desk(ran, PAY, "Done.", PAY, "Done.")
    saver = InMemorySaver()
    play(graph, go(), [{"decision": "reject", "message": "Too much."}], saver=saver)
    play(graph, go("Ann's boss says yes. Pay."), saver=saver)
    (asked,) = graph.compile(saver).get_state(CONFIG).interrupts
    assert asked.value["actions"][0]["description"] == "Pay somebody. (Rejected before: Too much.)"
    play(graph, Command(resume="approve"), saver=saver)
    assert ran == [("pay", 7, "ann")]


def test_each_approval_is_for_one_call(play):
    ran = []
    graph, _ = desk(ran, PAY, PAY, "Done.")
    play(graph, go(), ["approve", "approve"])
    assert ran == [("pay", 7, "ann")] * 2


def test_only_the_calls_that_need_it_are_asked_about(play):
    ran = []
    graph, _ = desk(ran, BOTH, "Done.", approval=lambda args: args["eur"] > 8)
    saver = InMemorySaver()
    play(graph, go(), saver=saver)
    (asked,) = graph.compile(saver).get_state(CONFIG).interrupts
    assert [one["args"]["eur"] for one in asked.value["actions"]] == [9]
    play(graph, Command(resume="reject"), saver=saver)
    assert sorted(ran) == [("look", "home"), ("pay", 7, "ann")]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        pytest.param(
            {"decision": "edit", "args": {"eur": "much", "to": "a"}}, "eur", id="a wrong argument"
        ),
        pytest.param("Use another card.", "'continue' is no choice here", id="words alone"),
        pytest.param({"decisions": [{"type": "approve"}] * 3}, "3 decisions", id="too many"),
    ],
)
def test_a_wrong_decision_leaves_the_question_open(play, wrong, why):
    ran = []
    graph, _ = desk(ran, PAY, "Done.")
    saver = InMemorySaver()
    with pytest.raises(ValidationError, match=why):
        play(graph, go(), [wrong], saver=saver)
    play(graph, Command(resume="approve"), saver=saver)
    assert ran == [("pay", 7, "ann")]


class NoFives:
    """A guard of a user's own."""

    def check(self, ledger):
        calls = [call.id for call in ledger.proposed if call.args.get("eur") == 5]
        if not calls:
            return passed("no_fives")
        return tripped("no_fives", "five", "block", "Five is out.", calls=calls)


def test_an_edited_call_is_judged_again(play):
    ran = []
    graph, _ = desk(ran, PAY, "Done.", guards=[NoFives()])
    out = play(graph, go(), [{"decision": "edit", "args": {"eur": 5, "to": "ann"}}])
    assert (ran, answers(out)) == ([], ["Not run. Five is out."])


def test_what_a_person_types_counts_as_seen(play):
    ran = []
    guards = [ToolCallGuard(grounded=True)]
    ask = {"messages": [("user", "Pay 7 to ann.")]}
    graph, _ = desk(ran, PAY, "Done.", guards=guards)
    play(graph, ask, [{"decision": "edit", "args": {"eur": 7, "to": "IBAN DE8937"}}])
    assert ran == [("pay", 7, "IBAN DE8937")]


def test_arguments_that_a_person_was_not_shown_stay_as_they_are(play):
    ran = []
    secret = tool_call("pay", eur=7, to="ann, password=hunter2")
    graph, _ = desk(ran, secret, "Done.")
    saver = InMemorySaver()
    play(graph, go(), saver=saver)
    (asked,) = graph.compile(saver).get_state(CONFIG).interrupts
    shown = asked.value["actions"][0]["args"]
    assert "hunter2" not in str(shown)
    play(graph, Command(resume={"decision": "edit", "args": {**shown, "eur": 6}}), saver=saver)
    assert ran == [("pay", 6, "ann, password=hunter2")]


@pytest.mark.parametrize(
    ("default", "last"),
    [pytest.param("reject", "Done.", id="reject"), pytest.param("continue", "Done.", id="go on")],
)
def test_what_nobody_approves_in_time_does_not_run(play, default, last):
    ran, now = [], [100.0]
    graph, _ = desk(ran, PAY, last, clock=lambda: now[0], deadline=Deadline(60, default))
    saver = InMemorySaver()
    play(graph, go(), saver=saver)
    now[0] += 61
    out = play(graph, Command(resume="approve"), saver=saver)
    assert (ran, out["messages"][-1].text) == ([], "Done.")
    assert "Nobody answered in time." in answers(out)[-1]


@pytest.mark.parametrize(
    ("answer", "rung", "kind"),
    [
        pytest.param("abort", "stop", "aborted", id="abort"),
        pytest.param(
            {"decision": "take_over", "message": "I pay."}, "stop", "taken_over", id="take over"
        ),
    ],
)
def test_a_person_may_end_the_run(play, answer, rung, kind):
    ran = []
    pay, _ = desk(ran, PAY)
    graph = StateGraph(MessagesState)
    graph.add_node("agent", pay.nodes["agent"].runnable)
    graph.add_node("tools", pay.nodes["tools"].runnable)
    graph.add_edge(START, "agent")
    graph.add_edge("agent", "tools")
    graph.add_conditional_edges("tools", lambda state: END)
    out = play(graph, go(), [answer])
    assert (ran, out["rung"], out["verdicts"][-1]["kind"]) == ([], rung, kind)
    assert not [m for m in out["messages"] if isinstance(m, AIMessage) and m.tool_calls][1:]


def test_without_a_checkpointer_nobody_is_asked_and_nothing_runs():
    ran = []
    graph, _ = desk(ran, PAY)
    with pytest.raises(NoCheckpointerError, match="no checkpointer"):
        graph.compile().invoke(go())
    assert ran == []


def test_where_nobody_can_be_asked_the_call_is_blocked(play):
    ran = []
    graph, _ = desk(ran, BOTH, "Done.", human=False)
    out = play(graph, go())
    assert ran == [("look", "home")]
    assert "may run only when a person approves it, and nobody can be asked" in answers(out)[-1]


ENDS = [
    pytest.param("abort", 0.0, None, id="abort"),
    pytest.param({"decision": "take_over", "message": "I pay."}, 0.0, None, id="take over"),
    pytest.param("approve", 61.0, "abort", id="nobody in time, abort"),
    pytest.param("approve", 61.0, "wrap_up", id="nobody in time, wrap up"),
]


@pytest.mark.parametrize(("answer", "later", "default"), ENDS)
def test_once_a_person_has_ended_a_run_nothing_of_it_runs_whatever_the_edges(
    play, answer, later, default
):
    ran, now = [], [100.0]
    late = {"deadline": Deadline(60, default)} if default else {}
    look = tool_call("look", at="home")
    graph, _ = desk(ran, PAY, BOTH, look, "End.", look, "Done.", clock=lambda: now[0], **late)
    saver = InMemorySaver()
    play(graph, go(), saver=saver)
    now[0] += later
    out = play(graph, Command(resume=answer), saver=saver)
    assert (ran, out["messages"][-1].text) == ([], "End.")
    assert out["ledger"]["spent"]["tool_calls"] == 0
    late = default == "wrap_up"
    why = "This run ended because nobody answered" if late else "A person ended this run"
    assert [text.startswith(f"Not run. {why}") for text in answers(out)[1:]] == [True] * 4
    play(graph, go("Look at home again."), saver=saver)
    assert ran == [("look", "home")]  # a new message begins a new run
