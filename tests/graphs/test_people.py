"""Questions to a person, wherever in a team they arise."""

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.guards import Budget, NoCheckpointerError
from holdfast.nodes import Specialist
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command, interrupt
from pydantic import ValidationError

from .team import CONFIG, STRICT, agency, go, handoff, said, search_flights

LOOK = tool_call("search_flights", to="Lisbon")


def asking(ran):
    """Return tools that write down what they did, one of them after a question."""

    def pay(eur: int) -> str:
        """Pay."""
        answer = interrupt(f"Pay {eur} EUR?")
        ran.append("pay")
        return f"paid, {answer}"

    def note(text: str) -> str:
        """Note something."""
        ran.append("note")
        return "noted"

    return [pay, note]


def payer(ran, *replies):
    both = tool_calls(tool_call("note", text="x"), tool_call("pay", eur=7))
    model = ScriptedModel([both, *(replies or ["All paid."])])
    return Specialist("payer", model, tools=asking(ran)), model


def test_a_tool_of_a_specialist_may_ask(play):
    ran = []
    one, finder = payer(ran)
    lead = ScriptedModel([handoff("payer"), "Done."])
    out = play(agency(lead, one), go(), ["yes"])
    assert sorted(ran) == ["note", "pay"]
    assert (len(lead.calls), len(finder.calls)) == (2, 2)
    assert out["ledger"]["spent"]["model_calls"] == 4
    assert (out["ending"], said(out)[-2:]) == ("completed", ["All paid.", "Done."])


def test_who_answers_for_a_specialist_is_not_asked_the_same_again(play):
    lead = ScriptedModel([handoff("search"), "The last flight is LH1."])
    finder = ScriptedModel([tool_call("search_flights", to=city) for city in ("A", "B", "C")])
    one = Specialist("search", finder, tools=[search_flights])
    graph = agency(lead, one, guards=[Budget(model_calls=5)], policy={"budget": "escalate"})
    out = play(graph, go(), [{"decision": "answer", "message": "LH1."}])
    assert (out["ending"], said(out)[-2:]) == (
        "budget_stopped",
        ["LH1.", "The last flight is LH1."],
    )
    assert out["ledger"]["spent"]["model_calls"] == 5


def test_a_tool_of_an_inner_team_may_ask(play):
    ran = []
    one, _ = payer(ran)
    inner = agency([handoff("payer"), "Inner done."], one).compile()
    out = play(agency([handoff("team"), "Done."], Specialist("team", inner)), go(), ["yes"])
    assert sorted(ran) == ["note", "pay"]
    assert out["ledger"]["spent"]["model_calls"] == 6
    assert out["ledger"]["spent"]["tool_calls"] == 2


def stuck(**settings):
    one = Specialist("search", ScriptedModel([*[LOOK] * 5, "None."]), tools=[search_flights])
    lead = ScriptedModel([handoff("search"), "Done."])
    return agency(lead, one, guards=[STRICT], policy={"loop": "escalate"}, **settings), one, lead


def test_a_wrong_answer_leaves_the_question_of_a_specialist_open(play):
    graph, one, lead = stuck()
    saver = InMemorySaver()
    with pytest.raises(ValidationError):
        play(graph, go(), [{"decision": "perhaps"}], saver=saver)
    out = play(graph, Command(resume="Go on."), saver=saver)
    assert (out["ending"], said(out)[-1]) == ("completed", "Done.")
    assert (len(one.model.calls), len(lead.calls)) == (6, 2)


def test_a_question_shows_the_evidence_from_inside():
    graph, _, _ = stuck()
    (question,) = graph.compile(InMemorySaver()).invoke(go(), CONFIG)["__interrupt__"]
    assert question.value["guard"] == "loop"
    assert all("search tool search_flights" in line for line in question.value["evidence"])


def test_another_saver_on_the_same_file_takes_the_answer(tmp_path):
    file = str(tmp_path / "threads.db")
    graph, one, lead = stuck()
    with SqliteSaver.from_conn_string(file) as saver:
        assert "__interrupt__" in graph.compile(saver).invoke(go(), CONFIG)
    with SqliteSaver.from_conn_string(file) as saver:
        out = graph.compile(saver).invoke(Command(resume="Go on."), CONFIG)
    assert (out["ending"], len(one.model.calls), len(lead.calls)) == ("completed", 6, 2)


def test_without_a_checkpointer_nobody_is_asked():
    graph, _, _ = stuck()
    with pytest.raises(NoCheckpointerError, match="no checkpointer"):
        graph.compile().invoke(go())


def test_the_seconds_that_a_person_takes_are_not_the_runs():
    now = [1000.0]
    graph, _, _ = stuck(clock=lambda: now[0])
    app = graph.compile(InMemorySaver())
    app.invoke(go(), CONFIG)
    now[0] += 3600
    spent = app.invoke(Command(resume="Go on."), CONFIG)["ledger"]["spent"]
    assert spent["waited"] == 3600


def test_a_person_may_be_asked_twice(play):
    finder = ScriptedModel([*[LOOK] * 5, *[LOOK] * 5, "None."])
    one = Specialist("search", finder, tools=[search_flights])
    graph = agency([handoff("search"), "Done."], one, guards=[STRICT], policy={"loop": "escalate"})
    out = play(graph, go(), ["Again.", "Once more."])
    assert out["ending"] == "completed"
    assert [step["kind"] for step in out["ledger"]["recent"]].count("human") == 2


def test_a_new_message_while_a_question_is_open_begins_a_new_run(play):
    graph, _, lead = stuck()
    saver = InMemorySaver()
    play(graph, go(), saver=saver)
    out = play(graph, go("Never mind."), saver=saver)
    assert (out["ending"], said(out)[-1]) == ("completed", "Done.")
    assert answered(lead.calls[-1].messages)


def answered(messages):
    """Return whether each call is answered before anybody else speaks, as providers ask."""
    waiting = set()
    for message in messages:
        if message.type == "tool":
            waiting.discard(message.tool_call_id)
        elif waiting:
            return False
        if message.type == "ai":
            waiting = {call["id"] for call in message.tool_calls}
    return not waiting
