import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.guards import GuardConfigError
from langchain_core.messages import AIMessage

from .ways import HELLO, play

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
