"""A trace as OpenTelemetry's spans."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .. import semantic_names as names
from ..store import Event, Ref, Span
from . import otel_names as tables
from .otel_messages import otel_messages
from .plain import Plain
from .runs import Recorded
from .shapes import generations_in, messages_in, parameters_in
from .visible import Visible, place_of, visible_spans

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtelSpan

_SCORES = {"pass": 1.0, "trip": 0.0}


def otel_spans(recorded: Recorded, redact: Callable[[str], str]) -> Iterator["OtelSpan"]:
    """Yield the spans of a trace, parents before their children."""
    return _Mapped(recorded, redact).spans()


def trace_id(id_: str) -> bytes:
    """Return the 16 bytes that a trace's id is: its own where it is a UUID."""
    try:
        return UUID(id_).bytes
    except ValueError:
        return blake2b(id_.encode(), digest_size=16).digest()


def span_id(id_: str) -> bytes:
    """Return the 8 bytes that stand for a span's id, the same in every process."""
    return blake2b(id_.encode(), digest_size=8).digest()


class _Mapped:
    def __init__(self, recorded: Recorded, redact: Callable[[str], str]) -> None:
        self._recorded, self._plain = recorded, Plain(redact)
        self._visible = visible_spans(recorded.trace, recorded.spans)
        self._happened: dict[str, list[Event]] = defaultdict(list)
        place = place_of(self._visible, recorded.spans)
        for event in recorded.events:
            self._happened[place(event.span or "")].append(event)

    def spans(self) -> Iterator["OtelSpan"]:
        from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtelSpan

        for at in self._visible:
            span, said = at.span, self._said(at)
            yield OtelSpan(
                trace_id=trace_id(self._visible[0].span.id),
                span_id=span_id(span.id),
                parent_span_id=span_id(at.parent.span.id) if at.parent else b"",
                name=self._name(span, said),
                kind=OtelSpan.SPAN_KIND_CLIENT
                if span.kind == "model"
                else OtelSpan.SPAN_KIND_INTERNAL,
                start_time_unix_nano=at.start,
                end_time_unix_nano=at.end if at.end is not None else at.start,
                attributes=_attributes(said),
                events=[*self._events(at)],
                status=self._status(span),
            )

    def _name(self, span: Span, said: Mapping[str, Any]) -> str:
        asked = said.get(names.REQUEST_MODEL) if span.kind == "model" else None
        what = str(asked or self._plain.text(span.name) or span.kind)
        operation = tables.OPERATIONS.get(span.kind)
        return f"{operation} {what}" if operation else what

    def _status(self, span: Span) -> Any:
        from opentelemetry.proto.trace.v1.trace_pb2 import Status

        if span.status in ("ok", "interrupt"):
            fine = span.status == "ok"
            return Status(code=Status.STATUS_CODE_OK if fine else Status.STATUS_CODE_UNSET)
        said = self._plain.text(span.error) or span.status
        return Status(code=Status.STATUS_CODE_ERROR, message=said)

    def _said(self, at: Visible) -> dict[str, Any]:
        """Return a span's attributes, by OpenTelemetry's names."""
        span, trace = at.span, self._recorded.trace
        said = {name: take(span) for name, take in tables.OF_SPAN.items()}
        said |= {
            names.OPERATION: tables.OPERATIONS.get(span.kind),
            names.CONVERSATION: trace.thread,
        }
        if span.status not in ("ok", "interrupt") and not span.error_type:
            said[names.ERROR_TYPE] = "_OTHER"
        if span.kind in tables.NAMED_BY:
            said[tables.NAMED_BY[span.kind]] = (span.kind == "model" and span.model) or span.name
        if span.first_token is not None:
            said[names.FIRST_CHUNK] = max(span.first_token - span.start, 0) / 1e9
        said = {name: value for name, value in said.items() if value not in (None, "", 0)}
        said |= {names.OWN_METADATA + key: value for key, value in span.metadata.items()}
        if at.parent is None:
            said |= {names.OWN_METADATA + key: value for key, value in trace.metadata.items()}
            said |= {names.OWN_ENDING: trace.ending} if trace.ending else {}
        return {**self._plain.mapping(said, "metadata"), **self._payloads(span)}

    def _payloads(self, span: Span) -> dict[str, Any]:
        if span.kind == "model":
            return self._of_model(span)
        into, out = tables.PAYLOADS.get(span.kind, (names.OWN_INPUT, names.OWN_OUTPUT))
        given = {into: self._payload(span.inputs), out: self._payload(span.outputs)}
        return {name: _text(value) for name, value in given.items() if value is not None}

    def _of_model(self, span: Span) -> dict[str, Any]:
        said = self._told_by_client(span)
        if isinstance(taken := self._payload(span.inputs, written=True), Mapping | list):
            taken = taken if isinstance(taken, Mapping) else {"messages": taken}
            said[names.MESSAGES_IN] = _text(otel_messages(messages_in(taken)))
            for key, value in parameters_in(taken).items():
                if key == "tools" and value:
                    said[names.TOOLS] = _text(value)
                elif key in tables.PARAMETERS and value is not None:
                    said[tables.PARAMETERS[key]] = _parameter(key, value)
        if isinstance(given := self._payload(span.outputs, written=True), Mapping | list):
            given = given if isinstance(given, Mapping) else {"messages": given}
            replies = [
                each.get("message", each.get("text"))
                for several in generations_in(given)["generations"]
                for each in several
            ]
            messages = otel_messages(replies, given=True)
            said[names.MESSAGES_OUT] = _text(messages)
            if replies:
                said[names.FINISH_REASONS] = [each["finish_reason"] for each in messages]
            said |= _response_id(replies)
        return said

    def _told_by_client(self, span: Span) -> dict[str, Any]:
        """Return the parameters that LangChain's client tells of itself; a call's own go first."""
        told = self._plain.mapping(dict(span.metadata), "metadata")
        return {
            tables.PARAMETERS[name]: _parameter(name, told[key])
            for key, name in tables.TOLD_BY_CLIENTS.items()
            if told.get(key) is not None
        }

    def _payload(self, ref: Ref | None, *, written: bool = False) -> Any:
        if ref is None:
            return None
        return self._plain.value(self._recorded.load(ref), written=written)

    def _events(self, at: Visible) -> Iterator[Any]:
        from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtelSpan

        for event in self._happened[at.span.id]:
            if event.kind == "chunk":
                continue
            data = self._plain.mapping(dict(event.data), "data")
            if event.kind == "verdict":
                name, said = names.EVALUATION, _verdict(data)
            else:
                name = names.OWN + event.kind
                said = {names.OWN + key: value for key, value in data.items()}
                said[names.OWN_NAME] = self._plain.text(event.name)
            yield OtelSpan.Event(
                time_unix_nano=at.within(event.time), name=name, attributes=_attributes(said)
            )


