"""What a store holds: traces, their spans, what happened in them, and the calls a replay answers.

Times are nanoseconds since the Unix epoch, UTC. What is large (prompts, outputs, states) is not
in these values: they hold references, which `Store.load` resolves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Status = Literal["running", "ok", "error", "interrupt", "cancelled"]
"""How a trace or a span stands; `running` is also what a killed process leaves behind."""
SpanKind = Literal[
    "graph", "node", "chain", "model", "tool", "retriever", "guard", "prompt", "parser"
]
EventKind = Literal[
    "verdict", "step", "repair", "breaker", "budget", "escalation", "answer", "interrupt", "retry",
    "chunk", "custom",
]  # fmt: skip
CallKind = Literal["model", "tool", "effect"]
Ref = str
"""A reference to a payload, by its content: the same payload has the same reference."""
Held = bytes | Ref
"""A reference as a row has it: in binary, where it can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One invocation of a graph; a resume is a trace of its own, in the same thread.

    Attributes:
        id: Id of its root span.
        name: Name of the graph.
        thread: Id of the thread it is a part of, or empty.
        start: When it began.
        end: When it ended, or None.
        status: How it stands.
        ending: What Holdfast's `ending` says of it, or empty.
        error: What it raised, in one redacted line, or empty.
        source: `recorded`, `replayed`, or where it was imported from.
        replay_of: Id of the trace that it replays, or empty.
        tokens_in: Prompt tokens of all its model calls.
        tokens_out: Reply tokens of all its model calls.
        usd: Cost in USD; 0 without a price.
        spans: How many spans it has.
        tags: Its tags.
        metadata: The user's metadata, versions, the graph's fingerprint.
    """

    id: str
    name: str
    start: int
    thread: str = ""
    end: int | None = None
    status: Status = "running"
    ending: str = ""
    error: str = ""
    source: str = "recorded"
    replay_of: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0
    spans: int = 0
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Usage(NamedTuple):
    """What a model call used.

    Attributes:
        tokens_in: Prompt tokens, cached ones included.
        tokens_out: Reply tokens, reasoning included.
        cache_read: Prompt tokens read from a cache.
        cache_write: Prompt tokens written to a cache.
        reasoning: Reply tokens of reasoning.
        usd: Cost in USD; 0 without a price.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    usd: float = 0.0

    def plus(self, other: "Usage") -> "Usage":
        """Return what both used."""
        return Usage(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.reasoning + other.reasoning,
            self.usd + other.usd,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One unit of a trace: a graph, a node, a model call, a tool call.

    Attributes:
        id: Its id, a UUID.
        trace: Id of its trace.
        parent: Id of its parent, or None for the root.
        seq: Its place in the order in which the trace's spans began, from 0.
        kind: What sort of thing it is.
        name: The graph, node, model or tool.
        node: The LangGraph node it belongs to, or empty.
        step: The super-step of that node, or None.
        path: LangGraph's path of the task, as JSON, or empty.
        namespace: The checkpoint namespace without task ids, outermost first, `|` between.
        attempt: Which attempt of its task it is, from 1.
        start: When it began.
        end: When it ended, or None.
        first_token: When the first token came, or None.
        status: How it stands.
        error_type: Class of what it raised, or empty.
        error: What that said, redacted and bounded, or empty.
        model: Name of the model, or empty.
        provider: Name of the provider, or empty.
        usage: What a model call used.
        tags: Its tags.
        metadata: Its metadata.
        inputs: What went in: of a model, the exact messages and parameters.
        outputs: What came out, before any parsing.
        request: The bytes of the HTTP request, where they were recorded.
        response: The bytes of the HTTP response, where they were recorded.
        call_id: Id of the tool call that a tool span answers, or empty.
        hidden: Whether views leave it out: LangGraph's own inner steps.
    """

    id: str
    trace: str
    seq: int
    kind: SpanKind
    name: str
    start: int
    parent: str | None = None
    node: str = ""
    step: int | None = None
    path: str = ""
    namespace: str = ""
    attempt: int = 1
    end: int | None = None
    first_token: int | None = None
    status: Status = "running"
    error_type: str = ""
    error: str = ""
    model: str = ""
    provider: str = ""
    usage: Usage = field(default_factory=Usage)
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    inputs: Ref | None = None
    outputs: Ref | None = None
    request: Ref | None = None
    response: Ref | None = None
    call_id: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at a point of a trace.

    Attributes:
        trace: Id of its trace.
        span: Id of the span it happened in, or None.
        seq: Its place in the order of the trace's events, from 0.
        time: When it happened.
        kind: What sort of thing it is.
        name: The guard, the tool, the breaker, the custom event's name.
        data: What it says, JSON-plain: a verdict, a step, a repair's raw and repaired text.
    """

    trace: str
    seq: int
    time: int
    kind: EventKind
    name: str
    span: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


class CallKey(NamedTuple):
    """What a replay finds a recorded call by; calls with equal keys are answered in order.

    Attributes:
        namespace: The checkpoint namespace without task ids.
        path: LangGraph's path of the task, as JSON.
        name: The model's or the tool's name.
        request: Digest of the redacted request.
    """

    namespace: str
    path: str
    name: str
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """A call of a model, a tool, or a named effect, exact enough to be answered from.

    Attributes:
        trace: Id of its trace.
        span: Id of its span, or empty.
        n: Its place in the order in which the trace's calls ended, from 0.
        key: What it is found by.
        kind: What was called.
        method: The leaf method that was called: `_generate`, `_astream`, `_run` and so on.
        node: The node it was made in, or empty.
        step: The super-step, or None.
        nested: Whether it was made inside another recorded call.
        request: The redacted request, encoded.
        outcome: What came back, encoded: one of `messages` (with `llm_output`), `chunks`,
            `value`; besides, or instead, `error` or `interrupt`.
    """

    trace: str
    n: int
    key: CallKey
    kind: CallKind
    method: str
    request: Ref
    outcome: Ref
    span: str = ""
    node: str = ""
    step: int | None = None
    nested: bool = False
