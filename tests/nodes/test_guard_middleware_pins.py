"""What is pinned stands in every prompt of a `create_agent`."""

from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import tool_facts
from holdfast.nodes import decision_tool
from langchain.agents.middleware import SummarizationMiddleware
from langchain_core.messages import HumanMessage

from .agents import guarded, look

RULE = "Never leave the house."


def book(flight: str) -> str:
    """Book a flight."""
    return f"booked {flight}"


tool_facts(book, effects=True)


def shown(model):
    return ["\n".join(message.text for message in call.messages) for call in model.calls]


def test_goal_constraints_decisions_and_what_is_done_are_in_each_prompt(play):
    model = ScriptedModel(
        [
            tool_call("record_decision", decision="Window seats."),
            tool_call("book", flight="LH1"),
            "Done.",
        ]
    )
    tools = (look, book, decision_tool())
    agent = guarded(model, tools=tools, pins=[RULE])
    agent.settings["system_prompt"] = "You travel."
    play(agent, {"messages": [HumanMessage("Get me to Lisbon.")]})
    prompts = shown(model)
    assert all(RULE in one and "<goal>\nGet me to Lisbon.\n</goal>" in one for one in prompts)
    assert ["- Window seats." in one for one in prompts] == [False, True, True]
    assert '- book({"flight":"LH1"}) -> booked LH1' in prompts[2]
    assert model.calls[0].messages[0].text.startswith("You travel.\n\nThe goal")


def test_pins_outlive_langchains_own_summaries(play):
    looks = [tool_call("look", at=f"place {n}") for n in range(12)]
    model = ScriptedModel([*looks, "Nothing anywhere."])
    writer = ScriptedModel(lambda _: "They looked at places.")
    summing = SummarizationMiddleware(writer, trigger=("messages", 8), keep=("messages", 4))
    agent = guarded(model, before=(summing,), pins=[RULE])
    play(agent, {"messages": [HumanMessage("Find my keys.")]})
    assert len(writer.calls) >= 3
    assert "Find my keys." not in "".join(m.text for m in model.calls[-1].messages[1:])
    assert all(RULE in one and "<goal>\nFind my keys." in one for one in shown(model))
