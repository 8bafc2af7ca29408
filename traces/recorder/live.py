"""Traces and spans while they run."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from ..store.model import Ref, Span, SpanKind, Status, Trace, Usage
from .place import NOWHERE, Place

NO_USAGE = Usage()


class LiveTrace:
    """A trace while it runs."""

    __slots__ = (
        "attempts", "end", "ending", "error", "events", "given", "held", "id", "metadata", "name",
        "queued", "replay_of", "root", "seen", "spans", "start", "status", "tags", "thread",
        "usage",
    )  # fmt: skip

    def __init__(self, id: str, name: str, start: int) -> None:  # noqa: A002 - as the model says
        self.id = id
        self.name = name
        self.start = start
        self.end: int | None = None
        self.thread = ""
        self.replay_of = ""
        self.status: Status = "running"
        self.ending = ""
        self.error = ""
        self.tags: tuple[str, ...] = ()
        self.metadata: Mapping[str, Any] = {}
        self.given: Mapping[str, Any] = {}
        self.usage = NO_USAGE
        self.spans = count()
        self.events = count()
        self.attempts: dict[str, int] = {}
        self.seen: set[str] = set()
        self.held: list[Any] | None = None
        self.queued = False
        self.root: LiveSpan | None = None

    def charge(self, usage: Usage) -> None:
        """Add what a model call used."""
        self.usage = self.usage.plus(usage)

    def item(self) -> Trace:
        """Return the trace as it stands."""
        return Trace(
            id=self.id, name=self.name, start=self.start, thread=self.thread, end=self.end,
            status=self.status, ending=self.ending, error=self.error, spans=_begun(self.spans),
            tokens_in=self.usage.tokens_in, tokens_out=self.usage.tokens_out, usd=self.usage.usd,
            tags=self.tags, metadata=self.metadata, replay_of=self.replay_of,
            source="replayed" if self.replay_of else "recorded",
        )  # fmt: skip


def _begun(numbers: "count[int]") -> int:
    """Return how many numbers were taken; asking takes none."""
    return int(numbers.__reduce__()[1][0])


class LiveSpan:
    """A span while it runs."""

    __slots__ = (
        "attempt", "call_id", "chunks", "end", "error", "error_type", "first_token", "hidden",
        "id", "inputs", "kind", "metadata", "model", "name", "outputs", "parent", "place",
        "provider", "queued", "request", "response", "seq", "start", "status", "tags", "told",
        "trace", "usage",
    )  # fmt: skip

    def __init__(
        self,
        id: str,  # noqa: A002 - as the model says
        trace: LiveTrace,
        parent: "LiveSpan | None",
        kind: SpanKind,
        name: str,
        start: int,
    ) -> None:
        self.id = id
        self.trace = trace
        self.parent = parent
        self.seq = next(trace.spans)
        self.kind: SpanKind = kind
        self.name = name
        self.start = start
        self.end: int | None = None
        self.place: Place = NOWHERE
        self.attempt: int = parent.attempt if parent else 1
        self.first_token: int | None = None
        self.chunks: list[int] = []
        self.status: Status = "running"
        self.error_type = ""
        self.error = ""
        self.model = ""
        self.provider = ""
        self.usage = NO_USAGE
        self.tags: tuple[str, ...] = ()
        self.metadata: Mapping[str, Any] = {}
        self.inputs: Ref | None = None
        self.outputs: Ref | None = None
        self.request: Ref | None = None
        self.response: Ref | None = None
        self.call_id = ""
        self.hidden = False
        self.queued = False
        self.told: set[str] | None = None

    def item(self) -> Span:
        """Return the span as it stands."""
        node, step, path, namespace, _ = self.place
        return Span(
            id=self.id, trace=self.trace.id, seq=self.seq, kind=self.kind, name=self.name,
            start=self.start, parent=self.parent.id if self.parent else None, node=node,
            step=step, path=path, namespace=namespace, attempt=self.attempt, end=self.end,
            first_token=self.first_token, status=self.status, error_type=self.error_type,
            error=self.error, model=self.model, provider=self.provider, usage=self.usage,
            tags=self.tags, metadata=self.metadata, inputs=self.inputs, outputs=self.outputs,
            request=self.request, response=self.response, call_id=self.call_id,
            hidden=self.hidden,
        )  # fmt: skip
