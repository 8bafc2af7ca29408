"""`tool_node` where LangGraph's quickstart has `ToolNode`."""

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.guards import GuardConfigError, LoopGuard, tool_facts
from holdfast.nodes import tool_node
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, Send, interrupt
from pydantic import BaseModel

from .shop import agent_graph, go, notes, results


def look(at: str) -> str:
    """Look at something."""
    return f"nothing at {at}"


def counted(name, log, question=None):
    """Return a tool that writes down each time that it ran to its end, after a question."""

    def run(at: str) -> str:
        answer = interrupt(question) if question else "done"
        log.append(name)
        return f"{name}: {answer}"

    return tool(name, description=f"{name.title()} something.")(run)


def test_of_two_calls_of_which_one_interrupts_each_runs_once(play):
    ran = []
    tools = [counted("pay", ran), counted("sign", ran, "Sign?"), counted("send", ran)]
    reply = tool_calls(*(tool_call(name, at="home") for name in ("pay", "sign", "send")))
    model = ScriptedModel([reply, "Done."])
    out = play(agent_graph(model, tools), go(), ["yes"])
    assert sorted(ran) == ["pay", "send", "sign"]
    assert [each.content for each in results(out)] == ["pay: done", "sign: yes", "send: done"]
    assert out["ledger"]["spent"]["tool_calls"] == 3


def test_two_that_interrupt_are_answered_one_by_one():
    ran = []
    tools = [counted("pay", ran, "Pay?"), counted("sign", ran, "Sign?")]
    model = ScriptedModel(
        [tool_calls(tool_call("pay", at="a"), tool_call("sign", at="b")), "Done."]
    )
    app = agent_graph(model, tools).compile(InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    asked = {question.value: question.id for question in app.invoke(go(), config)["__interrupt__"]}
    app.invoke(Command(resume={asked["Pay?"]: "yes"}), config)
    out = app.invoke(Command(resume={asked["Sign?"]: "no"}), config)
    assert [each.content for each in results(out)] == ["pay: yes", "sign: no"]
    assert sorted(ran) == ["pay", "sign"]


class Approval(BaseModel):
    approved: bool


def test_a_tools_question_stays_open_when_the_answer_does_not_fit(play):
    def pay(amount: int) -> str:
        """Pay."""
        return str(interrupt("Pay?", response_schema=Approval))

    model = ScriptedModel([tool_call("pay", amount=7), "Done."])
    graph, saver = agent_graph(model, [pay]), InMemorySaver()
    with pytest.raises(ValueError, match="approved"):
        play(graph, go(), [{"approved": "perhaps"}], saver=saver)
    config = {"configurable": {"thread_id": "1"}}
    out = graph.compile(saver).invoke(Command(resume={"approved": True}), config)
    assert results(out)[0].content == "approved=True"


def test_inside_a_subgraph_each_runs_once_too(play):
    ran = []
    tools = [counted("pay", ran), counted("sign", ran, "Sign?")]
    reply = tool_calls(tool_call("pay", at="home"), tool_call("sign", at="home"))
    graph = StateGraph(MessagesState)
    graph.add_node("team", agent_graph(ScriptedModel([reply, "Done."]), tools).compile())
    graph.add_edge(START, "team")
    out = play(graph, go(), ["yes"])
    assert sorted(ran) == ["pay", "sign"]
    assert out["messages"][-1].content == "Done."


UNREADABLE = {"type": "invalid_tool_call", "name": "look", "args": "{", "id": "u", "error": None}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(
            tool_call("lock", at="home"),
            "There is no tool 'lock'; the nearest are: look",
            id="unknown",
        ),
        pytest.param(tool_call("look"), "'at' is missing", id="an argument missing"),
        pytest.param(
            tool_call("look", at="home", At="home"), "there is no argument 'At'", id="one too many"
        ),
        pytest.param(
            tool_call("look", at=[7, 8]), "'at' must be string, not an array", id="a wrong type"
        ),
    ],
)
def test_a_call_that_cannot_work_is_answered_and_never_runs(play, reply, words):
    out = play(agent_graph(ScriptedModel([reply, "Sorry."]), [look]), go())
    (result,) = results(out)
    assert result.status == "error"
    assert result.content.startswith("Not run.")
    assert words in result.content
    assert out["ledger"]["spent"]["tool_calls"] == 0


