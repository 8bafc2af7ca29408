import json
from contextlib import suppress

import pytest
from holdfast.guards import Call, MessageError
from holdfast.guards.message import MARK, read_arguments, read_message, text_of
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.load import dumpd
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    ToolMessageChunk,
    message_to_dict,
)

OPENAI_CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "look", "arguments": '{"q": 1}'},
}
PLAIN_CALL = {"id": "c1", "name": "look", "args": {"q": 1}}


@pytest.mark.parametrize(
    ("item", "role"),
    [
        pytest.param({"role": "user", "content": "Hi"}, "user", id="a user's dict"),
        pytest.param({"role": "assistant", "content": "Hi"}, "assistant", id="an assistant's dict"),
        pytest.param({"role": "tool", "content": "Hi"}, "tool", id="a tool's dict"),
        pytest.param({"role": "function", "content": "Hi"}, "tool", id="a function's dict"),
        pytest.param({"role": "system", "content": "Hi"}, "system", id="a system's dict"),
        pytest.param({"role": "developer", "content": "Hi"}, "system", id="a developer's dict"),
        pytest.param({"type": "human", "content": "Hi"}, "user", id="a type for a role"),
        pytest.param(HumanMessage("Hi"), "user", id="a human message"),
        pytest.param(AIMessage("Hi"), "assistant", id="an AI message"),
        pytest.param(AIMessageChunk("Hi"), "assistant", id="a chunk of one"),
        pytest.param(ToolMessage("Hi", tool_call_id="c"), "tool", id="a tool message"),
        pytest.param(ToolMessageChunk("Hi", tool_call_id="c"), "tool", id="a chunk of it"),
        pytest.param(FunctionMessage("Hi", name="f"), "tool", id="a function message"),
        pytest.param(SystemMessage("Hi"), "system", id="a system message"),
        pytest.param(ChatMessage("Hi", role="assistant"), "assistant", id="a chat message"),
        pytest.param(message_to_dict(HumanMessage("Hi")), "user", id="LangChain's dict"),
        pytest.param(dumpd(HumanMessage("Hi")), "user", id="LangChain's dump"),
        pytest.param(json.loads(HumanMessage("Hi").model_dump_json()), "user", id="pydantic's"),
    ],
)
def test_a_message_is_read_from(item, role):
    message = read_message(item)
    assert (message.role, message.text) == (role, "Hi")


@pytest.mark.parametrize(
    ("item", "found"),
    [
        pytest.param("Hi", "a str with nothing", id="a text"),
        pytest.param(None, "a NoneType with nothing", id="nothing"),
        pytest.param(7, "a int with nothing", id="a number"),
        pytest.param([], "a list with nothing", id="a list"),
        pytest.param({}, "a dict with nothing", id="an empty dict"),
        pytest.param({"content": "Hi"}, "a dict with content", id="no role"),
        pytest.param({"role": "narrator"}, "a dict with role", id="an unknown role"),
        pytest.param({"role": ["user"]}, "a dict with role", id="a role that is no text"),
        pytest.param({"id": [], "kwargs": {}}, "a dict with type", id="a dump of no class"),
        pytest.param(ChatMessage("Hi", role="narrator"), "a ChatMessage with", id="a chat role"),
    ],
)
def test_what_is_no_message_is_refused_and_named(item, found):
    with pytest.raises(MessageError, match=rf"^{found}.* is no message: use a 'role' of user"):
        read_message(item)


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"role": "assistant", "tool_calls": [OPENAI_CALL]}, id="OpenAI's"),
        pytest.param({"role": "assistant", "tool_calls": [PLAIN_CALL]}, id="LangChain's in a dict"),
        pytest.param(AIMessage("", tool_calls=[PLAIN_CALL]), id="LangChain's"),
        pytest.param(message_to_dict(AIMessage("", tool_calls=[PLAIN_CALL])), id="a dict of it"),
        pytest.param(dumpd(AIMessage("", tool_calls=[PLAIN_CALL])), id="a dump of it"),
        pytest.param(
            AIMessage("", additional_kwargs={"tool_calls": [OPENAI_CALL]}), id="an additional field"
        ),
        pytest.param(
            {"role": "assistant", "additional_kwargs": {"tool_calls": [OPENAI_CALL]}}, id="its dict"
        ),
    ],
)
def test_a_call_is_read_from_every_form(item):
    assert read_message(item).calls == [Call("c1", "look", {"q": 1}, "agent")]


