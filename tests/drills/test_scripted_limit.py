"""A scripted model keeps to `max_tokens`, as providers do."""

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls

SAID = "x" * 40  # 10 tokens


@pytest.mark.parametrize(
    ("limit", "length", "reason"),
    [
        pytest.param(None, 40, "stop", id="no limit"),
        pytest.param(10, 40, "stop", id="a limit that is just enough"),
        pytest.param(9, 36, "length", id="one token too many"),
        pytest.param(1, 4, "length", id="one token"),
    ],
)
def test_a_reply_is_cut_at_its_limit_and_says_so(limit, length, reason):
    options = {} if limit is None else {"max_tokens": limit}
    reply = ScriptedModel([SAID]).invoke("Go.", **options)
    assert len(reply.content) == length
    assert reply.response_metadata["finish_reason"] == reason
    assert reply.usage_metadata["output_tokens"] == length / 4


def test_a_call_that_is_cut_cannot_be_read_and_those_behind_it_are_lost():
    look = tool_call("look", at="home")  # 4 letters and 14 of arguments
    reply = ScriptedModel([tool_calls(look, look, look)]).invoke("Go.", max_tokens=6)
    assert [call["args"] for call in reply.tool_calls] == [{"at": "home"}]
    assert [call["args"] for call in reply.invalid_tool_calls] == ['{"']
    assert reply.usage_metadata["output_tokens"] <= 6
