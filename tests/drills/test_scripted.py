import asyncio
import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.guards import GuardConfigError, ScriptError
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, interrupt
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

HELLO = [HumanMessage("Hello?")]


class Route(BaseModel):
    """Choose who works next."""

    goto: str
    why: str = Field(default="", description="in a word")


class RouteDict(TypedDict):
    """Choose who works next."""

    goto: str


ROUTE_SCHEMA = {
    "title": "Route",
    "description": "Choose who works next.",
    "type": "object",
    "properties": {"goto": {"type": "string"}},
    "required": ["goto"],
}


def search(query: str) -> str:
    """Search the web."""
    return f"results for {query}"


def raising(messages):
    return ValueError(messages[-1].content)


def echo(messages):
    return f"You said {messages[-1].content}"


def asynchronous():
    async def policy(messages):
        return "never awaited"

    return policy


def plain(message):
    """A message without what differs between two plays: the id LangChain gives it."""
    return message.model_dump(exclude={"id", "type", "tool_call_chunks", "chunk_position"})


def whole(chunks):
    return sum(chunks[1:], chunks[0])


# What a step may be


@pytest.mark.parametrize(
    ("step", "content"),
    [
        pytest.param("Hi.", "Hi.", id="a string"),
        pytest.param("", "", id="an empty string"),
        pytest.param(AIMessage("Hi."), "Hi.", id="a message"),
        pytest.param(AIMessageChunk("Hi."), "Hi.", id="a chunk of a message"),
        pytest.param(echo, "You said Hello?", id="a callable"),
        pytest.param(lambda messages: AIMessage("Hi."), "Hi.", id="a callable giving a message"),
    ],
)
def test_a_step_is_played_as_a_message(step, content):
    reply = ScriptedModel([step]).invoke(HELLO)
    assert (type(reply), reply.content) == (AIMessage, content)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        pytest.param(TimeoutError("busy"), TimeoutError, id="an exception"),
        pytest.param(TimeoutError, TimeoutError, id="a class of exceptions"),
        pytest.param(raising, ValueError, id="a callable giving an exception"),
        pytest.param(lambda messages: KeyError, KeyError, id="a callable giving a class"),
        pytest.param(lambda messages: 1 / 0, ZeroDivisionError, id="a callable that fails"),
        pytest.param(lambda messages: None, ScriptError, id="a callable giving nothing"),
        pytest.param(lambda messages: HELLO[0], ScriptError, id="a callable giving a human"),
    ],
)
@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])
async def test_an_exception_is_raised_whatever_the_way_of_calling(step, error, way):
    with pytest.raises(error):
        await play(ScriptedModel([step]), way)


async def play(model, way, messages=HELLO):
    """Return the reply of a model called in one of four ways."""
    if way == "invoke":
        return model.invoke(messages)
    if way == "ainvoke":
        return await model.ainvoke(messages)
    if way == "stream":
        return whole(list(model.stream(messages)))
    return whole([chunk async for chunk in model.astream(messages)])


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("Hi.", id="a bare string"),
        pytest.param(AIMessage("Hi."), id="a bare message"),
        pytest.param(None, id="nothing"),
        pytest.param([1], id="a number"),
        pytest.param([HumanMessage("Hi.")], id="a human message"),
        pytest.param([int], id="a class that is no exception"),
        pytest.param([asynchronous()], id="a coroutine function in a list"),
        pytest.param(asynchronous(), id="a coroutine function"),
        pytest.param(AIMessage, id="a class"),
    ],
)
def test_a_script_of_anything_else_is_refused_when_it_is_given(script):
    with pytest.raises(GuardConfigError, match=r"ScriptedModel.*: use "):
        ScriptedModel(script)


# Order, and its end


def test_the_replies_come_in_the_order_of_the_list():
    model = ScriptedModel(["one", "two", "three"])
    assert [model.invoke(HELLO).content for _ in range(3)] == ["one", "two", "three"]


def test_a_call_beyond_the_script_names_its_length_and_the_last_message():
    model = ScriptedModel(["one"])
    model.invoke(HELLO)
    with pytest.raises(ScriptError, match=r"call 2 .* has 1 step; .* human: 'Hello\?'\. Add"):
        model.invoke(HELLO)


def test_an_empty_script_refuses_its_first_call():
    with pytest.raises(ScriptError, match=r"call 1 .* has 0 steps"):
        ScriptedModel([]).invoke(HELLO)


def test_the_error_is_short_and_holds_no_secret():
    long = [HumanMessage("password=hunter2 " + "x" * 10_000)]
    with pytest.raises(ScriptError) as caught:
        ScriptedModel([]).invoke(long)
    assert len(str(caught.value)) < 500
    assert "hunter2" not in str(caught.value)


