"""Finished work is recognised, and answered from the ledger."""

from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import tool_facts
from holdfast.nodes import Specialist
from langgraph.checkpoint.memory import InMemorySaver

from ..nodes.agents import guarded
from .team import CONFIG, agency, go, handoff


class Desk:
    def __init__(self, **facts):
        self.booked = []

        def book(flight: str) -> str:
            """Book a flight."""
            self.booked.append(flight)
            return f"booked {flight}, reference K{len(self.booked)}"

        self.tool = tool_facts(book, effects=True, **facts)


BOOK = tool_call("book", flight="LH1")
RECORDED = 'book({"flight":"LH1"}) -> booked LH1, reference K1'


def answered(model):
    return model.calls[-1].messages[-1].text


def test_a_completed_call_is_answered_with_what_came_of_it(play):
    desk = Desk()
    model = ScriptedModel([BOOK, BOOK, "Booked: K1."])
    one = Specialist("desk", model, tools=[desk.tool])
    out = play(agency([handoff("desk"), "Done."], one, guards=None), go())
    assert desk.booked == ["LH1"]
    assert answered(model).startswith("Not run. This was done already in step 3")
    assert RECORDED in answered(model)
    assert [one["line"] for one in out["ledger"]["done"].values()] == [RECORDED]


def test_a_tool_that_may_be_repeated_runs_again(play):
    desk = Desk(free=True)
    model = ScriptedModel([BOOK, BOOK, "Two seats."])
    one = Specialist("desk", model, tools=[desk.tool])
    play(agency([handoff("desk"), "Done."], one, guards=None), go())
    assert desk.booked == ["LH1", "LH1"]


def test_a_finished_task_is_not_handed_over_again(play):
    desk = Desk()
    supervisor = ScriptedModel([handoff("desk", "book LH1"), handoff("desk", "book LH1"), "Done."])
    one = Specialist("desk", ScriptedModel([BOOK, "Booked K1."]), tools=[desk.tool])
    play(agency(supervisor, one, guards=None), go())
    assert desk.booked == ["LH1"]
    told = answered(supervisor)
    assert "Not handed over. 'desk' has completed this task already" in told
    assert "Booked K1." in told


def test_a_user_can_ask_for_it_once_more():
    desk = Desk()
    model = ScriptedModel([BOOK, "Booked.", BOOK, BOOK, "Booked again."])
    one = Specialist("desk", model, tools=[desk.tool])
    supervisor = ScriptedModel([handoff("desk", "one"), "Done.", handoff("desk", "more"), "Done."])
    app = agency(supervisor, one, guards=None).compile(checkpointer=InMemorySaver())
    app.invoke(go("Book LH1."), CONFIG)
    app.invoke(go("Book it once more, for Ann."), CONFIG)
    assert desk.booked == ["LH1", "LH1"]
    assert "before the user's last request" in model.calls[3].messages[-1].text


def test_an_agent_of_langchains_is_answered_from_the_ledger_too(play):
    desk = Desk()
    model = ScriptedModel([BOOK, BOOK, "Booked: K1."])
    play(guarded(model, tools=(desk.tool,)), go())
    assert desk.booked == ["LH1"]
    assert RECORDED in answered(model)