def _parameter(name: str, value: Any) -> Any:
    return [value] if name == "stop" and isinstance(value, str) else value


def _response_id(replies: list[Any]) -> dict[str, Any]:
    """Return the provider's id of a reply, where it gave one."""
    for each in replies:
        kwargs = each.get("kwargs") if isinstance(each, Mapping) else None
        about = kwargs.get("response_metadata") if isinstance(kwargs, Mapping) else None
        if isinstance(about, Mapping) and (found := about.get("id")):
            return {names.RESPONSE_ID: str(found)}
    return {}


def _verdict(data: Mapping[str, Any]) -> dict[str, Any]:
    said = {tables.OF_VERDICT[key]: data[key] for key in tables.OF_VERDICT if data.get(key)}
    score = _SCORES.get(str(data.get("outcome")))
    return said if score is None else {**said, tables.SCORE: score}


def _attributes(said: Mapping[str, Any]) -> "list[KeyValue]":
    from opentelemetry.proto.common.v1.common_pb2 import KeyValue

    return [
        KeyValue(key=key, value=_value(value)) for key, value in said.items() if value is not None
    ]


def _value(value: Any) -> "AnyValue":
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue

    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return AnyValue(array_value=ArrayValue(values=map(_value, value)))
    return AnyValue(string_value=_text(value))


def _text(value: Any) -> str:
    """Return a text, or a value as JSON; what UTF-8 cannot say is escaped."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "backslashreplace").decode()