def test_unused_steps_are_reported():
    model = ScriptedModel(["one", "two", "three"])
    model.invoke(HELLO)
    assert model.unused == ["two", "three"]
    with pytest.raises(ScriptError, match=r"2 of 3 steps .* next is 'two'"):
        model.assert_done()


def test_a_script_that_was_played_to_its_end_is_done():
    with ScriptedModel(["one"]) as model:
        model.invoke(HELLO)
    assert model.unused == []


def test_leaving_the_context_reports_unused_steps():
    with pytest.raises(ScriptError, match="1 of 1 step"), ScriptedModel(["one"]):
        pass


def test_an_error_inside_the_context_is_not_covered_up():
    with pytest.raises(ZeroDivisionError), ScriptedModel(["one"]):
        raise ZeroDivisionError


def test_a_policy_never_ends_and_leaves_nothing_unused():
    with ScriptedModel(echo) as model:
        assert [model.invoke(word).content for word in ("a", "b")] == ["You said a", "You said b"]
    assert model.unused == []


@given(script=st.lists(st.text(), max_size=6), calls=st.integers(0, 8))
def test_used_and_unused_steps_are_the_whole_script(script, calls):
    model = ScriptedModel(script)
    said = []
    for _ in range(calls):
        try:
            said.append(model.invoke(HELLO).content)
        except ScriptError:
            break
    assert said + model.unused == script


def test_each_step_is_played_once_by_many_threads():
    model = ScriptedModel([str(n) for n in range(100)])
    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(lambda _: model.invoke(HELLO).content, range(100)))
    assert sorted(said, key=int) == [str(n) for n in range(100)]


async def test_each_step_is_played_once_by_many_tasks():
    model = ScriptedModel([str(n) for n in range(20)])
    replies = await asyncio.gather(*(model.ainvoke(HELLO) for _ in range(20)))
    assert sorted(int(reply.content) for reply in replies) == list(range(20))


@pytest.mark.parametrize(
    "derive",
    [
        pytest.param(lambda model: model.bind_tools([search]), id="bound to tools"),
        pytest.param(lambda model: model.bind(stop=["x"]), id="bound to an option"),
        pytest.param(lambda model: model.with_config(tags=["x"]), id="configured"),
        pytest.param(lambda model: model.with_retry(), id="with retries"),
        pytest.param(lambda model: model.model_copy(), id="copied"),
        pytest.param(lambda model: model.model_copy(deep=True), id="copied deeply"),
        pytest.param(lambda model: copy.deepcopy(model), id="deepcopied"),
    ],
)
def test_a_derived_model_shares_the_position(derive):
    model = ScriptedModel(["one", "two", "three"])
    derived = derive(model)
    said = [each.invoke(HELLO).content for each in (model, derived, model)]
    assert said == ["one", "two", "three"]


# Tools


@tool
def book(flight: str) -> str:
    """Book a flight."""
    return flight


@pytest.mark.parametrize(
    ("given", "name"),
    [
        pytest.param(search, "search", id="a function"),
        pytest.param(book, "book", id="a tool"),
        pytest.param(Route, "Route", id="a pydantic class"),
        pytest.param(RouteDict, "RouteDict", id="a typed dict"),
        pytest.param(ROUTE_SCHEMA, "Route", id="a json schema"),
        pytest.param({"name": "look", "description": "Look.", "parameters": {}}, "look", id="bare"),
        pytest.param(
            {"type": "function", "function": {"name": "look"}}, "look", id="in OpenAI's form"
        ),
        pytest.param({"type": "web_search"}, "web_search", id="a tool of the provider's own"),
    ],
)
def test_the_model_remembers_the_tools_it_is_bound_to(given, name):
    model = ScriptedModel(["ok"])
    model.bind_tools([given], tool_choice="any").invoke(HELLO)
    assert (model.calls[0].tools, model.calls[0].tool_choice) == ((name,), "any")


def test_calls_hold_what_each_call_was_shown():
    model = ScriptedModel(["one", "two"])
    model.invoke("first")
    model.bind_tools([search]).invoke("second")
    shown = [(call.messages[0].content, call.tools) for call in model.calls]
    assert shown == [("first", ()), ("second", ("search",))]


def test_a_callable_that_asks_for_the_tools_gets_their_schemas():
    def policy(messages, *, tools):
        (query,) = tools["search"]["parameters"]["properties"]
        return f"{tools['search']['description']} It takes {query}."

    reply = ScriptedModel(policy).bind_tools([search]).invoke(HELLO)
    assert reply.content == "Search the web. It takes query."


