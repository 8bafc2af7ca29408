"""Recorded runs are judged for inventions as live ones are."""

from holdfast.guards.messages import read_tools
from holdfast.traces import audit_run, guards_from
from holdfast.traces.recording import Recording
from holdfast.traces.settings import GROUND

USER = {"role": "user", "content": "Please refund order W1234567."}
CLAIM = {"role": "assistant", "content": "I have refunded your order."}
INVENTED = {
    "role": "assistant",
    "content": "",
    "tool_calls": [
        {"id": "a", "function": {"name": "refund", "arguments": '{"order": "W1234576"}'}}
    ],
}
TOOLS = [
    {
        "name": "refund",
        "description": "Refund an order.",
        "parameters": {"type": "object", "properties": {"order": {"type": "string"}}},
    }
]


def found(settings, *messages):
    run = Recording(id="1", messages=list(messages))
    return list(audit_run(run, guards_from(settings), tools=read_tools(TOOLS)).kinds)


def test_an_invented_id_and_a_claimed_action_are_found_in_a_recorded_run():
    assert found(GROUND, USER, INVENTED) == [("tool_call", "ungrounded_argument")]
    assert found(GROUND, USER, CLAIM) == [("claimed_action", "unexecuted_claim")]


def test_without_the_setting_an_audit_is_as_before():
    assert found((), USER, INVENTED) == found((), USER, CLAIM) == []
