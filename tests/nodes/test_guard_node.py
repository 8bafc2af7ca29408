import dataclasses
import operator
from typing import Annotated, Any

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import Budget, GuardConfigError, LoopGuard, ToolCallGuard
from holdfast.nodes import by_action, guard_node
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import ToolNode
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

CALM = LoopGuard(nudge=3, block=5)


class Typed(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]
    topic: str


class Model(BaseModel):
    messages: Annotated[list[AnyMessage], add_messages] = Field(default_factory=list)
    topic: str = ""


@dataclasses.dataclass
class Data:
    messages: Annotated[list[AnyMessage], add_messages] = dataclasses.field(default_factory=list)
    topic: str = ""


class Chat(TypedDict):
    chat: Annotated[list[AnyMessage], add_messages]


class Silent(TypedDict):
    words: Annotated[list[str], operator.add]


STATES = [
    pytest.param(MessagesState, "messages", id="MessagesState"),
    pytest.param(Typed, "messages", id="a TypedDict"),
    pytest.param(Model, "messages", id="a Pydantic model"),
    pytest.param(Data, "messages", id="a dataclass"),
    pytest.param(Chat, "chat", id="messages under another name"),
]


def look(at: str) -> str:
    """Look at something."""
    return f"nothing at {at}"


def fetch(at: str) -> str:
    """Fetch something."""
    return f"fetched {at}"


def field(state, key):
    return state[key] if isinstance(state, dict) else getattr(state, key)


def ask(model, key="messages"):
    """Return a node that asks a scripted model."""

    def agent(state) -> dict:
        return {key: [model.invoke(field(state, key))]}

    return agent


def after_model(key):
    def route(state) -> str:
        return "tools" if field(state, key)[-1].tool_calls else END

    return route


def guarded_after(model, *guards, state=MessagesState, key="messages", policy=None):
    """Return an agent of somebody else's, with guards behind its tools."""
    graph = StateGraph(state)
    graph.add_node("agent", ask(model, key))
    graph.add_node("tools", ToolNode([look, fetch], messages_key=key))
    graph.add_node("guard", guard_node(*guards, messages=key, policy=policy, clock=lambda: 7.0))
    graph.add_node("aside", lambda _: {key: [AIMessage("turned aside")]})
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", after_model(key), ["tools", END])
    graph.add_edge("tools", "guard")
    aside = dict.fromkeys(["wrap_up", "escalate", "stop"], "aside")
    on = dict.fromkeys(["none", "nudge", "block"], "agent")
    graph.add_conditional_edges("guard", by_action, {**on, **aside})
    graph.add_edge("aside", END)
    return graph


def kinds(messages):
    return [message.additional_kwargs.get("holdfast") or message.type for message in messages]


def asked(text="Go."):
    return {"messages": [HumanMessage(text)]}


@pytest.mark.parametrize(("state", "key"), STATES)
def test_any_state_can_be_guarded(play, state, key):
    model = ScriptedModel([*[tool_call("look", at="home")] * 3, "Nothing there."])
    graph = guarded_after(model, CALM, state=state, key=key)
    out = play(graph, {key: [HumanMessage("Go.")]})
    assert kinds(out[key]) == ["human", *["ai", "tool"] * 3, "nudge", "ai"]
    assert out["ledger"]["spent"]["tool_calls"] == 3
    assert [verdict["kind"] for verdict in out["verdicts"]] == ["same_call"]


def test_a_nudge_is_said_once_a_streak_and_again_in_the_next(play):
    same, other = tool_call("look", at="home"), tool_call("fetch", at="shop")
    model = ScriptedModel([*[same] * 4, other, *[same] * 3, "Done."])
    out = play(guarded_after(model, CALM), asked())
    where = [place for place, kind in enumerate(kinds(out["messages"])) if kind == "nudge"]
    assert where == [7, 18]
    assert "3 times with the same result" in out["messages"][7].content