def test_a_callable_object_is_a_policy_too():
    class Echo:
        def __call__(self, messages):
            return echo(messages)

    assert ScriptedModel(Echo()).invoke("hey").content == "You said hey"


def test_a_policy_cannot_change_what_the_model_was_shown():
    def policy(messages):
        messages.clear()
        return "ok"

    model = ScriptedModel(policy)
    model.invoke(HELLO)
    assert len(model.calls[0].messages) == 1


# Replies as plain data


def test_a_tool_call_is_written_as_data():
    call = tool_call("book", "call_9", id="LH1", name="Ann").tool_calls[0]
    assert (call["name"], call["id"], call["args"]) == (
        "book",
        "call_9",
        {"id": "LH1", "name": "Ann"},
    )


def test_several_calls_are_one_reply():
    reply = tool_calls(tool_call("look", q="a"), tool_call("look", q="b"), text="Both.")
    assert [call["args"]["q"] for call in reply.tool_calls] == ["a", "b"]
    assert reply.content == "Both."


def test_several_calls_of_which_one_is_none_are_refused():
    with pytest.raises(GuardConfigError, match="use replies that call a tool"):
        tool_calls(tool_call("look"), AIMessage("Hi."))


def test_a_call_without_an_id_is_given_the_same_one_in_the_same_play():
    script = [tool_call("look", q="a"), tool_call("look", q="a")]
    first, again = (
        [model.invoke(HELLO).tool_calls[0]["id"] for _ in script]
        for model in (ScriptedModel(script), ScriptedModel(script))
    )
    assert first == again
    assert len(set(first)) == 2


def test_two_models_of_different_names_give_different_ids():
    replies = [ScriptedModel([tool_call("look")], name=name).invoke(HELLO) for name in "ab"]
    assert replies[0].tool_calls[0]["id"] != replies[1].tool_calls[0]["id"]


def test_the_caller_s_own_message_is_never_changed():
    step = tool_call("look")
    before = step.model_dump()
    ScriptedModel([step]).invoke(HELLO)
    assert step.model_dump() == before


def test_one_message_played_twice_is_two_messages():
    step = AIMessage("Hi.")
    model = ScriptedModel([step, step])
    assert model.invoke(HELLO).id != model.invoke(HELLO).id


# Usage


def test_usage_is_estimated_at_four_characters_a_token():
    reply = ScriptedModel(["12345678"]).invoke("1234")
    assert reply.usage_metadata == {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}


def test_the_arguments_of_calls_are_part_of_the_estimate():
    reply = ScriptedModel([tool_call("look", q="1234567890")]).invoke("1234")
    assert reply.usage_metadata["output_tokens"] == 6


def test_usage_that_the_message_gives_is_kept():
    given_usage = {"input_tokens": 7, "output_tokens": 5, "total_tokens": 12}
    reply = ScriptedModel([AIMessage("Hi.", usage_metadata=given_usage)]).invoke(HELLO)
    assert reply.usage_metadata == given_usage


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])
async def test_usage_can_be_left_out_as_some_providers_do(way):
    reply = await play(ScriptedModel(["Hi."], usage=False), way)
    assert reply.usage_metadata is None


def test_the_reply_names_the_model():
    reply = ScriptedModel(["Hi."], model_name="gpt-x").invoke(HELLO)
    assert reply.response_metadata["model_name"] == "gpt-x"


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


# Structured output


@pytest.mark.parametrize(
    ("schema", "name", "parsed"),
    [
        pytest.param(Route, "Route", Route(goto="search"), id="a pydantic class"),
        pytest.param(RouteDict, "RouteDict", {"goto": "search"}, id="a typed dict"),
        pytest.param(ROUTE_SCHEMA, "Route", {"goto": "search"}, id="a json schema"),
    ],
)
@pytest.mark.parametrize("include_raw", [False, True])
async def test_structured_output_is_parsed_from_a_scripted_call(schema, name, parsed, include_raw):
    model = ScriptedModel([tool_call(name, goto="search")] * 2)
    structured = model.with_structured_output(schema, include_raw=include_raw)
    for found in (structured.invoke(HELLO), await structured.ainvoke(HELLO)):
        assert (found["parsed"] if include_raw else found) == parsed
    assert model.calls[0].tools == (name,)


def test_a_reply_that_does_not_fit_is_given_raw_with_the_error():
    model = ScriptedModel([tool_call("Route", goto=[1])])
    found = model.with_structured_output(Route, include_raw=True).invoke(HELLO)
    assert found["parsed"] is None
    assert "goto" in str(found["parsing_error"])


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
