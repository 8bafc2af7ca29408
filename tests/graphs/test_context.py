"""A run turns aside before a prompt overflows, and says again what is no longer in it."""

from typing import Annotated

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import ContextGuard, pin
from holdfast.nodes import Compaction, GuardChannels, Specialist, guard_node
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages

from ..nodes.agents import guarded
from .team import agency, go, handoff

HILLS = "Nothing but hills. " * 30


def look(at: str) -> str:
    """Look at a place."""
    return f"{at}: {HILLS}"


def looks(number):
    return [tool_call("look", at=f"place {n}") for n in range(number)]


def test_a_specialist_wraps_up_before_its_window_is_full(play):
    worker = ScriptedModel([*looks(6), "I saw six places."])
    one = Specialist("desk", worker, tools=[look])
    guards = [ContextGuard(window=1_000)]
    out = play(agency([handoff("desk"), "Done."], one, guards=guards), go())
    assert len(worker.calls) < 9
    told = out["messages"][-2].text
    assert told.startswith("[context_full] The prompt has ")
    kinds = [(v["guard"], v["kind"], v["action"]) for v in out["verdicts"]]
    assert kinds == [("context", "window", "wrap_up")]


def test_with_compaction_the_window_does_not_fill(play):
    worker = ScriptedModel([*looks(6), "I saw six places."])
    settings = Compaction(tokens=900, keep=1, model=ScriptedModel(lambda _: '{"happened": "x"}'))
    one = Specialist("desk", worker, tools=[look], compaction=settings)
    guards = [ContextGuard(window=1_000, share=1.0)]
    out = play(agency([handoff("desk"), "Done."], one, guards=guards), go())
    assert out["messages"][-2].text == "I saw six places."
    assert out["verdicts"] == []


def test_where_nobody_knows_the_window_the_run_says_so_once(play):
    model = ScriptedModel([handoff("desk"), "Done."])
    one = Specialist("desk", ScriptedModel(["Yes."]))
    out = play(agency(model, one, guards=[ContextGuard()]), go())
    assert [verdict["outcome"] for verdict in out["verdicts"]] == ["skip"]
    assert out["ending"] == "completed"


def test_in_any_graph_what_is_pinned_is_said_again_when_it_is_gone(play):
    class State(GuardChannels, total=False):
        messages: Annotated[list[AnyMessage], add_messages]

    graph = StateGraph(State)
    graph.add_node("pin", lambda _: pin(constraint="Speak French."))
    graph.add_node("guard", guard_node(ContextGuard(window=9_000)))
    graph.add_node("agent", lambda _: {"messages": [AIMessage("Oui.")]})
    graph.add_node("again", guard_node(ContextGuard(window=9_000)))
    for one, other in zip(
        [START, "pin", "guard", "agent", "again"], ["pin", "guard", "agent", "again", END],
        strict=True,
    ):  # fmt: skip
        graph.add_edge(one, other)
    out = play(graph, {"messages": [HumanMessage("Hi.")]})
    notes = [message.text for message in out["messages"] if "Speak French." in message.text]
    assert len(notes) == 1
    assert [verdict["kind"] for verdict in out["verdicts"]] == ["missing_pin"]


class TooLongError(ContextOverflowError):
    pass


def test_an_agents_prompt_that_is_too_long_is_shortened_and_tried_once_more(play):
    def short_enough(messages):
        if sum(len(message.text) for message in messages) > 3_000:
            raise TooLongError("too long")
        return "Seen."

    model = ScriptedModel([*looks(6), short_enough, short_enough])
    out = play(guarded(model, tools=(look,)), go())
    assert out["messages"][-1].text == "Seen."
    assert HILLS in out["messages"][2].text  # the state keeps what the prompt left out


def test_an_agents_prompt_that_stays_too_long_fails():
    model = ScriptedModel([TooLongError("a"), TooLongError("b")])
    with pytest.raises(TooLongError, match="b"):
        guarded(model, tools=(look,)).compile().invoke(go())


def test_an_agent_wraps_up_before_its_window_is_full(play):
    model = ScriptedModel([*looks(6), "I saw six places."])
    out = play(guarded(model, ContextGuard(window=900), tools=(look,)), go())
    assert out["ending"] == "context_full"
