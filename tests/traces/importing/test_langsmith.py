import pytest
from holdfast.guards import AuditInputError
from holdfast.traces.importing.langsmith import error_class, flat_runs, parsed_run, trace_id
from holdfast.traces.importing.parsed import assembled
from holdfast.traces.store import Usage
from langchain_core.load import dumpd

from .runs import ASKED, MODEL, NODE, SCHEMA, TOOL, TRACE, dotted, langsmith_runs, run

SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def parsed():
    return {one.span.id: one for one in map(parsed_run, langsmith_runs())}


@pytest.fixture(scope="module")
def whole():
    return assembled(map(parsed_run, langsmith_runs()), source="langsmith")


def test_spans_have_their_parents_and_the_order_in_which_they_began(whole):
    order = [(one.span.id, one.span.parent) for one in whole.spans]
    assert order == [(TRACE, None), (NODE, TRACE), (MODEL, NODE), (TOOL, TRACE)]
    assert [one.span.seq for one in whole.spans] == [0, 1, 2, 3]


def test_kinds_are_the_stores(whole):
    assert [one.span.kind for one in whole.spans] == ["graph", "node", "model", "tool"]


def test_a_trace_sums_its_spans_up(whole):
    trace = whole.trace
    assert (trace.id, trace.name, trace.thread) == (TRACE, "LangGraph", "t1")
    assert (trace.tokens_in, trace.tokens_out, trace.usd) == (70, 30, 0.0012)
    assert (trace.end - trace.start, trace.spans, trace.status) == (9 * SECOND, 4, "ok")


def test_a_model_says_what_it_was_and_used(parsed):
    span = parsed[MODEL].span
    assert (span.model, span.provider) == ("gpt-x", "openai")
    assert span.usage == Usage(70, 30, cache_read=8, usd=0.0012)
    assert span.first_token - span.start == SECOND


def test_a_span_says_where_in_the_graph_it_was(parsed):
    span = parsed[MODEL].span
    assert (span.node, span.step, span.path) == ("agent", 1, '["__pregel_pull", "agent"]')
    assert span.namespace == "team|agent"


def test_a_prompt_is_its_messages_and_parameters(parsed):
    assert parsed[MODEL].inputs["messages"] == [{"type": "human", "content": "1+2?"}]
    assert parsed[MODEL].inputs["params"]["tools"] == [SCHEMA]


def test_a_tool_says_which_call_it_answers(parsed):
    assert parsed[TOOL].span.call_id == "c1"
    assert parsed[TOOL].inputs == {"a": 1, "b": 2}
    assert parsed[TOOL].outputs["content"] == "3"


def test_children_inside_of_a_run_are_runs_too():
    child = run(MODEL, "llm", "m", TRACE)
    del child["trace_id"], child["parent_run_id"]
    nested = run(TRACE, "chain", "root") | {"child_runs": [child]}
    found = {one.span.id: one.span for one in map(parsed_run, flat_runs(nested))}
    assert (found[MODEL].parent, found[MODEL].trace) == (TRACE, TRACE)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        pytest.param({"trace_id": TRACE}, TRACE, id="said"),
        pytest.param({"dotted_order": dotted(TRACE, NODE)}, TRACE, id="by its order"),
        pytest.param({}, MODEL, id="a root is its own"),
    ],
)
def test_a_run_belongs_to_a_trace(given, found):
    assert trace_id({"id": MODEL, **given}) == found


def test_a_parent_is_found_in_the_order():
    inner = {**run(MODEL, "llm", "m", TRACE, NODE), "parent_run_id": None}
    assert parsed_run(inner).span.parent == NODE


def test_an_inner_run_of_no_known_trace_is_refused():
    with pytest.raises(AuditInputError, match="dotted_order"):
        trace_id({"id": MODEL, "parent_run_id": NODE})