def test_a_call_of_the_first_form_has_no_id():
    item = {"role": "assistant", "function_call": {"name": "look", "arguments": '{"q": 1}'}}
    assert read_message(item).calls == [Call("", "look", {"q": 1}, "agent")]


def test_a_call_that_could_not_be_parsed_is_read_with_its_error():
    bad = {"id": "c1", "name": "look", "args": '{"q": ', "error": None, "type": "invalid_tool_call"}
    raw = {"tool_calls": [{**OPENAI_CALL, "function": {"name": "look", "arguments": '{"q": '}}]}
    message = AIMessage("", invalid_tool_calls=[bad], additional_kwargs=raw)
    assert read_message(message).calls == [
        Call("c1", "look", '{"q": ', "agent", error="the arguments are not valid JSON")
    ]


def test_an_unreadable_call_keeps_the_error_it_came_with():
    bad = {"id": "c1", "name": "look", "args": "x", "error": "cut", "type": "invalid_tool_call"}
    assert read_message(AIMessage("", invalid_tool_calls=[bad])).calls[0].error == "cut"


@pytest.mark.parametrize(
    ("speaker", "actor"),
    [
        pytest.param({"role": "assistant"}, "agent", id="an assistant"),
        pytest.param({"role": "assistant", "name": "booker"}, "booker", id="a named one"),
        pytest.param({"role": "user"}, "user", id="a user, on a device"),
    ],
)
def test_the_speaker_makes_the_call(speaker, actor):
    assert read_message({**speaker, "tool_calls": [OPENAI_CALL]}).calls[0].actor == actor


@pytest.mark.parametrize(
    ("given_args", "args", "error"),
    [
        pytest.param('{"q": 1}', {"q": 1}, None, id="JSON"),
        pytest.param({"q": 1}, {"q": 1}, None, id="an object"),
        pytest.param("", {}, None, id="nothing"),
        pytest.param(None, {}, None, id="null"),
        pytest.param('"text"', "text", None, id="JSON that is no object"),
        pytest.param('{"q": ', '{"q": ', "the arguments are not valid JSON", id="cut short"),
        pytest.param("{'q': 1}", {"q": 1}, "the arguments are not valid JSON", id="Python"),
        pytest.param("{'q', 'r'}", "{'q', 'r'}", "the arguments are not valid JSON", id="a set"),
        pytest.param("{[1]: 2}", "{[1]: 2}", "the arguments are not valid JSON", id="no key"),
        pytest.param("{f(): 2}", "{f(): 2}", "the arguments are not valid JSON", id="code"),
        pytest.param("(1,)", "(1,)", "the arguments are not valid JSON", id="another literal"),
    ],
)
def test_arguments_are_read_or_kept_as_they_are(given_args, args, error):
    assert read_arguments(given_args) == (args, error)


@pytest.mark.parametrize("text", ["[" * 100_000, "{'a':" * 5_000, "{" + "1" * 200_000])
def test_arguments_without_end_are_kept_as_text(text):
    assert read_arguments(text) == (text, "the arguments are not valid JSON")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("Hi", "Hi", id="a text"),
        pytest.param(None, "", id="nothing"),
        pytest.param([], "", id="no blocks"),
        pytest.param(["Hi", "there"], "Hi\nthere", id="texts"),
        pytest.param([{"type": "text", "text": "Hi"}], "Hi", id="a block of text"),
        pytest.param(
            [{"type": "text", "text": "Hi"}, {"type": "tool_use", "name": "look"}, {"text": None}],
            "Hi",
            id="a block that is no text",
        ),
        pytest.param([7, "Hi"], "Hi", id="a block that is no block"),
        pytest.param({"a": "ä"}, '{"a": "ä"}', id="an object"),
        pytest.param(7, "7", id="a number"),
    ],
)
def test_the_text_of_a_content_is(content, text):
    assert text_of(content) == text


