import json
import time

import pytest
from holdfast.traces import OpenTelemetry, semantic_names
from holdfast.traces.exporting import ExportConfigError, export_store, otel_names, read_dead
from holdfast.traces.exporting.otel_messages import otel_messages
from holdfast.traces.exporting.otel_spans import otel_spans, span_id, trace_id
from holdfast.traces.exporting.runs import Recorded
from holdfast.traces.store import Event, Redaction, Store, Trace
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from .collector import collector
from .recorded import MILLI, NOW, SECOND, id_of, span, verdict, write_trace
from .test_langsmith import SECRET, plant

CALL = {"name": "search", "args": {"q": 1}, "id": "c1"}


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("ENDPOINT", "HEADERS", "TRACES_ENDPOINT", "TRACES_HEADERS"):
        monkeypatch.delenv(f"OTEL_EXPORTER_OTLP_{name}", raising=False)
    return monkeypatch.setenv


@pytest.fixture
def path(tmp_path):
    with Store(tmp_path / "t.db") as store:
        write_trace(store, "a", verdicts=[verdict()], metadata={"user": "u1", "n": [1, {"b": 2}]})
    return tmp_path / "t.db"


def said(span):
    """Return a span's attributes as Python values."""
    kinds = {"string_value", "int_value", "double_value", "bool_value"}
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value"))
        for each in span.attributes
        if each.value.WhichOneof("value") in kinds
    }


def sent(path, held, **more):
    return export_store(path, OpenTelemetry(endpoint=held.url, **more), sleep=lambda seconds: None)


def test_a_collector_gets_spans_with_their_parents_times_and_ids(path):
    with collector() as held:
        assert sent(path, held).arrived == 4
        root, node, model, tool = held.spans
    assert held.paths == ["/v1/traces"]
    assert {each.trace_id for each in held.spans} == {trace_id(id_of("a", 0))}
    assert [each.parent_span_id for each in (root, node, model, tool)] == [
        b"", root.span_id, node.span_id, root.span_id,
    ]  # fmt: skip
    assert model.span_id == span_id(id_of("a", 2))
    assert (model.start_time_unix_nano, model.end_time_unix_nano) == (
        NOW + 2 * MILLI,
        NOW + 3 * MILLI,
    )
    assert [each.name for each in held.spans] == [
        "invoke_workflow a", "agent", "chat gpt-9", "execute_tool search",
    ]  # fmt: skip
    (resource,) = held.requests[0].resource_spans
    assert said(resource.resource) == {"service.name": "holdfast"}


def test_a_model_call_is_said_by_the_names_of_the_genai_conventions(path):
    with collector() as held:
        sent(path, held)
        root, _, model, tool = map(said, held.spans)
    told = {key: value for key, value in model.items() if key.startswith("gen_ai.")}
    assert json.loads(told.pop("gen_ai.input.messages")) == [
        {"role": "user", "parts": [{"type": "text", "content": "what of a?"}]}
    ]
    assert json.loads(told.pop("gen_ai.output.messages")) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "a!"}], "finish_reason": "stop"}
    ]
    assert told == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-9",
        "gen_ai.response.model": "gpt-9",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 3,
        "gen_ai.usage.cache_read.input_tokens": 2,
        "gen_ai.conversation.id": "t1",
    }
    [reasons] = [each for each in held.spans[2].attributes if each.key.endswith("finish_reasons")]
    assert [each.string_value for each in reasons.value.array_value.values] == ["stop"]
    assert tool["gen_ai.tool.name"] == "search"
    assert root["gen_ai.workflow.name"] == "a"
    assert root["holdfast.metadata.user"] == "u1"
    assert json.loads(root["holdfast.input"]) == {"question": "a"}


