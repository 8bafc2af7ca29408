"""A dead tool in a whole run: un-offered, stood in for, escalated, and back after its wait."""

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.guards import Breaker, tool_facts
from holdfast.nodes import Breakers
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from .flights import GIVEN, BusyError, World, archive, breaker_verdicts, offered, searches, team


def test_a_dead_tool_is_offered_no_more_and_its_fallback_is(play):
    world = World()
    model = ScriptedModel([*searches(3), tool_call("archive", city="Oslo"), "LH0, of yesterday."])
    out = play(team(world, model, [world.search(fallback=archive)], human=False), GIVEN)
    assert offered(model) == [("search",)] * 3 + [("archive",)] * 2
    assert world.asked == ["Oslo", "Rome", "Bonn"]
    assert breaker_verdicts(out) == [("open", "nudge", "trip")]
    assert out["messages"][-1].text == "LH0, of yesterday."


def test_the_model_is_told_once_why_and_until_when():
    world = World()
    model = ScriptedModel([*searches(3), tool_call("archive", city="Oslo"), "LH0."])
    team(world, model, [world.search(fallback=archive)], human=False).compile().invoke(GIVEN)
    for call in model.calls[3:]:
        notes = [m.text for m in call.messages if (m.id or "").startswith("breaker:")]
        assert len(notes) == 1
        assert notes[0] == (
            "[Note of the system that runs you, not of the user] 'gds' is not called before "
            "2026-09-20 12:00:30 UTC (3 failures in a row, the last: BusyError). Until then you "
            "are not offered 'search'. Use 'archive' in place of 'search'."
        )


def test_with_no_tool_left_and_nobody_to_ask_the_task_ends_without_another_model_turn(play):
    world = World()
    model = ScriptedModel(searches(3))
    out = play(team(world, model, [world.search()], human=False), GIVEN)
    assert breaker_verdicts(out) == [("nothing_left", "stop", "trip")]
    assert out["messages"][-1].text.startswith("[breaker_open] 'gds' is not called before")
    model.assert_done()


def test_with_something_found_before_the_model_gets_a_last_word(play):
    world = World()
    world.is_down = False

    @tool
    def look(city: str) -> str:
        """Look."""
        world.is_down = True
        return f"{city} is fine"

    tool_facts(look, dependency="gds", effects=False)
    script = [tool_call("look", city="Oslo"), *searches(3), "Oslo is fine; no flights found."]
    model = ScriptedModel(script)
    out = play(team(world, model, [look, world.search()], human=False), GIVEN)
    assert breaker_verdicts(out) == [("nothing_left", "wrap_up", "trip")]
    assert "What it has so far: Oslo is fine; no flights found." in out["messages"][-1].text
    assert model.calls[-1].tools == ()


def test_with_no_tool_left_a_person_is_asked_and_the_run_goes_on_when_it_is_back(play):
    world = World()
    model = ScriptedModel([*searches(3), tool_call("search", city="Oslo"), "LH1."])
    graph = team(world, model, [world.search()])
    saver = InMemorySaver()
    waiting = play(graph, GIVEN, saver=saver)
    assert len(model.calls) == 3
    assert "ending" not in waiting or waiting["ending"] is None
    world.now += 30
    world.is_down = False
    app = graph.compile(saver)
    config = {"configurable": {"thread_id": "1"}}
    [question] = app.get_state(config).interrupts
    assert question.value["guard"] == "breaker"
    assert len(question.value["evidence"]) == 3
    out = app.invoke(Command(resume={"decision": "continue"}), config)
    assert out["messages"][-1].text == "LH1."
    assert offered(model) == [("search",)] * 5


def test_all_threads_of_a_graph_know_of_one_breaker_and_it_recovers():
    world = World()
    model = ScriptedModel([*searches(3), tool_call("search", city="Oslo"), "LH1."])
    app = team(world, model, [world.search()], human=False).compile(InMemorySaver())

    def run(thread):
        return app.invoke(GIVEN, {"configurable": {"thread_id": thread}})["messages"][-1].text

    assert run("a").startswith("[breaker_open]")
    assert run("b").startswith("[breaker_open]")
    assert len(model.calls) == 3
    world.now += 30
    world.is_down = False
    assert run("c") == "LH1."


