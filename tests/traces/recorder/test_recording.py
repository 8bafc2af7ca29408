import asyncio

import pytest
from holdfast.guards import Price
from holdfast.traces import Store, record
from langchain_core.callbacks import dispatch_custom_event
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.types import Command

from tests.traces.recorder.agents import (
    add_up,
    asks,
    call,
    fake,
    fan_out,
    flaky,
    nested,
    one_node,
    react,
    says,
    thread,
)
from tests.traces.recorder.reading import REACT, ask, names, payload, read, steps


async def aiterate(stream):
    return [each async for each in stream]


WAYS = {
    "invoke": lambda app: app.invoke(ask(), thread()),
    "stream": lambda app: list(app.stream(ask(), thread())),
    "messages": lambda app: list(app.stream(ask(), thread(), stream_mode="messages")),
    "batch": lambda app: app.batch([ask()], [thread()]),
    "ainvoke": lambda app: asyncio.run(app.ainvoke(ask(), thread())),
    "astream": lambda app: asyncio.run(aiterate(app.astream(ask(), thread()))),
    "abatch": lambda app: asyncio.run(app.abatch([ask()], [thread()])),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_run_a_graph_leaves_the_same_spans(path, way):
    with record(path) as recorder:
        WAYS[way](steps())
    trace, spans, _ = read(path)
    assert names(spans) == REACT
    assert {span.status for span in spans} == {"ok"}
    assert (trace.status, trace.thread, trace.spans) == ("ok", "t1", len(spans))
    assert recorder.failures == recorder.lost == 0


def test_a_span_says_where_it_ran_and_under_what(path):
    with record(path):
        steps().invoke(ask(), thread())
    _, spans, _ = read(path)
    root, agent, model = spans[:3]
    assert (root.parent, agent.parent, model.parent) == (None, root.id, agent.id)
    assert (model.node, model.step, model.namespace) == ("agent", 1, "agent")
    assert model.path == '["__pregel_pull", "agent"]'
    assert [span.seq for span in spans] == list(range(len(spans)))
    assert all(root.start <= span.start <= span.end <= root.end for span in spans)


def test_a_model_call_keeps_the_exact_prompt_the_parameters_and_the_raw_reply(path):
    model = fake(says([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "5"}]))
    with record(path):
        model.bind(stop=["x"], tools=[{"name": "f"}]).invoke(ask()["messages"])
    _, (span,), _ = read(path)
    given, reply = payload(path, span.inputs), payload(path, span.outputs)
    assert given["messages"] == ask()["messages"]
    assert given["params"]["stop"] == ["x"]
    assert given["params"]["tools"] == [{"name": "f"}]
    assert reply["message"].content[0] == {"type": "thinking", "thinking": "hm"}


def test_a_tool_call_keeps_its_arguments_its_result_and_its_id(path):
    with record(path):
        steps().invoke(ask(), thread())
    _, spans, _ = read(path)
    (span,) = [span for span in spans if span.kind == "tool"]
    assert span.call_id == "c1"
    assert payload(path, span.inputs) == {"a": 2, "b": 3}
    assert payload(path, span.outputs) == ToolMessage("5", name="add_up", tool_call_id="c1")


def test_tokens_and_costs_are_added_up(path):
    reply = says("5", response_metadata={"model_name": "gpt-x-2026-05-01"})
    with record(path, prices={"gpt-x": Price(tokens_in=100_000, tokens_out=1_000_000)}):
        react(reply).invoke(ask(), thread())
    trace, spans, _ = read(path)
    assert (trace.tokens_in, trace.tokens_out, trace.usd) == (10, 4, pytest.approx(5.0))
    (model,) = [span for span in spans if span.kind == "model"]
    assert (model.model, model.usage.usd) == ("gpt-x-2026-05-01", pytest.approx(5.0))


def test_a_stream_says_when_its_first_chunk_came_and_how_many(path):
    with record(path):
        list(fake(says("two words")).stream("hi"))
    _, (span,), events = read(path)
    assert span.start <= span.first_token <= span.end
    (event,) = [event for event in events if event.kind == "chunk"]
    assert event.data["count"] == len(event.data["after_ns"]) > 1


def test_parallel_branches_are_told_apart(path):
    with record(path):
        fan_out(3).invoke({})
    _, spans, _ = read(path)
    branches = [span for span in spans if span.kind == "node" and not span.hidden]
    assert [span.name for span in branches] == ["square"] * 3
    assert len({span.path for span in branches}) == 3
    assert sorted(payload(path, span.inputs)["n"] for span in branches) == [0, 1, 2]


