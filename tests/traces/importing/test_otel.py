import json

import pytest
from holdfast.guards import AuditInputError
from holdfast.traces.importing import import_file
from holdfast.traces.importing.otel import parsed_span, spans_in
from holdfast.traces.store import Store, Usage

from .runs import SCHEMA, lines, otlp, span

A, B, C = "00000000000000a1", "00000000000000b2", "00000000000000c3"
CALL = {"type": "tool_call", "id": "c1", "name": "add", "arguments": {"a": 1, "b": 2}}
CURRENT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-x",
    "gen_ai.request.temperature": 0.5,
    "gen_ai.response.model": "gpt-x-2026",
    "gen_ai.usage.input_tokens": 70,
    "gen_ai.usage.output_tokens": 30,
    "gen_ai.usage.cache_read.input_tokens": 8,
    "gen_ai.response.time_to_first_chunk": 0.25,
    "gen_ai.conversation.id": "t1",
    "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "Be brief."}]),
    "gen_ai.input.messages": json.dumps(
        [{"role": "user", "parts": [{"type": "text", "content": "1+2?"}]}]
    ),
    "gen_ai.output.messages": json.dumps(
        [{"role": "assistant", "parts": [CALL], "finish_reason": "tool_call"}]
    ),
    "gen_ai.tool.definitions": json.dumps([SCHEMA]),
}
OPENINFERENCE = {
    "openinference.span.kind": "LLM",
    "llm.provider": "openai",
    "llm.model_name": "gpt-x-2026",
    "llm.token_count.prompt": 70,
    "llm.token_count.completion": 30,
    "llm.token_count.prompt_details.cache_read": 8,
    "session.id": "t1",
    "llm.invocation_parameters": '{"temperature": 0.5}',
    "llm.input_messages.0.message.role": "system",
    "llm.input_messages.0.message.content": "Be brief.",
    "llm.input_messages.1.message.role": "user",
    "llm.input_messages.1.message.contents.0.message_content.type": "text",
    "llm.input_messages.1.message.contents.0.message_content.text": "1+2?",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "add",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"a": 1, "b": 2}',
    "llm.tools.0.tool.json_schema": json.dumps(SCHEMA),
}
OLD = {
    "llm.request.type": "chat",
    "gen_ai.system": "openai",
    "gen_ai.response.model": "gpt-x-2026",
    "gen_ai.usage.prompt_tokens": 70,
    "gen_ai.usage.completion_tokens": 30,
    "gen_ai.usage.cache_read_input_tokens": 8,
    "traceloop.association.properties.thread_id": "t1",
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "Be brief.",
    "gen_ai.prompt.1.role": "user",
    "gen_ai.prompt.1.content": "1+2?",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.tool_calls.0.id": "c1",
    "gen_ai.completion.0.tool_calls.0.name": "add",
    "gen_ai.completion.0.tool_calls.0.arguments": '{"a": 1, "b": 2}',
    "llm.request.functions.0.name": "add",
    "llm.request.functions.0.description": "Add.",
    "llm.request.functions.0.parameters": json.dumps(SCHEMA["function"]["parameters"]),
}
NAMES = [
    pytest.param(CURRENT, id="the current conventions"),
    pytest.param(OPENINFERENCE, id="OpenInference"),
    pytest.param(OLD, id="the older names"),
]


def parsed(held, **more):
    (found,) = spans_in(otlp(span(A, "span", held, **more)))
    return parsed_span(found)


@pytest.mark.parametrize("held", NAMES)
def test_a_model_is_read_by_whatever_names(held):
    found = parsed(held)
    assert (found.span.kind, found.span.model, found.span.provider) == (
        "model",
        "gpt-x-2026",
        "openai",
    )
    assert found.span.usage == Usage(70, 30, cache_read=8)
    assert found.thread == "t1"


@pytest.mark.parametrize("held", NAMES)
def test_prompts_and_replies_are_read_by_whatever_names(held):
    found = parsed(held)
    told = [(one["type"], one["content"]) for one in found.inputs["messages"]]
    assert told[0] == ("system", "Be brief.")
    assert told[1][1] in ("1+2?", [{"type": "text", "text": "1+2?"}])
    reply = found.outputs["message"]
    (call,) = reply["tool_calls"]
    assert (call["id"], call["name"], call["args"]) == ("c1", "add", {"a": 1, "b": 2})


@pytest.mark.parametrize("held", NAMES)
def test_the_tools_a_model_had_are_read_by_whatever_names(held):
    (tool,) = parsed(held).inputs["params"]["tools"]
    inner = tool.get("function", tool)
    assert (inner["name"], inner["parameters"]["required"]) == ("add", ["a", "b"])


def test_parameters_are_those_of_the_request():
    assert parsed(CURRENT).inputs["params"]["temperature"] == 0.5
    assert parsed(OPENINFERENCE).inputs["params"]["temperature"] == 0.5


