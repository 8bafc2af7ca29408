"""Runs as LangSmith, OTLP and OpenAI write them: one conversation with one call of a tool."""

import json

from langchain_core.load import dumpd
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

TRACE = "01a20336-50bb-73bf-b7e6-515581a32f86"
MODEL = "01a20336-50c0-7231-9e5f-5a264fb12dcb"
TOOL = "01a20336-50c6-72dc-ae19-f1ce2feda964"
NODE = "01a20336-50c2-7365-8f2d-bbe372e59980"
SCHEMA = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
}
ASKED = HumanMessage("1+2?")
CALLING = AIMessage(
    "",
    tool_calls=[{"name": "add", "args": {"a": 1, "b": 2}, "id": "c1"}],
    usage_metadata={
        "input_tokens": 70,
        "output_tokens": 30,
        "total_tokens": 100,
        "input_token_details": {"cache_read": 8},
    },
)
RESULT = ToolMessage("3", tool_call_id="c1", name="add")


def dotted(*ids):
    return ".".join(f"20261122T12234{n}000000Z{id_}" for n, id_ in enumerate(ids))


def run(id_, kind, name, *above, start=0, end=9, **more):
    """A run as `list_runs` gives it; `above` are the ids over it, the outermost first."""
    made = {
        "id": id_,
        "trace_id": (*above, id_)[0],
        "parent_run_id": above[-1] if above else None,
        "dotted_order": dotted(*above, id_),
        "name": name,
        "run_type": kind,
        "start_time": f"2026-11-22T12:23:4{start}",
        "end_time": f"2026-11-22T12:23:4{end}+00:00",
        "inputs": {},
        "outputs": {},
        "error": None,
        "tags": [],
        "extra": {"metadata": {"thread_id": "t1"}},
    }
    return made | more


PLACE = {
    "thread_id": "t1",
    "langgraph_node": "agent",
    "langgraph_step": 1,
    "langgraph_path": ["__pregel_pull", "agent"],
    "langgraph_checkpoint_ns": "team:4f1c|agent:9a2e",
    "ls_model_name": "gpt-x",
    "ls_provider": "openai",
}


def langsmith_runs():
    """The runs of one trace, the root last, as an export need not be sorted."""
    return [
        run(
            MODEL,
            "llm",
            "ChatOpenAI",
            TRACE,
            NODE,
            start=1,
            end=3,
            inputs={"messages": [[dumpd(ASKED)]]},
            outputs={"generations": [[{"text": "", "message": dumpd(CALLING)}]]},
            extra={"metadata": {**PLACE}, "invocation_params": {"tools": [SCHEMA]}},
            events=[{"name": "new_token", "time": "2026-11-22T12:23:42"}],
            total_cost="0.0012",
        ),
        run(NODE, "chain", "agent", TRACE, start=1, end=4, extra={"metadata": {**PLACE}}),
        run(
            TOOL,
            "tool",
            "add",
            TRACE,
            start=5,
            end=6,
            inputs={"input": "{'a': 1, 'b': 2}"},
            outputs={"output": dumpd(RESULT)},
            extra={"tool_call_id": "c1", "metadata": {"thread_id": "t1"}},
        ),
        run(TRACE, "chain", "LangGraph", inputs={"messages": [dumpd(ASKED)]}),
    ]


OPENAI = [
    {"role": "user", "content": "1+2?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'}},
        ],
        "usage": {"prompt_tokens": 70, "completion_tokens": 30},
    },
    {"role": "tool", "tool_call_id": "c1", "content": "3"},
    {"role": "assistant", "content": "3"},
]


def value(given):
    """A value as OTLP's JSON says it."""
    if isinstance(given, bool):
        return {"boolValue": given}
    if isinstance(given, int):
        return {"intValue": str(given)}
    if isinstance(given, float):
        return {"doubleValue": given}
    if isinstance(given, list):
        return {"arrayValue": {"values": [value(one) for one in given]}}
    if isinstance(given, dict):
        return {"kvlistValue": {"values": attributes(given)}}
    return {"stringValue": given}


def attributes(given):
    return [{"key": key, "value": value(one)} for key, one in given.items()]


def span(id_, name, held, *, parent="", start=1, end=2, events=(), **more):
    return {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": id_,
        "parentSpanId": parent,
        "name": name,
        "startTimeUnixNano": f"{start}000000000",
        "endTimeUnixNano": f"{end}000000000",
        "attributes": attributes(held),
        "events": [
            {"name": name, "timeUnixNano": "1500000000", "attributes": attributes(held)}
            for name, held in events
        ],
        **more,
    }


def otlp(*spans):
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": [*spans]}]}]}


def lines(path, *values):
    path.write_text("".join(f"{json.dumps(value)}\n" for value in values), encoding="utf-8")
    return path
