"""Breakers without their backend, shared by graphs, in a graph of one's own, and set up wrongly."""

from typing import Annotated

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.guards import Breaker, GuardConfigError, tool_facts
from holdfast.nodes import Breakers, MemoryBackend, tool_node
from holdfast.nodes.tool_gate import _answer
from langchain_core.messages import ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command

from .flights import GIVEN, Down, World, archive, breaker_verdicts, offered, searches, team


def test_without_its_backend_the_run_goes_on_unguarded_and_says_so(play):
    world = World()
    breakers = Breakers([Breaker("gds")], backend=Down(), clock=world.clock)
    model = ScriptedModel([*searches(4), "Nothing."])
    out = play(team(world, model, [world.search()], breakers=breakers, human=False), GIVEN)
    assert offered(model) == [("search",)] * 5
    assert len(world.asked) == 4
    [verdict] = [v for v in out["verdicts"] if v["guard"] == "breaker"]
    assert verdict["outcome"] == "skip"
    assert "calls pass unguarded: backend_down='allow'" in verdict["reason"]


def test_without_its_backend_nothing_is_called_where_that_is_asked_for(play):
    world = World()
    breakers = Breakers([Breaker("gds")], backend=Down(), backend_down="refuse", clock=world.clock)
    model = ScriptedModel(["Nothing found."])
    tools = [world.search(), archive]
    out = play(team(world, model, tools, breakers=breakers, human=False), GIVEN)
    assert offered(model) == [("archive",)]
    assert breaker_verdicts(out) == [("backend_down", "nudge", "trip")]
    assert "calls are refused until it can" in model.calls[0].messages[-1].text


def test_without_its_backend_and_without_another_tool_the_task_ends(play):
    world = World()
    breakers = Breakers([Breaker("gds")], backend=Down(), backend_down="refuse", clock=world.clock)
    graph = team(world, ScriptedModel([]), [world.search()], breakers=breakers, human=False)
    assert play(graph, GIVEN)["messages"][-1].text.startswith("[breaker_open]")


def own_graph(breakers, tools, clock):
    """A user's own graph: three calls in one message, and no model."""
    asking = tool_calls(*(tool_call("search", f"c{n}", city="Oslo") for n in range(4)))
    builder = StateGraph(MessagesState)
    builder.add_node("agent", lambda _: {"messages": [asking]})
    builder.add_node("tools", tool_node(tools, breakers=breakers, clock=clock))
    builder.add_edge(START, "agent")
    builder.add_edge("agent", "tools")
    return builder


def test_in_a_graph_of_ones_own_the_tool_node_refuses_and_keeps_the_verdict(play):
    world = World()
    breakers = Breakers([Breaker("gds")], clock=world.clock)
    breakers.force_open("gds", "maintenance")
    out = play(own_graph(breakers, [world.search()], world.clock), GIVEN)
    answers = [message for message in out["messages"] if message.type == "tool"]
    assert [message.status for message in answers] == ["error"] * 4
    assert "switched off by hand (maintenance)" in answers[-1].text
    assert out["rung"] == "block"
    assert not world.asked


@pytest.mark.parametrize(("policy", "asked"), [("allow", 4), ("refuse", 0)])
def test_in_a_graph_of_ones_own_a_lost_backend_is_said(play, policy, asked):
    world = World()
    world.is_down = False
    breakers = Breakers([Breaker("gds")], backend=Down(), backend_down=policy, clock=world.clock)
    out = play(own_graph(breakers, [world.search()], world.clock), GIVEN)
    assert len(world.asked) == asked
    reasons = [v["reason"] for v in out["verdicts"] if v["guard"] == "breaker"]
    assert reasons
    assert all(f"backend_down='{policy}'" in reason for reason in reasons)


def test_two_graphs_given_the_same_breakers_share_them():
    world = World()
    breakers = Breakers([Breaker("gds")], backend=MemoryBackend(), clock=world.clock)
    own_graph(breakers, [world.search()], world.clock).compile().invoke(GIVEN)
    model = ScriptedModel([])
    out = team(world, model, [world.search()], breakers=breakers, human=False).compile()
    assert out.invoke(GIVEN)["messages"][-1].text.startswith("[breaker_open]")


@pytest.mark.parametrize(
    ("facts", "breakers", "policy", "message"),
    [
        ({}, [Breaker("gsd")], {}, "no tool needs it; they need gds"),
        ({"effects": True}, [Breaker("gds")], {}, "nothing could find out"),
        ({"fallback": "archives"}, [Breaker("gds")], {}, "names the fallback 'archives'"),
        ({}, [], {"breaker": "stop"}, "no such guard"),
    ],
)
def test_what_cannot_work_is_refused_when_the_graph_is_built(facts, breakers, policy, message):
    world = World()
    with pytest.raises(GuardConfigError, match=message):
        team(world, ScriptedModel([]), [world.search(**facts)], breakers=breakers, policy=policy)


def test_a_policy_for_breakers_raises_what_happens_when_nothing_is_left(play):
    world = World()
    world.is_down = False
    search = world.search()
    model = ScriptedModel([*searches(1), *searches(3)])

    def breaks_after_one(text):
        world.is_down = True
        return False

    broken = Breaker("gds", is_failure=breaks_after_one)
    settings = {"breakers": [broken], "human": False, "policy": {"breaker": "stop"}}
    out = play(team(world, model, [search], **settings), GIVEN)
    assert breaker_verdicts(out) == [("nothing_left", "stop", "trip")]


def test_a_fallback_can_be_named_or_stand_in_a_line():
    world = World()

    @tool
    def mirror(city: str) -> str:
        """Search a mirror."""
        return city

    tool_facts(mirror, dependency="gds", effects=False, fallback="archive")
    model = ScriptedModel([*searches(3), "Nothing."])
    tools = [world.search(fallback=mirror), archive]
    team(world, model, tools, human=False).compile().invoke(GIVEN)
    assert offered(model)[-1] == ("archive",)


@pytest.mark.parametrize("status", ["success", "error"])
def test_what_a_tool_says_in_a_command_is_told_to_its_breaker(status):
    world = World()

    @tool
    def search(city: str, call: Annotated[str, InjectedToolCallId]) -> Command:
        """Search flights."""
        said = ToolMessage("503 Service Unavailable", tool_call_id=call, status=status)
        return Command(update={"messages": [said]})

    tool_facts(search, dependency="gds", effects=False)
    breakers = Breakers([Breaker("gds")], clock=world.clock)
    own_graph(breakers, [search], world.clock).compile().invoke(GIVEN)
    failed = {"success": "closed", "error": "open"}[status]
    assert breakers.look(["gds"])["gds"].circuit.state == failed


def test_a_command_without_an_answer_tells_of_a_success():
    assert _answer([Command(update={"messages": []}), Command(goto="agent")], "c1") == ("", False)
