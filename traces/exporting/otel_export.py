"""Recorded traces to an OpenTelemetry collector, and by it to Langfuse, Phoenix and the rest."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ...guards.redact import redact
from .address import check_address
from .courier import Answer, Packed, meaning
from .errors import ExportConfigError
from .line import Plan
from .otel_spans import otel_spans
from .runs import Recorded
from .shifts import Shift
from .worker import Worker

if TYPE_CHECKING:
    from requests import Response

_PATH = "/v1/traces"
_EXAMPLE = "http://localhost:4318"
_TIMEOUT = (3.0, 20.0)  # seconds: to connect, to answer
_TOGETHER = 100
_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTelemetry:
    """Sends traces over OTLP, as protobuf over HTTP, by the GenAI semantic conventions.

    What is None is taken from OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_HEADERS, OTEL_EXPORTER_OTLP_HEADERS and OTEL_SERVICE_NAME. A verdict
    is an event `gen_ai.evaluation.result` of the span that it judged.

    Attributes:
        endpoint: The collector's address, as http://collector:4318; a path is taken as it is.
        headers: Headers of each request, a key for example.
        service: The service's name.
        sample: The share of traces to send, 0 to 1; failed and guarded ones always are.
        unfinished_seconds: After how long a silence a trace that never ended is sent as it is.
        redact: What blots out secrets of each text that leaves, on top of what the store did.
    """

    endpoint: str | None = None
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    service: str | None = None
    sample: float = 1.0
    unfinished_seconds: float = 3_600.0
    redact: Callable[[str], str] = redact

    def __post_init__(self) -> None:
        if not 0.0 <= self.sample <= 1.0:
            raise ExportConfigError(f"OpenTelemetry(sample={self.sample}): use one from 0 to 1")
        if find_spec("opentelemetry") is None or find_spec("opentelemetry.proto") is None:
            raise ExportConfigError(
                "OpenTelemetry's own packages are missing: pip install 'holdfast[otel]'"
            )

        if self.endpoint is not None:
            check_address(self.endpoint, "OpenTelemetry(endpoint=...)", _EXAMPLE)

    def begin(self, store: Path) -> Worker:
        """Start to send what is recorded from now on, in a thread.

        Raises:
            ExportConfigError: There is no address.
        """
        return Worker(store, self.courier(), self.plan(live=True))

    def courier(self) -> "OtelCourier":
        """Return what carries spans there.

        Raises:
            ExportConfigError: There is no address.
        """
        given = self.headers if self.headers is not None else _headers()
        service = self.service or os.environ.get("OTEL_SERVICE_NAME") or "holdfast"
        url = self._url()
        check_address(url, "OTEL_EXPORTER_OTLP_ENDPOINT", _EXAMPLE)
        return OtelCourier(url, given, service, self.redact)

    def plan(self, *, live: bool) -> Plan:
        """Return how traces are chosen and sent: at any age, a collector has no window."""
        return Plan(
            redact=self.redact,
            share=self.sample,
            older="keep",
            unfinished_seconds=self.unfinished_seconds,
        )

    def _url(self) -> str:
        exact = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        base = self.endpoint or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
        if self.endpoint is None and exact:
            return exact
        if not base:
            raise ExportConfigError(
                "there is no address of a collector: set OTEL_EXPORTER_OTLP_ENDPOINT, or give "
                "OpenTelemetry(endpoint='http://localhost:4318')"
            )
        has_path = "/" in base.partition("://")[2].rstrip("/")
        return base if has_path and self.endpoint else base.rstrip("/") + _PATH


def _headers() -> dict[str, str]:
    found = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_HEADERS") or os.environ.get(
        "OTEL_EXPORTER_OTLP_HEADERS", ""
    )
    pairs = (each.partition("=") for each in found.split(",") if "=" in each)
    return {name.strip(): unquote(value.strip()) for name, _, value in pairs}


class OtelCourier:
    """Carries spans to one collector. For one thread."""

    def __init__(
        self, url: str, headers: Mapping[str, str], service: str, redact: Callable[[str], str]
    ) -> None:
        """Say where to, as which service, and what is blotted out."""
        import requests

        self._url, self._service, self._redact = url, service, redact
        self._session = requests.Session()
        self._session.headers.update({**headers, "Content-Type": "application/x-protobuf"})

    @property
    def place(self) -> str:
        """What the place is called."""
        return f"otlp {self._url}"

    def pack(self, recorded: Recorded, shift: Shift, *, apart: bool) -> Iterator[Packed]:
        """Yield the spans of a trace."""
        for span in otel_spans(recorded, self._redact):
            yield Packed("span", span.span_id.hex(), span.SerializeToString())

    def together(self, kind: str) -> int:
        """Return how many spans may go in one request."""
        return _TOGETHER

    def send(self, kind: str, bodies: Sequence[bytes]) -> Answer:
        """Send spans together.

        A collector that takes some of them and refuses others does not say which: the
        specification forbids to send them again.
        """
        import requests

        try:
            response = self._session.post(self._url, self._request(bodies), timeout=_TIMEOUT)
        except requests.RequestException as error:
            return Answer("later", 0, type(error).__name__)
        status = response.status_code
        if 200 <= status < 300:
            return self._accepted(response, len(bodies))
        after = response.headers.get("Retry-After", "")
        seconds = float(after) if after.replace(".", "", 1).isdigit() else None
        why = " ".join(response.text[:_LONGEST].split())
        return Answer(meaning(status), status, why, seconds)

    def shown(self, body: bytes) -> str:
        """Return a span as JSON."""
        from google.protobuf.json_format import MessageToJson
        from opentelemetry.proto.trace.v1.trace_pb2 import Span

        return MessageToJson(Span.FromString(body), indent=None)

    def close(self) -> None:
        """End its connections."""
        self._session.close()

    def _accepted(self, response: "Response", sent: int) -> Answer:
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceResponse,
        )

        try:
            partial = ExportTraceServiceResponse.FromString(response.content).partial_success
        except DecodeError:
            return Answer("accepted", response.status_code)
        if partial.rejected_spans < sent:
            return Answer("accepted", response.status_code)
        return Answer("refused", response.status_code, partial.error_message[:_LONGEST])

    def _request(self, bodies: Sequence[bytes]) -> bytes:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )
        from opentelemetry.proto.trace.v1.trace_pb2 import Span

        request = ExportTraceServiceRequest()
        whole = request.resource_spans.add()
        name = whole.resource.attributes.add()
        name.key, name.value.string_value = "service.name", self._service
        scope = whole.scope_spans.add()
        scope.scope.name = "holdfast"
        scope.spans.extend(Span.FromString(body) for body in bodies)
        return request.SerializeToString()
