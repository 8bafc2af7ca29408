"""Traces and spans while they run."""

from collections.abc import Iterator, Mapping
from operator import attrgetter, length_hint
from types import MappingProxyType
from typing import Any

from ..store.model import Ref, SpanKind, Status, Trace, Usage
from ..store.rows import Standing, names_of_more
from .place import NOWHERE, Place

NO_USAGE = Usage()
_NUMBERS = range(2**31 - 1)  # taken from one iterator, so that no two threads take the same


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
        self.spans = iter(_NUMBERS)
        self.events = iter(_NUMBERS)
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


def _begun(numbers: Iterator[int]) -> int:
    """Return how many numbers were taken; asking takes none."""
    return len(_NUMBERS) - length_hint(numbers)


class LiveSpan:
    """A span while it runs."""

    end: int | None = None
    place: Place = NOWHERE
    first_token: int | None = None
    chunks: tuple[int, ...] | list[int] = ()
    status: Status = "running"
    error_type = ""
    error = ""
    model = ""
    provider = ""
    usage = NO_USAGE
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = MappingProxyType({})
    inputs: Ref | None = None
    outputs: Ref | None = None
    request: Ref | None = None
    response: Ref | None = None
    call_id = ""
    hidden = False
    queued = False
    told: set[str] | None = None
    holds_graph = False

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
        self.attempt: int = parent.attempt if parent else 1

    def item(self) -> Standing:
        """Return the span as it stands."""
        parent = self.parent.id if self.parent else None
        node, step, *_ = self.place
        return Standing(self.trace.id, self.start, parent, node, step, _MORE_OF, self)


_IN_PLACE = {name: f"place.{name}" for name in ("path", "namespace")}
_MORE_OF = attrgetter(*names_of_more(_IN_PLACE))