def test_the_first_token_came_so_many_seconds_after_the_beginning():
    assert parsed(CURRENT).span.first_token == 1_250_000_000


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(
            [
                ("gen_ai.user.message", {"content": "1+2?"}),
                ("gen_ai.choice", {"index": 0, "message": {"role": "assistant", "content": "3"}}),
            ],
            id="an event for each message",
        ),
        pytest.param(
            [
                (
                    "gen_ai.client.inference.operation.details",
                    {
                        "gen_ai.input.messages": '[{"role": "user", "content": "1+2?"}]',
                        "gen_ai.output.messages": '[{"role": "assistant", "content": "3"}]',
                    },
                )
            ],
            id="one event for all",
        ),
    ],
)
def test_messages_may_stand_in_events(events):
    found = parsed({"gen_ai.operation.name": "chat"}, events=events)
    assert [one["content"] for one in found.inputs["messages"]] == ["1+2?"]
    assert found.outputs["message"]["content"] == "3"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param('{"messages": [{"role": "user", "content": "hi"}]}', "hi", id="JSON"),
        pytest.param("hi", "hi", id="text"),
    ],
)
def test_a_prompt_may_be_one_value(given, told):
    held = {"openinference.span.kind": "LLM", "input.value": given, "output.value": "ho"}
    found = parsed(held)
    assert [one["content"] for one in found.inputs["messages"]] == [told]
    assert found.outputs["message"] == {"type": "ai", "content": "ho"}


def test_a_tools_responses_are_messages_of_their_own():
    part = {"type": "tool_call_response", "id": "c1", "response": "3"}
    told = [{"role": "tool", "parts": [part, {**part, "id": "c2"}]}]
    held = {"gen_ai.operation.name": "chat", "gen_ai.input.messages": json.dumps(told)}
    found = [(one["tool_call_id"], one["content"]) for one in parsed(held).inputs["messages"]]
    assert found == [("c1", "3"), ("c2", "3")]


def test_reasoning_is_kept_as_a_block():
    part = {"type": "reasoning", "content": "one and two"}
    told = [{"role": "assistant", "parts": [part, {"type": "text", "content": "3"}]}]
    held = {"gen_ai.operation.name": "chat", "gen_ai.output.messages": json.dumps(told)}
    reply = parsed(held).outputs["message"]
    assert reply["content"][0] == {"type": "reasoning", "reasoning": "one and two"}


@pytest.mark.parametrize(
    "held",
    [
        pytest.param(
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "add",
                "gen_ai.tool.call.id": "c1",
                "gen_ai.tool.call.arguments": '{"a": 1}',
                "gen_ai.tool.call.result": "3",
            },
            id="current",
        ),
        pytest.param(
            {
                "openinference.span.kind": "TOOL",
                "tool.name": "add",
                "tool_call.id": "c1",
                "input.value": '{"a": 1}',
                "output.value": "3",
            },
            id="OpenInference",
        ),
    ],
)
def test_a_tool_is_read_by_whatever_names(held):
    found = parsed(held)
    assert (found.span.kind, found.span.name, found.span.call_id) == ("tool", "add", "c1")
    assert (found.inputs, found.outputs) == ({"a": 1}, "3")


@pytest.mark.parametrize(
    ("held", "parent", "kind"),
    [
        ({"gen_ai.operation.name": "invoke_agent"}, "", "graph"),
        ({"gen_ai.operation.name": "invoke_agent"}, B, "node"),
        ({"openinference.span.kind": "CHAIN"}, B, "chain"),
        ({"openinference.span.kind": "RETRIEVER"}, B, "retriever"),
        ({"openinference.span.kind": "GUARDRAIL"}, B, "guard"),
        ({"traceloop.span.kind": "tool"}, B, "tool"),
        ({"langsmith.span.kind": "llm"}, B, "model"),
        ({}, B, "chain"),
    ],
)
def test_kinds_are_told_by_whatever_names(held, parent, kind):
    assert parsed(held, parent=parent).span.kind == kind


def test_an_evaluation_is_a_verdict():
    held = {
        "gen_ai.evaluation.name": "grounded",
        "gen_ai.evaluation.score.value": 0.25,
        "gen_ai.evaluation.score.label": "fail",
        "gen_ai.evaluation.explanation": "no source says so",
    }
    (event,) = parsed(CURRENT, events=[("gen_ai.evaluation.result", held)]).events
    assert (event.name, event.data["outcome"], event.data["score"]) == ("grounded", "trip", 0.25)
    assert event.data["reason"] == "no source says so"


def test_an_error_says_its_class():
    raised = {"exception.type": "openai.RateLimitError", "exception.message": "429"}
    found = parsed(CURRENT, status={"code": 2}, events=[("exception", raised)]).span
    assert (found.status, found.error_type, found.error) == ("error", "RateLimitError", "429")


def test_ids_may_be_base64():
    one = span(A, "span", CURRENT) | {"traceId": "W47/95gDgQPSabYzgT/GDA=="}
    (found,) = spans_in(otlp(one))
    assert parsed_span(found).span.trace == parsed(CURRENT).span.trace


@pytest.mark.parametrize(
    "change",
    [{"traceId": "no id"}, {"traceId": ""}, {"spanId": ""}, {"startTimeUnixNano": ""}],
)
def test_a_span_without_what_places_it_is_refused(change):
    (found,) = spans_in(otlp(span(A, "span", CURRENT) | change))
    with pytest.raises(AuditInputError):
        parsed_span(found)


def test_the_root_has_the_id_of_its_trace_and_the_others_hang_from_it(tmp_path):
    parts = [
        otlp(span(C, "execute_tool add", {"gen_ai.operation.name": "execute_tool"}, parent=A)),
        otlp(span(B, "chat", CURRENT, parent=A), span(A, "agent", {})),
    ]
    import_file(lines(tmp_path / "spans.jsonl", *parts), tmp_path / "new.db")
    with Store(tmp_path / "new.db") as store:
        trace = store.trace("last")
        root, *others = store.spans(trace.id)
    assert root.id == trace.id == "5b8efff7-9803-8103-d269-b633813fc60c"
    assert {one.parent for one in others} == {trace.id}
    assert (trace.tokens_in, trace.tokens_out) == (70, 30)
