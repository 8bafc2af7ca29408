"""What is pinned stands in every prompt of every agent."""

from typing import Annotated

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import supervised_graph
from holdfast.guards import Budget, GuardConfigError, LoopGuard, Pinned, pin
from holdfast.nodes import GuardChannels, Specialist, decision_tool, repair_node, with_memory
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import END, START, StateGraph

from .team import CONFIG, Trip, agency, book, go, handoff, search_flights, searcher

RULE = 'Never spend more than 300 EUR, "all in".'
GOAL = "Get me to Lisbon."


class Pinning(Trip):
    traveller: Annotated[str, Pinned()] = ""
    class_: str = "economy"


def prompts(model):
    return ["\n".join(message.text for message in call.messages) for call in model.calls]


def test_goal_constraints_and_fields_are_in_every_prompt_of_every_agent(play):
    supervisor = ScriptedModel([handoff("search", "find"), handoff("agent", "visa"), "Done."])
    worker = ScriptedModel([tool_call("search_flights", to="Lisbon"), "LH1"])
    inner = ScriptedModel(["No visa."])
    graph = agency(
        supervisor,
        Specialist("search", worker, tools=[search_flights], prompt="Find flights."),
        Specialist("agent", create_agent(inner, [])),
        state=Pinning,
        pins=[RULE],
        pinned=("class_",),
    )
    play(graph, {**go(GOAL), "traveller": "Ann O'Hara", "class_": "business"})
    shown = [*prompts(supervisor), *prompts(worker), *prompts(inner)]
    assert len(shown) == 6
    for prompt in shown:
        for words in (f"<goal>\n{GOAL}\n</goal>", RULE, "Ann O'Hara", "business"):
            assert words in prompt


def test_a_decision_that_a_specialist_records_reaches_every_agent_after_it(play):
    decide = tool_call("record_decision", decision="Only direct flights.")
    supervisor = ScriptedModel([handoff("search", "find"), handoff("book", "book"), "Done."])
    worker = ScriptedModel([decide, "LH1"])
    booker = ScriptedModel(["Booked."])
    graph = agency(
        supervisor,
        Specialist("search", worker, tools=[decision_tool("search")]),
        Specialist("book", booker, tools=[book]),
    )
    out = play(graph, go())
    line = "- Only direct flights. (search)"
    assert out["pins"]["decisions"] == [{"text": "Only direct flights.", "by": "search"}]
    told = [line in prompt for prompt in [*prompts(supervisor), *prompts(worker)]]
    assert told == [False, True, True, False, True]
    assert line in prompts(booker)[0]


def test_a_person_pins_from_outside(play):
    model = ScriptedModel(["Hello.", "Hello again."])
    graph = agency(model, searcher("x"))
    app = graph.compile(checkpointer=saver())
    app.invoke(go("Hi."), CONFIG)
    app.update_state(CONFIG, pin(constraint="Speak French.", decision="No trains.", by="Ann"))
    app.invoke(go("And now?"), CONFIG)
    assert "Speak French." in prompts(model)[1]
    assert "No trains. (Ann)" in prompts(model)[1]
    assert "Asked for earlier in this conversation:\n- Hi." in prompts(model)[1]


def saver():
    from langgraph.checkpoint.memory import InMemorySaver

    return InMemorySaver()


def test_a_last_word_is_asked_for_with_the_pins(play):
    same = tool_call("search_flights", to="Lisbon")
    worker = ScriptedModel([same, same, "I found nothing."])
    graph = agency(
        [handoff("search"), "Sorry."],
        Specialist("search", worker, tools=[search_flights]),
        guards=[LoopGuard(nudge=2, block=3), Budget(tool_calls=1)],
        pins=[RULE],
    )
    play(graph, go(GOAL))
    last = prompts(worker)[-1]
    assert "This is your last turn" in last
    assert RULE in last
    assert GOAL in last


def test_a_specialist_handed_to_again_knows_what_it_did_before(play):
    worker = ScriptedModel(["LH1 at 100 EUR.", "LH2."])
    supervisor = [handoff("search", "find the cheapest"), handoff("search", "another"), "Done."]
    play(agency(supervisor, Specialist("search", worker)), go())
    assert "find the cheapest -> [completed] LH1 at 100 EUR." not in prompts(worker)[0]
    assert "- find the cheapest -> [completed] LH1 at 100 EUR." in prompts(worker)[1]


def test_the_supervisor_is_told_what_is_done(play):
    supervisor = ScriptedModel([handoff("book", "book it"), "Done."])
    worker = ScriptedModel([tool_call("book", flight="LH1"), "Booked."])
    play(agency(supervisor, Specialist("book", worker, tools=[book])), go())
    assert '- book({"flight":"LH1"}) -> booked LH1' in prompts(supervisor)[1]
    assert "- book: book it -> [completed] Booked." in prompts(supervisor)[1]


def test_a_repair_that_is_asked_for_shows_the_pins(play):
    model = ScriptedModel(['{"id": "LH1", "price": 1}'])

    class State(GuardChannels, total=False):
        messages: Annotated[list, lambda a, b: [*(a or []), *b]]
        flight: dict

    graph = StateGraph(State)
    graph.add_node("pin", lambda _: pin(goal=GOAL, constraint=RULE))
    node = repair_node({"type": "object", "required": ["id"]}, model, into="flight")
    graph.add_node("repair", node)
    graph.add_edge(START, "pin")
    graph.add_edge("pin", "repair")
    out = play(graph, {"messages": [HumanMessage("Which?"), AIMessage("None.")]})
    assert out["flight"]["id"] == "LH1"
    assert GOAL in prompts(model)[0]
    assert RULE in prompts(model)[0]


def test_any_graph_can_pin_and_show_what_is_pinned(play):
    model = ScriptedModel(["Fine."])

    class State(GuardChannels, total=False):
        answer: str

    def ask(state: State):
        return {"answer": model.invoke(with_memory([HumanMessage("Go.")], state)).text}

    graph = StateGraph(State)
    graph.add_node("decide", lambda _: pin(decision="No trains.", by="node"))
    graph.add_node("ask", ask)
    graph.add_edge(START, "decide")
    graph.add_edge("decide", "ask")
    graph.add_edge("ask", END)
    assert play(graph, {"answer": ""})["answer"] == "Fine."
    assert "No trains. (node)" in prompts(model)[0]


@pytest.mark.parametrize(
    ("wrong", "cure"),
    [
        pytest.param({"pins": "One rule."}, "give a list", id="a text for a list"),
        pytest.param({"pins": ["x" * 700]}, "600 are kept", id="too long a rule"),
        pytest.param({"pinned": ("nowhere",)}, "no such field", id="no field"),
        pytest.param({"pinned": ("flihgts",)}, "did you mean 'flights'", id="a field that is near"),
        pytest.param({"pinned": "flights"}, "give a tuple", id="a text for a tuple"),
    ],
)
def test_pins_that_cannot_be_shown_are_refused_when_the_graph_is_built(wrong, cure):
    with pytest.raises(GuardConfigError, match=cure):
        supervised_graph(Trip, supervisor=lambda _: None, specialists=[searcher("x")], **wrong)