def test_a_reply_with_unreadable_calls_alone_is_told_back(play):
    model = ScriptedModel([AIMessage("", invalid_tool_calls=[UNREADABLE]), "Sorry."])
    graph = agent_graph(model, [look])
    graph.branches["agent"].clear()
    graph.add_conditional_edges(
        "agent", lambda state: "tools" if not state["messages"][-1].content else END, ["tools", END]
    )
    (result,) = results(play(graph, go()))
    assert (result.tool_call_id, result.status) == ("u", "error")
    assert "Send valid JSON" in result.content


def test_calls_that_were_answered_already_do_not_run_again(play):
    ran = []
    graph = StateGraph(MessagesState)
    graph.add_node("tools", tool_node([counted("pay", ran), counted("send", ran)]))
    graph.add_edge(START, "tools")
    asked = tool_calls(tool_call("pay", "a", at="home"), tool_call("send", "b", at="home"))
    out = play(graph, {"messages": [asked, ToolMessage("paid by hand", tool_call_id="a")]})
    assert ran == ["send"]
    assert [each.tool_call_id for each in results(out)] == ["a", "b"]


def test_without_a_reply_there_is_nothing_to_run(play):
    graph = StateGraph(MessagesState)
    graph.add_node("tools", tool_node([look]))
    graph.add_edge(START, "tools")
    assert results(play(graph, go())) == []


def test_only_an_async_tool_runs_awaited_and_says_so_otherwise(play):
    async def fetch(at: str) -> str:
        """Fetch something."""
        return f"fetched {at}"

    graph = agent_graph(ScriptedModel([tool_call("fetch", at="home"), "Done."]), [fetch])
    if play.awaited:
        assert [each.content for each in results(play(graph, go()))] == ["fetched home"]
    else:
        with pytest.raises(GuardConfigError, match="async function: run its graph with ainvoke"):
            play(graph, go())


def test_fifty_branches_that_each_make_one_equal_call_are_no_loop(play):
    def fan_out(state: MessagesState):
        call = [tool_call("look", f"c{k}", at="home") for k in range(50)]
        return [Send("tools", {"messages": [reply]}) for reply in call]

    graph = StateGraph(MessagesState)
    graph.add_node("tools", tool_node([look], guards=[LoopGuard()]))
    graph.add_conditional_edges(START, fan_out, ["tools"])
    out = play(graph, go())
    assert [each.content for each in results(out)] == ["nothing at home"] * 50
    assert out["rung"] == "none"
    assert notes(out) == []
    assert out["ledger"]["spent"]["tool_calls"] == 50


def test_fifty_calls_in_one_reply_that_repeat_are_a_loop():
    reply = tool_calls(*(tool_call("look", f"c{k}", at="home") for k in range(6)))
    app = agent_graph(ScriptedModel([reply, "Done."]), [look], guards=[LoopGuard()]).compile()
    out = app.invoke(go())
    assert [each.status for each in results(out)] == ["success"] * 2 + ["error"] * 4


def test_a_completed_state_changing_call_is_remembered(play):
    def book(flight: str) -> str:
        """Book a flight."""
        return f"booked {flight}"

    tool_facts(book, effects=True)
    model = ScriptedModel([tool_call("book", flight="LH1"), tool_call("look", at="home"), "Done."])
    done = play(agent_graph(model, [book, look]), go())["ledger"]["done"]
    assert [item["line"] for item in done.values()] == ['book({"flight":"LH1"}) -> booked LH1']


@pytest.mark.parametrize(
    ("tools", "words"),
    [
        pytest.param([lambda at: at], "has no description", id="no docstring"),
        pytest.param([look, look], "two tools are named 'look'", id="one name twice"),
        pytest.param([7], "int is no tool", id="no tool"),
        pytest.param(look, "give a list of tools", id="no list"),
    ],
)
def test_tools_that_cannot_be_offered_are_refused(tools, words):
    with pytest.raises(GuardConfigError, match=words):
        tool_node(tools)


def test_a_graph_without_a_question_runs_without_a_checkpointer():
    model = ScriptedModel([tool_call("look", at="home"), "Done."])
    app = agent_graph(model, [look]).compile()
    assert app.invoke({"messages": [HumanMessage("Go.")]})["messages"][-1].content == "Done."
