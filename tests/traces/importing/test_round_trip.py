"""What was exported and is imported is what was recorded."""

import json

import pytest
from holdfast.traces import Store, record
from holdfast.traces.exporting.otel_spans import otel_spans
from holdfast.traces.exporting.runs import Mapped, Recorded, Target
from holdfast.traces.importing import import_file
from holdfast.traces.viewing import StoredTrace, recordings

from ..viewing.recorded import agent, ask, calls, record_ticket, says
from .runs import lines

TARGET = Target(project="p", redact=lambda text: text)
MICRO = 1_000


def recorded_agent(path):
    with record(path):
        ask(agent(calls("look", "c1", what="7"), calls("broken", "c2"), says("blue")), "what is 7?")


def recorded_ticket(path):
    record_ticket(path, 2)


def failed_ticket(path):
    record_ticket(path, 6, "plain")


@pytest.fixture(
    params=[recorded_agent, recorded_ticket, failed_ticket], ids=lambda make: make.__name__
)
def both(request, tmp_path):
    """A trace as it was recorded, and as it is after LangSmith's runs of it were imported."""
    request.param(tmp_path / "one.db")
    with Store(tmp_path / "one.db") as one, Store(tmp_path / "other.db") as other:
        trace = one.trace("last")
        whole = Recorded(
            trace=trace, spans=one.spans(trace.id), events=one.events(trace.id), load=one.load
        )
        runs = json.loads(json.dumps([*Mapped(whole, TARGET).runs()], default=str))
        import_file(lines(tmp_path / "runs.jsonl", *runs), other)
        yield StoredTrace.of(one, trace), StoredTrace.of(other, trace.id)


def seen(stored):
    """The visible spans by id."""
    return {span.id: span for span, _ in stored.walk()}


def above(stored):
    return {one.id: parent for parent, several in stored.children.items() for one in several}


def test_spans_keep_their_places_kinds_and_names(both):
    def told(stored):
        return {
            id_: (span.kind, span.name, span.node, span.step, span.call_id, span.attempt)
            for id_, span in seen(stored).items()
        }

    recorded, imported = both
    assert told(imported) == told(recorded)
    assert above(imported) == above(recorded)


def test_spans_keep_their_times_and_how_they_ended(both):
    def told(stored):
        return {
            id_: (span.start // MICRO, (span.end or 0) // MICRO, span.status, span.error_type,
                  span.error)
            for id_, span in seen(stored).items()
        }  # fmt: skip

    recorded, imported = both
    assert told(imported) == told(recorded)


def test_models_keep_what_they_were_and_used(both):
    def told(stored):
        models = (span for span in seen(stored).values() if span.kind == "model")
        return {span.id: (span.model, span.provider, span.usage) for span in models}

    recorded, imported = both
    assert told(imported) == told(recorded)


def test_prompts_and_replies_are_the_same(both):
    def told(stored):
        models = (span for span in seen(stored).values() if span.kind == "model")
        return {
            span.id: (list(stored.prompt(span).messages), stored.replies(span)) for span in models
        }

    recorded, imported = both
    assert told(imported) == told(recorded)


def test_arguments_and_results_are_the_same(both):
    def told(stored):
        tools = (span for span in seen(stored).values() if span.kind == "tool")
        return {
            span.id: (stored.payload(span.inputs), stored.payload(span.outputs)) for span in tools
        }

    recorded, imported = both
    assert told(imported) == told(recorded)


def test_verdicts_are_the_same(both):
    def told(stored):
        return sorted(
            json.dumps([event.data[key] for key in ("guard", "kind", "outcome", "action", "reason",
                                                     "steps", "calls")])
            for event in stored.verdicts
        )  # fmt: skip

    recorded, imported = both
    assert told(imported) == told(recorded)


def test_the_trace_says_the_same_of_itself(both):
    def told(trace):
        return (trace.id, trace.name, trace.thread, trace.status, trace.ending, trace.tokens_in,
                trace.tokens_out, round(trace.usd, 9))  # fmt: skip

    recorded, imported = both
    assert told(imported.trace) == told(recorded.trace)


def test_guards_judge_the_same_messages(both):
    def told(stored):
        (run,) = list(recordings(stored.store))[:1]
        return [(m.get("type"), m.get("content"), m.get("tool_calls")) for m in run.messages]

    recorded, imported = both
    assert told(imported) == told(recorded)


@pytest.fixture(params=[recorded_agent, recorded_ticket], ids=lambda make: make.__name__)
def spans_of_both(request, tmp_path):
    """A trace as it was recorded, and as it is after OpenTelemetry's spans of it were imported."""
    json_format = pytest.importorskip("google.protobuf.json_format")
    otel = pytest.importorskip("opentelemetry.proto.trace.v1.trace_pb2")
    request.param(tmp_path / "one.db")
    with Store(tmp_path / "one.db") as one, Store(tmp_path / "other.db") as other:
        trace = one.trace("last")
        whole = Recorded(
            trace=trace, spans=one.spans(trace.id), events=one.events(trace.id), load=one.load
        )
        scope = otel.ScopeSpans(spans=[*otel_spans(whole, TARGET.redact)])
        data = otel.TracesData(resource_spans=[otel.ResourceSpans(scope_spans=[scope])])
        import_file(lines(tmp_path / "otlp.json", json_format.MessageToDict(data)), other)
        yield StoredTrace.of(one, trace), StoredTrace.of(other, trace.id)


def outline(stored):
    return [
        (span.kind, span.name if span.kind != "model" else span.model, span.node, span.step, depth,
         span.start, span.end, span.status, span.error_type, span.call_id, span.usage)
        for span, depth in stored.walk()
    ]  # fmt: skip


def test_opentelemetrys_spans_come_back_as_the_same_tree(spans_of_both):
    recorded, imported = spans_of_both
    assert outline(imported) == outline(recorded)


def test_opentelemetrys_events_come_back_as_the_same_verdicts(spans_of_both):
    def told(stored):
        return [
            tuple(str(event.data[key]) for key in ("guard", "kind", "outcome", "action", "reason"))
            for event in stored.verdicts
        ]

    recorded, imported = spans_of_both
    assert sorted(told(imported)) == sorted(told(recorded))
    assert imported.trace.ending == recorded.trace.ending


def test_opentelemetrys_messages_come_back_as_the_same_conversation(spans_of_both):
    def told(stored):
        (run,) = list(recordings(stored.store))[:1]
        return [
            (m.get("type"), m.get("content"), [c["args"] for c in m.get("tool_calls", ())])
            for m in run.messages
        ]

    recorded, imported = spans_of_both
    assert told(imported) == told(recorded)