@pytest.mark.parametrize(
    ("rung", "path"),
    [
        pytest.param(None, "agent", id="nothing raised"),
        pytest.param("wrap_up", "aside", id="wrap up"),
        pytest.param("escalate", "aside", id="escalate"),
        pytest.param("stop", "aside", id="stop"),
    ],
)
def test_the_policy_raises_what_is_past_a_nudge(play, rung, path):
    model = ScriptedModel([*[tool_call("look", at="home")] * 5, *["Done."] * (path == "agent")])
    policy = {"loop": rung} if rung else {}
    out = play(guarded_after(model, CALM, policy=policy), asked())
    assert out["messages"][-1].content == ("Done." if path == "agent" else "turned aside")
    assert out["rung"] == (rung or "block")


def test_a_graph_without_messages_is_judged_by_its_ledger(play):
    def work(state: Silent) -> dict[str, Any]:
        return {"words": ["done"]}

    graph = StateGraph(Silent)
    graph.add_node("work", work)
    graph.add_node("guard", guard_node(Budget(steps=2), messages=None))
    graph.add_edge(START, "work")
    graph.add_edge("work", "guard")
    graph.add_conditional_edges("guard", by_action, {"none": END})
    assert play(graph, {"words": []})["words"] == ["done"]


def test_two_turns_on_one_thread_are_two_runs(play):
    saver = InMemorySaver()
    calls = [tool_call("look", at="home")] * 2
    model = ScriptedModel([*calls, "One.", *calls, "Two."])
    graph = guarded_after(model, CALM, Budget(tool_calls=40))
    play(graph, asked("One?"), saver=saver)
    out = play(graph, asked("Two?"), saver=saver)
    assert "nudge" not in kinds(out["messages"])
    assert out["ledger"]["spent"]["tool_calls"] == 2
    assert out["ledger"]["thread"]["tool_calls"] == 4


def test_two_threads_of_one_graph_never_see_each_other(play):
    def policy(messages):
        return tool_call("look", at="home") if len(messages) < 8 else "Done."

    graph, saver = guarded_after(ScriptedModel(policy), CALM), InMemorySaver()
    app = graph.compile(saver, interrupt_before=["agent"])
    for thread in ("a", "b"):
        app.invoke(asked(thread), {"configurable": {"thread_id": thread}})
    for _ in range(2):
        for thread in ("a", "b"):
            app.invoke(None, {"configurable": {"thread_id": thread}})
    first, second = (play(graph, None, thread=thread, saver=saver) for thread in ("a", "b"))
    assert kinds(first["messages"]) == kinds(second["messages"])
    assert first["ledger"]["spent"] == second["ledger"]["spent"]


def test_two_guard_nodes_in_one_step_count_once(play):
    model = ScriptedModel([tool_call("look", at="home"), "Done."])
    graph = StateGraph(MessagesState)
    graph.add_node("agent", ask(model))
    graph.add_node("tools", ToolNode([look]))
    graph.add_node("loops", guard_node(CALM))
    graph.add_node("money", guard_node(Budget(tokens=10_000)))
    graph.add_node("join", lambda _: {})
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", after_model("messages"), ["tools", END])
    graph.add_edge("tools", "loops")
    graph.add_edge("tools", "money")
    graph.add_edge(["loops", "money"], "join")
    graph.add_edge("join", "agent")
    spent = play(graph, asked())["ledger"]["spent"]
    assert (spent["model_calls"], spent["tool_calls"]) == (1, 1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(guard_node, "at least one guard", id="no guard"),
        pytest.param(lambda: guard_node(LoopGuard), "give an instance", id="a class"),
        pytest.param(lambda: guard_node("loop"), "str is no guard", id="a name"),
        pytest.param(
            lambda: guard_node(CALM, policy={"loop": "halt"}),
            "use one of none, nudge",
            id="an unknown rung",
        ),
        pytest.param(
            lambda: guard_node(CALM, policy={"lop": "stop"}),
            "'lop'.*given are: loop",
            id="a policy for nobody",
        ),
        pytest.param(lambda: guard_node(LoopGuard(nudge=1)), "2 <= nudge", id="a guard of no use"),
        pytest.param(
            lambda: guard_node(ToolCallGuard(), tools=[3]), "int is no tool", id="no tool"
        ),
    ],
)
def test_settings_that_cannot_work_are_refused_when_the_graph_is_built(make, words):
    with pytest.raises(GuardConfigError, match=words):
        make()
