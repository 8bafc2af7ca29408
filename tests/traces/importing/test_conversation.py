import pytest
from holdfast.guards import MessageError
from holdfast.traces import Recording
from holdfast.traces.importing.conversation import parsed_recording
from holdfast.traces.store import Usage

from .runs import OPENAI


@pytest.fixture(scope="module")
def whole():
    return parsed_recording(Recording("r1", OPENAI, 1.0, "sums"))


def test_each_reply_and_each_result_is_a_span(whole):
    kinds = [(one.span.kind, one.span.name) for one in whole.spans]
    assert kinds == [("graph", "sums"), ("model", "model"), ("tool", "add"), ("model", "model")]
    assert {one.span.parent for one in whole.spans[1:]} == {whole.trace.id}


def test_the_prompt_of_a_reply_is_what_was_said_before(whole):
    prompts = [len(one.inputs["messages"]) for one in whole.spans if one.span.kind == "model"]
    assert prompts == [1, 3]


def test_a_result_has_the_arguments_of_its_call(whole):
    tool = whole.spans[2]
    assert (tool.inputs, tool.span.call_id) == ({"a": 1, "b": 2}, "c1")


def test_usage_and_reward_are_kept(whole):
    assert whole.spans[1].span.usage == Usage(70, 30)
    assert whole.trace.metadata == {"run": "r1", "reward": 1.0, "domain": "sums"}


def test_messages_without_a_time_keep_their_order(whole):
    starts = [one.span.start for one in whole.spans]
    assert starts == sorted(starts)


def test_messages_with_a_time_keep_it():
    timed = [{**OPENAI[0], "timestamp": "2026-01-01T00:00:00Z"}, {**OPENAI[3], "created": 1.8e9}]
    trace = parsed_recording(Recording("r", timed)).trace
    assert (trace.start, trace.end) == (1767225600 * 10**9, 1_800_000_001 * 10**9 - 999_000_000)


def test_a_failed_result_is_a_failed_span():
    failed = [*OPENAI[:2], {**OPENAI[2], "x_error": True}]
    assert parsed_recording(Recording("r", failed)).spans[2].span.status == "error"


def test_the_same_run_has_the_same_ids_and_another_has_others(whole):
    again = parsed_recording(Recording("r1", OPENAI, 1.0, "sums"))
    other = parsed_recording(Recording("r1", OPENAI[:3], 1.0, "sums"))
    assert again.trace.id == whole.trace.id != other.trace.id


def test_arguments_that_are_no_json_are_kept_as_they_were_written():
    call = {"id": "c", "function": {"name": "add", "arguments": "{'a': 1}"}}
    messages = [OPENAI[0], {"role": "assistant", "content": "", "tool_calls": [call]}]
    reply = parsed_recording(Recording("r", messages)).spans[1].outputs["message"]
    assert reply.invalid_tool_calls[0]["args"] == "{'a': 1}"


def test_what_is_no_message_is_refused():
    with pytest.raises(MessageError):
        parsed_recording(Recording("r", [OPENAI[0], {"no": "role"}]))