def test_a_model_that_goes_on_is_told_when_the_tool_is_back(play):
    world = World()

    @tool
    def wait(seconds: int) -> str:
        """Wait."""
        world.now += seconds
        world.is_down = False
        return "waited"

    model = ScriptedModel(
        [*searches(3), tool_call("wait", seconds=30), tool_call("search", city="Oslo"), "LH1."]
    )
    play(team(world, model, [world.search(), wait], human=False), GIVEN)
    both = ("search", "wait")
    assert offered(model) == [both, both, both, ("wait",), both, both]
    told = [m.text for m in model.calls[-1].messages if (m.id or "").startswith("breaker:")]
    assert len(told) == 2
    assert told[-1].endswith("'gds' can be called again; its tools are offered again.")


def test_a_call_of_a_tool_that_is_not_offered_is_answered_with_until_when(play):
    world = World()
    model = ScriptedModel([*searches(4), "Nothing found."])
    tools = [world.search(fallback=archive)]
    out = play(team(world, model, tools, human=False), GIVEN)
    answer = model.calls[-1].messages[-1]
    assert answer.text == (
        "Not run. 'gds' is not called before 2026-09-20 12:00:30 UTC (3 failures in a row, the "
        "last: BusyError). Use 'archive' instead. retry_after: 30 seconds."
    )
    assert answer.artifact == {"retry_after_seconds": 30.0}
    assert breaker_verdicts(out) == [("open", "nudge", "trip"), ("refused", "block", "trip")]
    assert len(world.asked) == 3


def test_tools_of_one_dependency_share_its_breaker():
    world = World()
    search, hotels = world.search(), world.search()
    hotels.name = "hotels"
    model = ScriptedModel([*searches(2), tool_call("hotels", city="Bonn"), "Nothing."])
    tools = [search, hotels, archive]
    team(world, model, tools, human=False).compile().invoke(GIVEN)
    assert offered(model)[-1] == ("archive",)


def test_calls_side_by_side_that_fail_open_it_together():
    world = World()
    model = ScriptedModel([tool_calls(*searches(5)), "Nothing."])
    app = team(world, model, [world.search(), archive], human=False).compile()
    app.invoke(GIVEN)
    assert 3 <= len(world.asked) <= 5
    assert offered(model) == [("search", "archive"), ("archive",)]


def test_mistakes_of_the_model_open_nothing(play):
    world = World()

    @tool
    def search(city: str) -> str:
        """Search flights."""
        raise ValueError("no such city")

    tool_facts(search, dependency="gds", effects=False)
    model = ScriptedModel([*searches(4), "Nothing."])
    play(team(world, model, [search], human=False), GIVEN)
    assert offered(model) == [("search",)] * 5


def test_an_error_in_the_body_of_a_good_result_counts(play):
    world = World()

    @tool
    def search(city: str) -> str:
        """Search flights."""
        return '{"status": 200, "error": "backend"}'

    tool_facts(search, dependency="gds", effects=False)
    seen = Breaker("gds", is_failure=lambda text: '"error"' in text)
    model = ScriptedModel(searches(3))
    out = play(team(world, model, [search], breakers=[seen], human=False), GIVEN)
    assert out["messages"][-1].text.startswith("[breaker_open]")


def test_a_tool_that_interrupts_gives_the_probe_back_and_takes_it_again():
    world = World()

    @tool
    def search(city: str) -> str:
        """Search flights."""
        return interrupt("which airport?") + f" for {city}"

    tool_facts(search, dependency="gds", effects=False)
    breakers = Breakers([Breaker("gds", failures=1)], clock=world.clock)
    with pytest.raises(BusyError), breakers.calling("gds"):
        raise BusyError
    world.now += 30
    model = ScriptedModel([tool_call("search", city="Oslo"), "OSL."])
    app = team(world, model, [search], breakers=breakers).compile(InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    app.invoke(GIVEN, config)
    halted = breakers.look(["gds"])["gds"].circuit
    assert (halted.state, halted.probe) == ("half_open", "")
    app.invoke(Command(resume="Gardermoen"), config)
    assert breakers.look(["gds"])["gds"].circuit.state == "closed"


def test_a_tool_with_effects_is_no_probe_and_waits_for_one(play):
    world = World()
    world.is_down = False

    @tool
    def book(flight: str) -> str:
        """Book a flight."""
        return f"booked {flight}"

    tool_facts(book, dependency="gds", effects=True)
    breakers = Breakers([Breaker("gds", failures=1)], clock=world.clock)
    with pytest.raises(BusyError), breakers.calling("gds"):
        raise BusyError
    world.now += 30
    model = ScriptedModel(
        [tool_call("search", city="Oslo"), tool_call("book", flight="LH1"), "Booked."]
    )
    play(team(world, model, [world.search(), book], breakers=breakers), GIVEN)
    assert offered(model) == [("search",), ("search", "book"), ("search", "book")]
