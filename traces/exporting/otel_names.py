"""Which of OpenTelemetry's names tells what of a span, a model call and a verdict."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from .. import semantic_names as names
from ..store import Span

OPERATIONS: Final[Mapping[str, str]] = {
    "graph": "invoke_workflow",
    "model": "chat",
    "tool": "execute_tool",
    "retriever": "retrieval",
}
"""What is done, by the kind of a span; other kinds have no operation."""
NAMED_BY: Final[Mapping[str, str]] = {
    "graph": names.WORKFLOW,
    "model": names.REQUEST_MODEL,
    "tool": names.TOOL,
}
"""Where the name of what is done stands, by the kind of a span."""

OF_SPAN: Final[Mapping[str, Callable[[Span], Any]]] = {
    names.PROVIDER: lambda span: span.provider,
    names.RESPONSE_MODEL: lambda span: span.model,
    names.TOKENS_IN: lambda span: span.usage.tokens_in,
    names.TOKENS_OUT: lambda span: span.usage.tokens_out,
    names.CACHE_READ: lambda span: span.usage.cache_read,
    names.CACHE_WRITE: lambda span: span.usage.cache_write,
    names.REASONING: lambda span: span.usage.reasoning,
    names.CALL_ID: lambda span: span.call_id,
    names.OWN_COST: lambda span: span.usage.usd,
    names.OWN_KIND: lambda span: span.kind,
    names.OWN_STATUS: lambda span: span.status,
    names.NODE: lambda span: span.node,
    names.STEP: lambda span: span.step,
    names.ERROR_TYPE: lambda span: span.error_type,
}
"""Attributes of a span; what is empty is left out."""
PAYLOADS: Final[Mapping[str, tuple[str, str]]] = {
    "tool": (names.ARGUMENTS, names.RESULT),
    "retriever": (names.OWN_INPUT, names.DOCUMENTS),
}
"""Where what went in and what came out stand, by the kind of a span; else under Holdfast's own."""

PARAMETERS: Final[Mapping[str, str]] = {
    "model": names.REQUEST_MODEL,
    "model_name": names.REQUEST_MODEL,
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "top_k": "gen_ai.request.top_k",
    "max_tokens": "gen_ai.request.max_tokens",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "seed": "gen_ai.request.seed",
    "stop": "gen_ai.request.stop_sequences",
    "stream": "gen_ai.request.stream",
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "presence_penalty": "gen_ai.request.presence_penalty",
    "n": "gen_ai.request.choice.count",
}
"""Parameters of a model call."""
TOLD_BY_CLIENTS: Final[Mapping[str, str]] = {
    "ls_temperature": "temperature",
    "ls_max_tokens": "max_tokens",
    "ls_stop": "stop",
}
"""Parameters that LangChain's clients tell as metadata, whatever their own name for them."""

OF_VERDICT: Final[Mapping[str, str]] = {
    "guard": "gen_ai.evaluation.name",
    "outcome": "gen_ai.evaluation.score.label",
    "reason": "gen_ai.evaluation.explanation",
    "action": "holdfast.guard.action",
    "kind": "holdfast.guard.kind",
    "steps": "holdfast.guard.steps",
    "calls": "holdfast.guard.calls",
}
"""Attributes of a verdict's event."""
SCORE: Final = "gen_ai.evaluation.score.value"
"""1 for a pass, 0 for a trip; absent where the guard could not judge."""
