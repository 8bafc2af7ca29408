"""All names under which OpenTelemetry spans of any writer tell the same of models and tools.

Each list begins with the current name, then come OpenInference's, then those that were in use
before.
"""

from typing import Final

from .. import semantic_names as names
from ..store.model import SpanKind

Names = tuple[str, ...]

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
NODE: Final[Names] = (names.NODE, "langgraph_node")
STEP: Final[Names] = (names.STEP, "langgraph_step")

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
    names.RESPONSE_MODEL,
    names.REQUEST_MODEL,
    "llm.model_name",
    "llm.response.model",
    "llm.request.model",
)
PROVIDER: Final[Names] = (names.PROVIDER, "llm.provider", "gen_ai.system", "llm.system")
TOKENS_IN: Final[Names] = (
    names.TOKENS_IN,
    "llm.token_count.prompt",
    "gen_ai.usage.prompt_tokens",
    "llm.usage.prompt_tokens",
)
TOKENS_OUT: Final[Names] = (
    names.TOKENS_OUT,
    "llm.token_count.completion",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
)
CACHE_READ: Final[Names] = (
    names.CACHE_READ,
    "llm.token_count.prompt_details.cache_read",
    "gen_ai.usage.cache_read_input_tokens",
)
CACHE_WRITE: Final[Names] = (
    names.CACHE_WRITE,
    "gen_ai.usage.cache_write.input_tokens",
    "llm.token_count.prompt_details.cache_write",
    "gen_ai.usage.cache_creation_input_tokens",
)
REASONING: Final[Names] = (
    names.REASONING,
    "llm.token_count.completion_details.reasoning",
)
COST: Final[Names] = (
    "gen_ai.usage.cost",
    "llm.cost.total",
    "gen_ai.usage.total_cost",
    names.OWN_COST,
)
THREAD: Final[Names] = (
    names.CONVERSATION,
    "session.id",
    "langfuse.session.id",
    "traceloop.association.properties.thread_id",
    "langsmith.trace.session_id",
)
NAME: Final[Names] = (names.AGENT, names.WORKFLOW, "traceloop.entity.name")

INDEXED_IN: Final[Names] = ("llm.input_messages", "gen_ai.prompt", "llm.prompts")
INDEXED_OUT: Final[Names] = ("llm.output_messages", "gen_ai.completion", "llm.completions")
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
    names.OWN_INPUT,
)
VALUE_OUT: Final[Names] = (
    "output.value",
    "gen_ai.completion",
    "traceloop.entity.output",
    "langfuse.observation.output",
    names.DOCUMENTS,
    names.OWN_OUTPUT,
)

TOOL_NAME: Final[Names] = (names.TOOL, "tool.name", "traceloop.entity.name")
CALL_ID: Final[Names] = (names.CALL_ID, "tool_call.id", "tool.id")
CALL_ARGUMENTS: Final[Names] = (names.ARGUMENTS, *VALUE_IN, "tool.parameters")
CALL_RESULT: Final[Names] = (names.RESULT, *VALUE_OUT)
TOOLS: Final[Names] = (names.TOOLS, "llm.request.functions")
INDEXED_TOOLS: Final[Names] = ("llm.tools", "llm.request.functions")
PARAMETERS: Final = "llm.invocation_parameters"
METADATA: Final[Names] = ("metadata", "langsmith.metadata", "langfuse.trace.metadata")

EVALUATION_PREFIXES: Final[Names] = (names.OF_EVALUATION, "evaluation.")
EXCEPTION: Final = "exception"