@pytest.mark.parametrize(
    ("fields", "usage"),
    [
        pytest.param({}, None, id="none"),
        pytest.param(
            {"usage": {"prompt_tokens": 5, "completion_tokens": 2}}, (5, 2, 0), id="OpenAI's"
        ),
        pytest.param(
            {
                "usage": {
                    "prompt_tokens": 5,
                    "completion_tokens": 2,
                    "prompt_tokens_details": {"cached_tokens": 3},
                }
            },
            (5, 2, 3),
            id="OpenAI's, cached",
        ),
        pytest.param(
            {"usage_metadata": {"input_tokens": 5, "output_tokens": 2}}, (5, 2, 0), id="LangChain's"
        ),
        pytest.param(
            {
                "usage_metadata": {
                    "input_tokens": 5,
                    "output_tokens": 2,
                    "input_token_details": {"cache_read": 3},
                }
            },
            (5, 2, 3),
            id="LangChain's, cached",
        ),
        pytest.param({"usage": {"prompt_tokens": 5}}, None, id="half of it"),
        pytest.param({"usage": {"prompt_tokens": "5", "completion_tokens": 2}}, None, id="a text"),
        pytest.param({"usage": "many"}, None, id="no object"),
        pytest.param(
            {"usage": {"input_tokens": 5, "output_tokens": 2, "input_token_details": [1]}},
            (5, 2, 0),
            id="details of another form",
        ),
    ],
)
def test_the_usage_is_read_from(fields, usage):
    assert read_message({"role": "assistant", **fields}).usage == usage


@pytest.mark.parametrize(
    ("fields", "model"),
    [
        pytest.param({}, "", id="none"),
        pytest.param({"response_metadata": {"model_name": "gpt-x"}}, "gpt-x", id="its name"),
        pytest.param({"response_metadata": {"model": "gpt-x"}}, "gpt-x", id="another field"),
        pytest.param({"model": "gpt-x"}, "gpt-x", id="OpenAI's"),
        pytest.param({"response_metadata": "x", "model": "gpt-x"}, "gpt-x", id="odd metadata"),
    ],
)
def test_the_model_is_read_from(fields, model):
    assert read_message({"role": "assistant", **fields}).model == model


@pytest.mark.parametrize(
    ("fields", "failed"),
    [
        pytest.param({}, False, id="nothing said"),
        pytest.param({"status": "error"}, True, id="a status"),
        pytest.param({"status": "success"}, False, id="a good status"),
        pytest.param({"x_error": True}, True, id="a mark"),
        pytest.param({"x_error": "no seat"}, True, id="a mark with words"),
        pytest.param({"x_error": None}, False, id="an empty mark"),
    ],
)
def test_a_failure_is_read_from(fields, failed):
    message = read_message({"role": "tool", "tool_call_id": "c1", **fields})
    assert (message.failed, message.call_id) == (failed, "c1")


def test_what_holdfast_wrote_is_known_by_its_mark():
    assert read_message(HumanMessage("Stop.", additional_kwargs={MARK: "nudge"})).mark == "nudge"
    assert read_message({"role": "user", "additional_kwargs": "odd"}).mark == ""


def test_odd_tool_calls_are_passed_over():
    for odd in (True, "look", {"a": 1}, ["look", 7, None]):
        item = {"role": "assistant", "tool_calls": odd, "invalid_tool_calls": odd}
        assert read_message(item).calls == []


# Laws

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "role", "content", "name", "id", "tool_calls", "invalid_tool_calls", "function_call",
    "additional_kwargs", "usage", "usage_metadata", "response_metadata", "tool_call_id", "status",
    "model", "type", "data", "kwargs",
]  # fmt: skip


@given(
    role=st.sampled_from(["user", "assistant", "tool", "system"]),
    fields=st.dictionaries(st.sampled_from(FIELDS[1:-3]), plain),
)
def test_a_dict_with_a_role_is_read_whatever_else_it_holds(role, fields):
    assert read_message({**fields, "role": role}).role == role


@given(item=plain | st.dictionaries(st.sampled_from(FIELDS), plain))
def test_anything_else_is_read_or_refused_and_never_crashes(item):
    with suppress(MessageError):
        assert read_message(item).role in ("user", "assistant", "tool", "system")


@given(text=st.text(), name=st.none() | st.text(min_size=1), args=st.dictionaries(st.text(), plain))
def test_a_message_and_its_dumps_are_read_alike(text, name, args):
    calls = [{"id": "c1", "name": "look", "args": args}]
    message = AIMessage(text, name=name, tool_calls=calls, id="m1")
    forms = [message, message_to_dict(message), dumpd(message), message.model_dump()]
    first, *others = map(read_message, forms)
    assert all(other == first for other in others)