def test_what_was_asked_for_is_apart_from_what_answered(tmp_path):
    told = {"id": "chatcmpl-1", "stop_reason": "end_turn"}
    with Store(tmp_path / "t.db") as store:
        asked = store.put({"messages": [HumanMessage("a")], "model": "gpt-9", "max_tokens": 5})
        reply = store.put({"messages": [AIMessage("b", response_metadata=told)]})
        clients = {"ls_temperature": 0.2, "ls_max_tokens": 512, "ls_stop": "END"}
        root = span("a", 0, "graph", None)
        model = span(
            "a", 1, "model", model="gpt-9-2026-01-01", inputs=asked, outputs=reply, metadata=clients
        )
        store.write(Trace(id=root.trace, name="a", start=NOW, end=NOW, status="ok"), root, model)
    with collector() as held:
        sent(tmp_path / "t.db", held)
    [model] = [each for each in held.spans if each.name == "chat gpt-9"]
    found = said(model)
    assert found["gen_ai.request.model"] == "gpt-9"
    assert found["gen_ai.response.model"] == "gpt-9-2026-01-01"
    assert found["gen_ai.response.id"] == "chatcmpl-1"
    assert found["gen_ai.request.temperature"] == 0.2
    assert found["gen_ai.request.max_tokens"] == 5  # a call's own go before its client's
    lists = {
        each.key: [one.string_value for one in each.value.array_value.values]
        for each in model.attributes
        if each.value.WhichOneof("value") == "array_value"
    }
    assert lists["gen_ai.request.stop_sequences"] == ["END"]
    assert lists["gen_ai.response.finish_reasons"] == ["end_turn"]


def test_a_verdict_is_an_evaluation_event_of_the_span_that_it_judged(path):
    with collector() as held:
        sent(path, held)
        (event,) = held.spans[1].events
    assert event.name == "gen_ai.evaluation.result"
    told = said(event)
    assert told["gen_ai.evaluation.name"] == "loop"
    assert told["gen_ai.evaluation.score.value"] == 0.0
    assert told["gen_ai.evaluation.score.label"] == "trip"
    assert told["gen_ai.evaluation.explanation"] == "the same call again"
    assert told["holdfast.guard.action"] == "block"


def test_every_name_of_the_table_is_one_that_opentelemetry_has():
    attributes = pytest.importorskip(
        "opentelemetry.semconv._incubating.attributes.gen_ai_attributes"
    )
    known = {value for value in vars(attributes).values() if isinstance(value, str)}
    events = {semantic_names.EVALUATION, semantic_names.DETAILS}
    names = {value for name, value in vars(semantic_names).items() if name.isupper()}
    names |= {*otel_names.PARAMETERS.values(), *otel_names.OF_VERDICT.values(), otel_names.SCORE}
    used = {name for name in names if name.startswith("gen_ai.") and not name.endswith(".")}
    assert len(used) > 30
    assert used - events <= known
    assert "gen_ai.system" not in used


def test_messages_are_roles_and_parts():
    store_less = [
        {"id": ["x", type(each).__name__], "kwargs": each.model_dump()}
        for each in (
            SystemMessage("be good"),
            AIMessage([{"type": "reasoning", "reasoning": "hm"}, "so"], tool_calls=[CALL]),
            ToolMessage("found", tool_call_id="c1"),
            AIMessage([{"type": "image", "url": "u"}, {"type": "text", "text": "t"}]),
        )
    ]
    assert otel_messages([*store_less, "bare"]) == [
        {"role": "system", "parts": [{"type": "text", "content": "be good"}]},
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "hm"},
                {"type": "text", "content": "so"},
                {"type": "tool_call", "id": "c1", "name": "search", "arguments": {"q": 1}},
            ],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "c1", "response": "found"}],
        },
        {
            "role": "assistant",
            "parts": [{"type": "image", "url": "u"}, {"type": "text", "content": "t"}],
        },
        {"role": "user", "parts": [{"type": "text", "content": "bare"}]},
    ]


