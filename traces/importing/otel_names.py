"""The names by which OpenTelemetry spans tell of models and tools: the one table of them.

Each list begins with the current GenAI semantic conventions, then OpenInference's names, then
those that were in use before.
"""

from typing import Final

from ..store.model import SpanKind

Names = tuple[str, ...]

OPERATION: Final = "gen_ai.operation.name"
OPERATIONS: Final[dict[str, SpanKind]] = {
    "chat": "model",
    "text_completion": "model",
    "generate_content": "model",
    "execute_tool": "tool",
    "retrieval": "retriever",
    "invoke_agent": "node",
    "create_agent": "chain",
    "invoke_workflow": "node",
    "embeddings": "chain",
}
OWN: Final = "holdfast."
"""What the names begin with that Holdfast's own export uses where the conventions have none."""
OWN_KIND: Final = "holdfast.kind"
OWN_STATUS: Final = "holdfast.status"
OWN_ENDING: Final = "holdfast.ending"
OWN_METADATA: Final = "holdfast.metadata."
OWN_GUARD: Final = "holdfast.guard."
ERROR_TYPE: Final = "error.type"
NODE: Final[Names] = ("langgraph.node", "langgraph_node")
STEP: Final[Names] = ("langgraph.step", "langgraph_step")

KIND: Final[Names] = (
    "openinference.span.kind",
    "traceloop.span.kind",
    "langsmith.span.kind",
    "langfuse.observation.type",
)
KINDS: Final[dict[str, SpanKind]] = {
    "llm": "model",
    "generation": "model",
    "tool": "tool",
    "retriever": "retriever",
    "agent": "node",
    "workflow": "node",
    "chain": "chain",
    "task": "chain",
    "span": "chain",
    "embedding": "chain",
    "reranker": "chain",
    "guardrail": "guard",
    "evaluator": "guard",
    "prompt": "prompt",
    "parser": "parser",
}
REQUEST_TYPE: Final = "llm.request.type"

MODEL: Final[Names] = (
    "gen_ai.response.model",
    "gen_ai.request.model",
    "llm.model_name",
    "llm.response.model",
    "llm.request.model",
)
PROVIDER: Final[Names] = ("gen_ai.provider.name", "llm.provider", "gen_ai.system", "llm.system")
TOKENS_IN: Final[Names] = (
    "gen_ai.usage.input_tokens",
    "llm.token_count.prompt",
    "gen_ai.usage.prompt_tokens",
    "llm.usage.prompt_tokens",
)
TOKENS_OUT: Final[Names] = (
    "gen_ai.usage.output_tokens",
    "llm.token_count.completion",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
)
CACHE_READ: Final[Names] = (
    "gen_ai.usage.cache_read.input_tokens",
    "llm.token_count.prompt_details.cache_read",
    "gen_ai.usage.cache_read_input_tokens",
)
CACHE_WRITE: Final[Names] = (
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "llm.token_count.prompt_details.cache_write",
    "gen_ai.usage.cache_creation_input_tokens",
)
REASONING: Final[Names] = (
    "gen_ai.usage.reasoning.output_tokens",
    "llm.token_count.completion_details.reasoning",
)
COST: Final[Names] = (
    "gen_ai.usage.cost",
    "llm.cost.total",
    "gen_ai.usage.total_cost",
    "holdfast.cost.usd",
)
FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
THREAD: Final[Names] = (
    "gen_ai.conversation.id",
    "session.id",
    "langfuse.session.id",
    "traceloop.association.properties.thread_id",
    "langsmith.trace.session_id",
)
NAME: Final[Names] = ("gen_ai.agent.name", "gen_ai.workflow.name", "traceloop.entity.name")

SYSTEM: Final = "gen_ai.system_instructions"
MESSAGES_IN: Final = "gen_ai.input.messages"
MESSAGES_OUT: Final = "gen_ai.output.messages"
INDEXED_IN: Final[Names] = ("llm.input_messages", "gen_ai.prompt", "llm.prompts")
INDEXED_OUT: Final[Names] = ("llm.output_messages", "gen_ai.completion", "llm.completions")
DETAILS: Final = "gen_ai.client.inference.operation.details"
CHOICE: Final = "gen_ai.choice"
MESSAGE_EVENTS: Final[dict[str, str]] = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
VALUE_IN: Final[Names] = (
    "input.value",
    "gen_ai.prompt",
    "traceloop.entity.input",
    "langfuse.observation.input",
    "holdfast.input",
)
VALUE_OUT: Final[Names] = (
    "output.value",
    "gen_ai.completion",
    "traceloop.entity.output",
    "langfuse.observation.output",
    "gen_ai.retrieval.documents",
    "holdfast.output",
)

TOOL_NAME: Final[Names] = ("gen_ai.tool.name", "tool.name", "traceloop.entity.name")
CALL_ID: Final[Names] = ("gen_ai.tool.call.id", "tool_call.id", "tool.id")
CALL_ARGUMENTS: Final[Names] = ("gen_ai.tool.call.arguments", *VALUE_IN, "tool.parameters")
CALL_RESULT: Final[Names] = ("gen_ai.tool.call.result", *VALUE_OUT)
TOOLS: Final[Names] = ("gen_ai.tool.definitions", "llm.request.functions")
INDEXED_TOOLS: Final[Names] = ("llm.tools", "llm.request.functions")
PARAMETERS: Final = "llm.invocation_parameters"
REQUEST: Final = "gen_ai.request."
METADATA: Final[Names] = ("metadata", "langsmith.metadata", "langfuse.trace.metadata")

EVALUATION: Final = "gen_ai.evaluation.result"
EVALUATION_PREFIXES: Final[Names] = ("gen_ai.evaluation.", "evaluation.")
EXCEPTION: Final = "exception"
