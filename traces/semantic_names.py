"""OpenTelemetry's names for what a span says, and Holdfast's own: each written here once.

The names are those of the GenAI semantic conventions as of opentelemetry-semantic-conventions
0.66b2, which are still in development and are to move: one that moves is changed here, and what it
was called joins the earlier names in `importing/otel_names.py`. What the conventions have no name
for is under `holdfast.`.
"""

from typing import Final

OPERATION: Final = "gen_ai.operation.name"
CONVERSATION: Final = "gen_ai.conversation.id"
ERROR_TYPE: Final = "error.type"
AGENT: Final = "gen_ai.agent.name"
WORKFLOW: Final = "gen_ai.workflow.name"

PROVIDER: Final = "gen_ai.provider.name"
REQUEST: Final = "gen_ai.request."
"""What the names of a model call's parameters begin with."""
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
"""In seconds."""
TOKENS_IN: Final = "gen_ai.usage.input_tokens"
TOKENS_OUT: Final = "gen_ai.usage.output_tokens"
CACHE_READ: Final = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE: Final = "gen_ai.usage.cache_creation.input_tokens"
REASONING: Final = "gen_ai.usage.reasoning.output_tokens"
SYSTEM: Final = "gen_ai.system_instructions"
MESSAGES_IN: Final = "gen_ai.input.messages"
MESSAGES_OUT: Final = "gen_ai.output.messages"
TOOLS: Final = "gen_ai.tool.definitions"

TOOL: Final = "gen_ai.tool.name"
CALL_ID: Final = "gen_ai.tool.call.id"
ARGUMENTS: Final = "gen_ai.tool.call.arguments"
RESULT: Final = "gen_ai.tool.call.result"
DOCUMENTS: Final = "gen_ai.retrieval.documents"

EVALUATION: Final = "gen_ai.evaluation.result"
"""An event."""
OF_EVALUATION: Final = "gen_ai.evaluation."
"""What the names of its attributes begin with."""
DETAILS: Final = "gen_ai.client.inference.operation.details"
"""An event."""

NODE: Final = "langgraph.node"
STEP: Final = "langgraph.step"
OWN: Final = "holdfast."
OWN_COST: Final = "holdfast.cost.usd"
OWN_ENDING: Final = "holdfast.ending"
OWN_GUARD: Final = "holdfast.guard."
OWN_INPUT: Final = "holdfast.input"
OWN_KIND: Final = "holdfast.kind"
OWN_METADATA: Final = "holdfast.metadata."
OWN_NAME: Final = "holdfast.name"
OWN_OUTPUT: Final = "holdfast.output"
OWN_STATUS: Final = "holdfast.status"
