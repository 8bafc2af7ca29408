"""What OpenTelemetry calls what a span says: the one place where its names stand.

The names are those of the GenAI semantic conventions as of opentelemetry-semantic-conventions
0.66b2, which are still in development and are to move; what they have no name for is under
`holdfast.`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ..store import Span

OPERATIONS: Final[Mapping[str, str]] = {
    "graph": "invoke_workflow",
    "model": "chat",
    "tool": "execute_tool",
    "retriever": "retrieval",
}
"""What is done, by the kind of a span; other kinds have no operation."""
NAMED_BY: Final[Mapping[str, str]] = {
    "graph": "gen_ai.workflow.name",
    "model": "gen_ai.request.model",
    "tool": "gen_ai.tool.name",
}
"""Where the name of what is done stands, by the kind of a span."""
OPERATION: Final = "gen_ai.operation.name"
CONVERSATION: Final = "gen_ai.conversation.id"
ERROR_TYPE: Final = "error.type"

OF_SPAN: Final[Mapping[str, Callable[[Span], Any]]] = {
    "gen_ai.provider.name": lambda span: span.provider,
    "gen_ai.response.model": lambda span: span.model,
    "gen_ai.usage.input_tokens": lambda span: span.usage.tokens_in,
    "gen_ai.usage.output_tokens": lambda span: span.usage.tokens_out,
    "gen_ai.usage.cache_read.input_tokens": lambda span: span.usage.cache_read,
    "gen_ai.usage.cache_creation.input_tokens": lambda span: span.usage.cache_write,
    "gen_ai.usage.reasoning.output_tokens": lambda span: span.usage.reasoning,
    "gen_ai.tool.call.id": lambda span: span.call_id,
    "holdfast.cost.usd": lambda span: span.usage.usd,
    "holdfast.kind": lambda span: span.kind,
    "holdfast.status": lambda span: span.status,
    "langgraph.node": lambda span: span.node,
    "langgraph.step": lambda span: span.step,
    ERROR_TYPE: lambda span: span.error_type,
}
"""Attributes of a span; what is empty is left out."""

FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
"""In seconds."""
MESSAGES_IN: Final = "gen_ai.input.messages"
MESSAGES_OUT: Final = "gen_ai.output.messages"
ARGUMENTS: Final = "gen_ai.tool.call.arguments"
RESULT: Final = "gen_ai.tool.call.result"
DOCUMENTS: Final = "gen_ai.retrieval.documents"
INPUT: Final = "holdfast.input"
OUTPUT: Final = "holdfast.output"
TOOLS: Final = "gen_ai.tool.definitions"
METADATA: Final = "holdfast.metadata."

PARAMETERS: Final[Mapping[str, str]] = {
    "model": "gen_ai.request.model",
    "model_name": "gen_ai.request.model",
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

EVALUATION: Final = "gen_ai.evaluation.result"
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
