"""Traces and spans while they run."""

from collections.abc import Callable, Iterator, Mapping
from operator import length_hint
from types import MappingProxyType
from typing import Any
from uuid import UUID

from ..store.model import Held, SpanKind, Status, Trace, Usage
from ..store.rows import Standing, more_of
from .place import NOWHERE, Place
from .replies import NO_USAGE

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
    inputs: Held | None = None
    outputs: Held | None = None
    request: Held | None = None
    response: Held | None = None
    attempt = 1
    call_id = ""
    hidden = False
    queued = False
    told: set[str] | None = None
    holds_graph = False
    finish: Callable[[], None] | None = None
    prompt: tuple[list[Any], bytes] | None = None
    shown = False

    def __init__(
        self,
        run_id: UUID,
        trace: LiveTrace,
        parent: "LiveSpan | None",
        kind: SpanKind,
        name: str,
        start: int,
    ) -> None:
        self.run_id = run_id
        self.key = run_id.bytes
        self.trace = trace
        self.parent = parent
        self.seq = next(trace.spans)
        self.kind: SpanKind = kind
        self.name = name
        self.start = start
        if parent and parent.attempt != 1:
            self.attempt = parent.attempt

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.run_id)

    def finished(self) -> None:
        """Do what was left until its reply is kept."""
        self.prompt, finish = None, self.finish
        if finish is not None:
            self.finish = None
            finish()

    def item(self) -> Standing:
        """Return the span as it stands."""
        node, step, path, namespace, _ = self.place
        more = more_of(vars(self), node, path, namespace)  # all else is as the class has it
        parent = self.parent.key if self.parent else None
        return Standing(self.trace.id, self.start, self.key, parent, node, step, more, self)
