"""Guards between a model and its tools."""

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.guards import Budget, LoopGuard, ToolCallGuard, ToolSpec
from holdfast.nodes import by_action, guard_node
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode


def look(at: str) -> str:
    """Look at something."""
    return f"nothing at {at}"


def fetch(at: str) -> str:
    """Fetch something."""
    return f"fetched {at}"


def guarded_before(model, *guards, ran=None):
    """Return an agent of somebody else's, with guards before its tools."""

    def agent(state: MessagesState) -> dict:
        return {"messages": [model.invoke(state["messages"])]}

    def route(state: MessagesState) -> str:
        last = state["messages"][-1]
        return "guard" if last.tool_calls or last.invalid_tool_calls else END

    graph = StateGraph(MessagesState)
    graph.add_node("agent", agent)
    graph.add_node("guard", guard_node(*guards, tools=[look, fetch]))
    graph.add_node("tools", ToolNode([look, fetch]))
    graph.add_node("aside", lambda _: {"messages": [AIMessage("turned aside")]})
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", route, ["guard", END])
    ways = {"none": "tools", "nudge": "tools", "block": "agent"}
    aside = dict.fromkeys(["wrap_up", "escalate", "stop"], "aside")
    graph.add_conditional_edges("guard", by_action, {**ways, **aside})
    graph.add_edge("tools", "agent")
    graph.add_edge("aside", END)
    return graph


def go():
    return {"messages": [HumanMessage("Go.")]}


def shape(messages):
    """Return who speaks in turn; of a tool's answer, which call and whether it ran."""
    return [
        (message.type, [call["id"] for call in message.tool_calls])
        if message.type == "ai"
        else (message.type, [f"{message.tool_call_id} {message.status}"])
        if message.type == "tool"
        else (message.type, [])
        for message in messages
    ]


def is_in_order(messages):
    """Return whether each call is answered right after the message that makes it."""
    waiting = set()
    for message in messages:
        if message.type == "tool":
            waiting.remove(message.tool_call_id)
            continue
        if waiting:
            return False
        if message.type == "ai":
            waiting = {call["id"] for call in [*message.tool_calls, *message.invalid_tool_calls]}
    return not waiting


HOME = tool_call("look", "a", at="home")
SHOP = tool_call("fetch", "b", at="shop")
NOWHERE = tool_call("lock", "x", at="home")
UNREADABLE = {"type": "invalid_tool_call", "name": "look", "args": "{", "id": "u", "error": None}
CUT_OFF = AIMessage("", invalid_tool_calls=[UNREADABLE])


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(HOME, [("ai", ["a"]), ("tool", ["a success"])], id="nothing is blocked"),
        pytest.param(NOWHERE, [("ai", ["x"]), ("tool", ["x error"])], id="all is blocked"),
        pytest.param(
            tool_calls(HOME, NOWHERE, SHOP),
            [
                ("ai", ["x"]),
                ("tool", ["x error"]),
                ("ai", ["a", "b"]),
                ("tool", ["a success"]),
                ("tool", ["b success"]),
            ],
            id="one of three is blocked",
        ),
        pytest.param(CUT_OFF, [("ai", []), ("tool", ["u error"])], id="arguments cut off"),
    ],
)
def test_blocked_calls_are_answered_and_the_others_run(play, reply, expected):
    model = ScriptedModel([reply, "Done."])
    messages = play(guarded_before(model, ToolCallGuard()), go())["messages"]
    assert shape(messages) == [("human", []), *expected, ("ai", [])]
    assert is_in_order(messages)


SCHEMA = {"name": "look", "parameters": {"type": "object", "properties": {"at": {}}}}


@pytest.mark.parametrize(
    "tools", [[SCHEMA], [{"function": SCHEMA}], [ToolSpec.from_schema(SCHEMA)]]
)
def test_tools_may_be_given_as_schemas(tools):
    node = guard_node(ToolCallGuard(), tools=tools)
    assert node({"messages": [NOWHERE]})["messages"][0].text.startswith("Not run. There is no tool")
    assert "messages" not in node({"messages": [HOME]})


def test_a_split_reply_is_one_model_call_that_is_paid_once(play):
    first = tool_calls(HOME, NOWHERE)
    first.usage_metadata = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
    last = AIMessage("Done.")
    last.usage_metadata = {"input_tokens": 200, "output_tokens": 10, "total_tokens": 210}
    model = ScriptedModel([first, tool_call("look", "c", at="sea"), last])
    graph = guarded_before(model, ToolCallGuard())
    spent = play(graph, go())["ledger"]["spent"]
    assert (spent["model_calls"], spent["tool_calls"]) == (2, 1)


def test_an_unreadable_call_beside_a_good_one_is_answered_in_its_place(play):
    reply = AIMessage("", tool_calls=HOME.tool_calls, invalid_tool_calls=CUT_OFF.invalid_tool_calls)
    model = ScriptedModel([reply, "Done."])
    messages = play(guarded_before(model, ToolCallGuard()), go())["messages"]
    assert is_in_order(messages)
    assert messages[-2].content == "nothing at home"


def test_only_the_call_that_would_extend_the_loop_is_blocked(play):
    calls = [tool_call("look", f"h{k}", at="home") for k in range(4)]
    both = tool_calls(tool_call("look", "h4", at="home"), SHOP)
    model = ScriptedModel([*calls, both, "Done."])
    messages = play(guarded_before(model, LoopGuard()), go())["messages"]
    assert shape(messages)[9:] == [
        ("ai", ["h4"]),
        ("tool", ["h4 error"]),
        ("ai", ["b"]),
        ("tool", ["b success"]),
        ("ai", []),
    ]


def test_a_stop_answers_every_call_before_the_run_turns_aside(play):
    model = ScriptedModel([tool_calls(HOME, SHOP)])
    graph = guarded_before(model, Budget(model_calls=1))
    messages = play(graph, go())["messages"]
    assert shape(messages)[1:] == [
        ("ai", ["a", "b"]),
        ("tool", ["a error"]),
        ("tool", ["b error"]),
        ("ai", []),
    ]


def test_a_warning_that_cannot_be_said_before_tools_is_said_when_it_can(play):
    model = ScriptedModel([HOME, tool_call("look", "c", at="sea"), "Done."])
    graph = guarded_before(model, Budget(model_calls=9, warn=0.1, wrap_up=1.0))
    graph.add_node("after", guard_node(Budget(model_calls=9, warn=0.1, wrap_up=1.0)))
    graph.edges.remove(("tools", "agent"))
    graph.add_edge("tools", "after")
    graph.add_edge("after", "agent")
    kinds = [message.additional_kwargs.get("holdfast") for message in play(graph, go())["messages"]]
    assert kinds.count("nudge") == 1
