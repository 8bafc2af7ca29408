"""Who traces a run hears which guards had nothing to object to, and nobody else does."""

import asyncio
from uuid import UUID

import pytest
from holdfast.guards import (
    Budget,
    ContextGuard,
    GroundingGuard,
    LoopGuard,
    RepeatGuard,
    ToolCallGuard,
)
from holdfast.nodes import guard_node
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.graph import START, MessagesState, StateGraph

ASKED = HumanMessage("What is up?")
CALLS = AIMessage("", tool_calls=[{"name": "look", "args": {"at": "sky"}, "id": "c1"}])
FOUND = ToolMessage("The sky is blue.", tool_call_id="c1")
LOOK = {"name": "look", "description": "Look.", "parameters": {"type": "object"}}


class Hears(BaseCallbackHandler):
    def __init__(self):
        self.heard = []
        self.events = []

    def on_guards_passed(self, run_id, passed):
        assert isinstance(run_id, UUID)
        self.heard += [(guard, what) for guard, what, _ in passed]

    def on_custom_event(self, name, data, **_):
        self.events.append(name)


def app(*guards):
    graph = StateGraph(MessagesState)
    graph.add_node("guard", guard_node(*guards, tools=[LOOK]))
    graph.add_edge(START, "guard")
    return graph.compile()


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("messages", "heard"),
    [
        pytest.param(
            [ASKED, CALLS],
            [
                ("loop", "calls"),
                ("tool_call", "calls"),
                ("repeat", "calls"),
                ("context", "prompts"),
            ],
            id="before tools",
        ),
        pytest.param(
            [ASKED, CALLS, FOUND],
            [("loop", "runs"), ("tool_call", "runs"), ("context", "prompts")],
            id="after tools",
        ),
        pytest.param(
            [ASKED, CALLS, FOUND, AIMessage("The sky is blue.")],
            [
                ("loop", "runs"),
                ("tool_call", "runs"),
                ("context", "prompts"),
                ("grounding", "answers"),
            ],
            id="before the end",
        ),
    ],
)
def test_a_pass_is_told_by_who_judged_and_what(messages, heard, is_async):
    plain = [LoopGuard(), ToolCallGuard(), RepeatGuard()]
    guards = [*plain, ContextGuard(window=9_000), GroundingGuard()]
    hears, given = Hears(), {"messages": messages}
    run, config = app(*guards), {"callbacks": [hears]}
    asyncio.run(run.ainvoke(given, config)) if is_async else run.invoke(given, config)
    assert (hears.heard, hears.events) == (heard, [])


def test_neither_a_trip_nor_a_skip_is_a_pass():
    hears = Hears()
    guards = [Budget(tokens=1), GroundingGuard()]  # over its limit; nothing to rest on
    messages = [ASKED, AIMessage("The sky is blue.")]
    app(*guards).invoke({"messages": messages}, {"callbacks": [hears]})
    assert hears.heard == []


def test_a_node_outside_of_a_graph_judges_as_well():
    assert guard_node(LoopGuard())({"messages": [ASKED]})["ledger"]