def test_how_a_span_ended_and_what_happened_in_it_are_said():
    spans = [
        span("g", 0, "graph", None, end=NOW + SECOND, first_token=NOW + 500 * MILLI),
        span("g", 1, "tool", status="error", error_type="ValueError", error="token=hunter2x"),
        span("g", 2, status="interrupt"),
        span("g", 3, status="running", end=None),
    ]
    events = [
        Event(trace="g", seq=0, time=NOW, kind="repair", name="r", data={"raw": "{", "n": 2**70}),
        Event(trace="g", seq=1, time=NOW, kind="chunk", name="c"),
    ]
    trace = Trace(id=id_of("g", 0), name="g", start=NOW, ending="escalated")
    given = Recorded(trace=trace, spans=spans, events=events, load={}.__getitem__)
    root, failed, waits, killed = otel_spans(given, Redaction().text)
    assert [each.status.code for each in (root, failed, waits, killed)] == [1, 2, 0, 2]
    assert failed.status.message == "token=[redacted]"
    assert (said(failed)["error.type"], said(killed)["error.type"]) == ("ValueError", "_OTHER")
    assert said(root)["gen_ai.response.time_to_first_chunk"] == 0.5
    assert said(root)["holdfast.ending"] == "escalated"
    (event,) = root.events
    assert (event.name, said(event)["holdfast.n"]) == ("holdfast.repair", str(2**70))


def test_a_busy_collector_is_waited_for_and_a_bad_span_is_kept(path):
    def script(n, request):
        if n == 1:
            return 503, {"Retry-After": "0.01"}, 0
        spans = request.resource_spans[0].scope_spans[0].spans
        bad = any(each.name.startswith("execute_tool") for each in spans)
        return (200, {}, len(spans)) if bad and len(spans) == 1 else (400 if bad else 200, {}, 0)

    with collector(script) as held:
        done = export_store(path, OpenTelemetry(endpoint=held.url), patience=5)
        assert (done.arrived, done.refused, len(held.spans)) == (3, 1, 3)
    (dead,) = read_dead(path)
    assert json.loads(dead.body)["name"] == "execute_tool search"


def test_no_planted_secret_reaches_a_collector(tmp_path):
    with Store(tmp_path / "t.db", redaction=Redaction(secrets=False)) as store:
        plant(store)
    with collector() as held:
        sent(tmp_path / "t.db", held)
        assert len(held.spans) == 2
        assert SECRET not in str(held.requests)


def test_spans_are_sent_while_they_are_recorded(path):
    with collector() as held:
        worker = OpenTelemetry(endpoint=held.url).begin(path)
        with Store(path) as store:
            worker.finished(write_trace(store, "b", start=time.time_ns()))
        worker.close()
        assert len(held.spans) == 4


@pytest.mark.parametrize(
    ("given", "environment", "place"),
    [
        pytest.param("http://h:1", {}, "otlp http://h:1/v1/traces", id="an address"),
        pytest.param("http://h:1/x/y", {}, "otlp http://h:1/x/y", id="an address with a path"),
        pytest.param(None, {"ENDPOINT": "http://h:2/o"}, "otlp http://h:2/o/v1/traces", id="base"),
        pytest.param(None, {"TRACES_ENDPOINT": "http://h:3/t"}, "otlp http://h:3/t", id="exact"),
    ],
)
def test_the_address_is_found_as_opentelemetry_finds_it(monkeypatch, given, environment, place):
    for name, value in environment.items():
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}", value)
    courier = OpenTelemetry(endpoint=given).courier()
    assert courier.place == place
    courier.close()


def test_headers_come_from_the_environment(path, environment):
    environment("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b, other=1")
    with collector() as held:
        sent(path, held)
    assert held.headers[0]["x-key"] == "a b"


def test_settings_that_cannot_work_are_refused():
    with pytest.raises(ExportConfigError, match="0 to 1"):
        OpenTelemetry(sample=2)
    with pytest.raises(ExportConfigError, match="OTEL_EXPORTER_OTLP_ENDPOINT"):
        OpenTelemetry().courier()


def test_what_was_exported_can_be_imported_again(path, tmp_path):
    from google.protobuf.json_format import MessageToJson
    from holdfast.traces import import_file

    with collector() as held:
        sent(path, held)
        (tmp_path / "otlp.json").write_text(MessageToJson(held.requests[0]))
    found = import_file(tmp_path / "otlp.json", tmp_path / "again.db")
    assert (found.traces, found.spans, found.verdicts) == (1, 4, 1)
    with Store(tmp_path / "again.db") as store:
        (trace,) = store.traces()
        kinds = [each.kind for each in store.spans(trace.id)]
    assert kinds == ["graph", "node", "model", "tool"]