def test_a_graph_in_a_graph_is_a_graph(path):
    with record(path):
        nested().invoke({"n": 1})
    _, spans, _ = read(path)
    assert names(spans) == [
        ("graph", "outer"), ("node", "inside"), ("graph", "inner"), ("node", "double"),
    ]  # fmt: skip
    assert spans[-1].namespace == "inside|double"


def test_an_attempt_that_failed_is_one_and_the_next_counts_on(path):
    with record(path):
        flaky(2).invoke({})
    trace, spans, events = read(path)
    nodes = [span for span in spans if span.kind == "node"]
    assert [(span.attempt, span.status) for span in nodes] == [
        (1, "error"),
        (2, "error"),
        (3, "ok"),
    ]
    assert nodes[0].error_type == "ConnectionError"
    assert [event.data["attempt"] for event in events if event.kind == "retry"] == [2, 3]
    assert trace.status == "ok"


def test_a_run_that_fails_says_what_with(path):
    app = react(asks(call("broken")), handle_tool_errors=False)
    with record(path), pytest.raises(ConnectionError):
        app.invoke(ask(), thread())
    trace, spans, _ = read(path)
    assert (trace.status, trace.error) == ("error", "ConnectionError: the line is dead")
    assert [span.name for span in spans if span.status == "error"] == [
        "LangGraph", "tools", "broken",
    ]  # fmt: skip


@pytest.mark.parametrize("is_async", [False, True])
def test_an_interrupt_and_its_resume_are_two_traces_of_one_thread(path, is_async):
    app = react(asks(call("ask_first", a=1)), says("done"))

    def run(given):
        return (
            asyncio.run(app.ainvoke(given, thread())) if is_async else app.invoke(given, thread())
        )

    with record(path):
        run(ask())
        run(Command(resume="yes"))
    with Store(path, read_only=True) as store:
        second, first = store.traces(thread="t1")
        asked = [event for event in store.events(first.id) if event.kind == "interrupt"]
        said = [event for event in store.events(second.id) if event.kind == "answer"]
        assert store.spans(first.id)[-1].error == ""
    assert (first.status, second.status) == ("interrupt", "ok")
    assert [event.data["value"] for event in asked] == [{"may I": 1}]
    assert [event.data for event in said] == [{"resume": "yes"}]


def test_the_calls_that_a_replay_answers_are_kept_with_their_spans(path):
    with record(path):
        steps().invoke(ask(), thread())
    with Store(path, read_only=True) as store:
        trace = store.trace("last")
        calls, spans = store.calls(trace.id), store.spans(trace.id)
        outcome = store.decode(calls[0].outcome)
    assert [call.name for call in (each.key for each in calls)] == [
        "ScriptedModel", "add_up", "ScriptedModel",
    ]  # fmt: skip
    assert outcome["messages"][0].tool_calls == [call("add_up", a=2, b=3)]
    assert {each.span for each in calls} & {span.id for span in spans if span.kind == "model"}


def test_a_custom_event_of_a_repair_is_one_and_others_are_custom(path):
    def node(state):
        dispatch_custom_event("holdfast.repair", {"actor": "a", "preview": "x"})
        dispatch_custom_event("mine", 3)
        return {"n": 1}

    with record(path):
        one_node(node).invoke({})
    _, _, events = read(path)
    assert [(event.kind, event.name) for event in events] == [("repair", "a"), ("custom", "mine")]
    assert events[1].data == {"value": 3}


def test_tags_and_metadata_of_the_user_are_kept(path):
    app = one_node(lambda _: {"n": 1})
    with record(path):
        app.invoke({}, {"tags": ["night"], "metadata": {"tenant": "a"}})
    trace, _, _ = read(path)
    assert trace.tags == ("night",)
    assert trace.metadata["tenant"] == "a"
    assert "langgraph" in trace.metadata["versions"]


def test_a_message_that_a_reducer_gives_an_id_is_kept_as_it_was_each_time(path):
    with record(path):
        react(AIMessage("5")).invoke(ask(), thread())
    _, spans, _ = read(path)
    sent, state = payload(path, spans[0].inputs), payload(path, spans[1].inputs)
    assert sent["messages"][0].id is None
    assert state["messages"][0].id


def test_a_state_that_a_node_changes_in_place_is_kept_as_it_was(path):
    def greedy(state):
        state["found"].append(2)
        return {}

    with record(path):
        one_node(greedy).invoke({"found": [1]})
    _, spans, _ = read(path)
    node = next(span for span in spans if span.kind == "node")
    assert payload(path, node.inputs) == {"found": [1]}


def test_add_up_adds():
    assert add_up.invoke({"a": 1, "b": 2}) == 3
