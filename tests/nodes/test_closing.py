import pytest
from holdfast.drills import tool_call, tool_calls
from holdfast.nodes.closing import close_calls
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

ASK = HumanMessage("Go.")
ONE = tool_call("look", "a")
TWO = tool_calls(tool_call("look", "a"), tool_call("look", "b"))
A = ToolMessage("found", tool_call_id="a")
UNREADABLE = {"type": "invalid_tool_call", "name": "look", "args": "{", "id": "u", "error": None}
CUT_OFF = AIMessage("", invalid_tool_calls=[UNREADABLE])


def shape(messages):
    return [getattr(message, "tool_call_id", message.type) for message in messages]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([SystemMessage("x"), ASK], ["system", "human"], id="no calls"),
        pytest.param([ASK, ONE, A, ASK], ["human", "ai", "a", "human"], id="all answered"),
        pytest.param([ASK, ONE], ["human", "ai", "a"], id="the last is open"),
        pytest.param([ASK, ONE, ASK], ["human", "ai", "a", "human"], id="one in the middle"),
        pytest.param([TWO, A, ASK], ["ai", "a", "b", "human"], id="one of two"),
        pytest.param([CUT_OFF, ASK], ["ai", "u", "human"], id="one that cannot be read"),
    ],
)
def test_open_calls_are_answered_in_their_place(messages, expected):
    assert shape(close_calls(messages)) == expected


def test_what_is_whole_is_left_as_it_is():
    messages = [ASK, ONE, A]
    assert close_calls(messages) == messages
    assert close_calls(close_calls([TWO, ASK])) == close_calls([TWO, ASK])
