import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, interrupt

from .ways import HELLO, plain, play, search, whole

# Streaming


UNREADABLE = AIMessage(
    "Wait.",
    invalid_tool_calls=[
        {
            "name": "look",
            "args": '{"q": "a',
            "id": None,
            "error": "cut short",
            "type": "invalid_tool_call",
        }
    ],
)
REPLIES = [
    pytest.param("Hello  there,\n world. ", id="text"),
    pytest.param("", id="nothing"),
    pytest.param(tool_call("look", q="ä", n=2.0, deep={"a": [1, None]}), id="a call"),
    pytest.param(tool_call("look"), id="a call without arguments"),
    pytest.param(
        tool_calls(tool_call("a", x=" 1 "), tool_call("a", x=2), text="Hm."), id="two calls"
    ),
    pytest.param(AIMessage([{"type": "text", "text": "Hi."}]), id="content in blocks"),
    pytest.param(AIMessage("Hi.", name="ann"), id="a speaker's name"),
    pytest.param(AIMessage("Hi.", additional_kwargs={"refusal": "no"}), id="additional fields"),
    pytest.param(AIMessage("Hi.", id="reply-1"), id="a message with an id"),
    pytest.param(UNREADABLE, id="a call that cannot be read"),
]


@pytest.mark.parametrize("step", REPLIES)
@pytest.mark.parametrize("way", ["ainvoke", "stream", "astream"])
async def test_every_way_of_calling_gives_the_same_reply(step, way):
    straight = ScriptedModel([step]).invoke(HELLO)
    other = await play(ScriptedModel([step]), way)
    assert plain(other) == plain(straight)


@given(text=st.text(), args=st.dictionaries(st.text(min_size=1), st.text() | st.integers()))
def test_the_chunks_of_any_reply_add_up_to_it(text, args):
    call = {"name": "look", "args": args, "id": "c1"}
    step = AIMessage(text, tool_calls=[call])
    merged = whole(list(ScriptedModel([step]).stream(HELLO)))
    assert (merged.content, merged.tool_calls[0]["args"]) == (text, args)


def test_text_is_streamed_word_by_word_and_the_usage_comes_last():
    *words, last = ScriptedModel(["one two three"]).stream(HELLO)
    assert [chunk.content for chunk in words] == ["one", " two", " three"]
    assert [chunk.usage_metadata for chunk in words] == [None] * 3
    assert last.usage_metadata["output_tokens"] == 4


# In a graph


def ask_first(query: str) -> str:
    """Search, once a person agrees."""
    return f"{interrupt('May I?')}: {query}"


def agent_graph(model, *tools):
    def agent(state):
        return {"messages": [model.bind_tools(tools).invoke(state["messages"])]}

    def more(state):
        return "tools" if state["messages"][-1].tool_calls else END

    builder = StateGraph(MessagesState)
    builder.add_node("agent", agent)
    builder.add_node("tools", ToolNode(list(tools)))
    builder.add_edge(START, "agent")
    builder.add_conditional_edges("agent", more, ["tools", END])
    builder.add_edge("tools", "agent")
    return builder.compile(checkpointer=InMemorySaver())


CONFIG = {"configurable": {"thread_id": "1"}}
HI = {"messages": [("user", "Hi")]}


def test_a_graph_runs_to_its_end_under_strict_checkpoints():
    with ScriptedModel([tool_call("search", query="x"), "Done."]) as model:
        messages = agent_graph(model, search).invoke(HI, CONFIG)["messages"]
    assert [message.type for message in messages] == ["human", "ai", "tool", "ai"]
    assert messages[2].content == "results for x"


def test_a_graph_goes_on_where_it_was_interrupted():
    model = ScriptedModel([tool_call("ask_first", query="x"), "Done."])
    graph = agent_graph(model, ask_first)
    graph.invoke(HI, CONFIG)
    messages = graph.invoke(Command(resume="yes"), CONFIG)["messages"]
    assert [m.content for m in messages if isinstance(m, ToolMessage)] == ["yes: x"]
    model.assert_done()


def test_a_graph_streams_the_words_of_a_model():
    model = ScriptedModel([tool_call("search", query="x"), "All is done."])
    graph = agent_graph(model, search)
    streamed = [chunk for chunk, _ in graph.stream(HI, CONFIG, stream_mode="messages")]
    words = [chunk.content for chunk in streamed if isinstance(chunk, AIMessageChunk)]
    assert [word for word in words if word] == ["All", " is", " done."]


def test_a_scripted_model_is_a_chat_model():
    assert isinstance(ScriptedModel([]), BaseChatModel)