@pytest.mark.parametrize(
    ("error", "end", "status"),
    [
        pytest.param(None, "2026-11-22T12:23:44", "ok", id="ended"),
        pytest.param(None, None, "running", id="never ended"),
        pytest.param("ValueError('no')Traceback ...", "2026-11-22", "error", id="raised"),
        pytest.param("GraphInterrupt((Interrupt(...),))", None, "interrupt", id="interrupted"),
        pytest.param("asyncio.exceptions.CancelledError()", None, "cancelled", id="cancelled"),
    ],
)
def test_a_run_stands_as_its_error_and_end_say(error, end, status):
    assert parsed_run(run(TOOL, "tool", "t", error=error) | {"end_time": end}).span.status == status


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ValueError('no')", "ValueError"),
        ("openai.RateLimitError: 429", "RateLimitError"),
        ("it failed", ""),
        ("", ""),
    ],
)
def test_an_error_begins_with_its_class(text, name):
    assert error_class(text) == name


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        pytest.param({"messages": [dumpd(ASKED)]}, "1+2?", id="messages"),
        pytest.param({"messages": [{"role": "user", "content": "1+2?"}]}, "1+2?", id="OpenAI's"),
        pytest.param({"messages": [["human", "1+2?"]]}, "1+2?", id="pairs"),
    ],
)
def test_prompts_come_in_many_forms(inputs, told):
    (message,) = parsed_run(run(MODEL, "llm", "m", inputs=inputs)).inputs["messages"]
    assert (message["type"], message["content"]) == ("human", told)


@pytest.mark.parametrize(
    "outputs",
    [
        {"choices": [{"message": {"role": "assistant", "content": "3"}}]},
        {"role": "assistant", "content": "3"},
        {"output": {"role": "assistant", "content": "3"}},
        {"messages": [{"role": "assistant", "content": "3"}]},
    ],
)
def test_replies_come_in_many_forms(outputs):
    parsed = parsed_run(run(MODEL, "llm", "m", outputs=outputs))
    assert parsed.outputs["message"] == {"type": "ai", "content": "3"}


def test_a_model_of_texts_is_kept_as_one():
    given = {"inputs": {"prompts": ["1+2?"]}, "outputs": {"generations": [[{"text": "3"}]]}}
    parsed = parsed_run(run(MODEL, "llm", "m", **given))
    assert (parsed.inputs["prompts"], parsed.outputs) == (["1+2?"], {"texts": ["3"]})


@pytest.mark.parametrize(
    "where",
    [
        {"extra": {"metadata": {"usage_metadata": {"input_tokens": 7, "output_tokens": 3}}}},
        {"outputs": {"usage": {"prompt_tokens": 7, "completion_tokens": 3}}},
        {"outputs": {"llm_output": {"token_usage": {"prompt_tokens": 7, "completion_tokens": 3}}}},
        {"prompt_tokens": 7, "completion_tokens": 3},
    ],
)
def test_usage_stands_in_many_places(where):
    usage = parsed_run(run(MODEL, "llm", "m", **where)).span.usage
    assert (usage.tokens_in, usage.tokens_out) == (7, 3)


def test_a_guard_told_of_in_its_metadata_is_a_verdict():
    guard = {"name": "loop", "action": "block", "rule": "same_call"}
    made = run(NODE, "chain", "guard.loop", TRACE, tags=["guardrail"])
    made["extra"] = {"metadata": {"guard": guard}}
    (event,) = parsed_run(made).events
    assert (event.kind, event.name, event.span) == ("verdict", "loop", NODE)
    assert (event.data["outcome"], event.data["action"]) == ("trip", "block")
    assert event.data["kind"] == "same_call"


def test_what_a_guard_returned_goes_before_its_metadata():
    made = run(NODE, "chain", "guard.loop", TRACE, tags=["guardrail"])
    made["outputs"] = {"guard": "loop", "outcome": "pass", "action": "none"}
    made["extra"] = {"metadata": {"guard": {"name": "loop", "action": "block"}}}
    assert parsed_run(made).events[0].data["outcome"] == "pass"


def test_a_span_without_its_parent_stands_at_the_top():
    whole = assembled(map(parsed_run, langsmith_runs()[:1]), source="langsmith")
    assert whole.spans[0].span.parent is None
    assert whole.trace.id == TRACE


def test_spans_that_stand_above_each_other_are_put_apart():
    one = run(MODEL, "llm", "a", TRACE) | {"parent_run_id": TOOL}
    other = run(TOOL, "llm", "b", TRACE) | {"parent_run_id": MODEL}
    whole = assembled(map(parsed_run, (one, other)), source="langsmith")
    assert [span.span.parent for span in whole.spans].count(None) == 1


def test_of_two_forms_of_a_run_the_last_is_taken():
    begun = run(TRACE, "chain", "root") | {"end_time": None}
    ended = run(TRACE, "chain", "root")
    whole = assembled(map(parsed_run, (begun, ended)), source="langsmith")
    assert (whole.trace.status, len(whole.spans)) == ("ok", 1)
