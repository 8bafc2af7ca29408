"""What model calls took and gave, in the shapes that LangSmith shows as a conversation.

Values are plain and redacted already; messages are in LangChain's written form.
"""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from ..store import Span

_NOT_PARAMETERS = frozenset({"messages", "prompts", "input"})


def messages_in(made: Mapping[str, Any]) -> list[Any]:
    """Return the messages of a model call, one list of them."""
    found = made.get("messages", made.get("prompts", made.get("input", [])))
    if not isinstance(found, list):
        return [found]
    if len(found) == 1 and isinstance(found[0], list):
        return found[0]
    return found


def parameters_in(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a model call was made with besides its messages."""
    inside: dict[str, Any] = {}
    for key, value in made.items():
        if key in ("params", "parameters", "invocation_params") and isinstance(value, Mapping):
            inside |= value
        elif key not in _NOT_PARAMETERS:
            inside[key] = value
    return inside


def generations_in(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a model call gave, as LangChain's `LLMResult` is written."""
    if "generations" in made:
        return dict(made)
    keys = ("messages", "message", "texts", "output")
    found = next((made[key] for key in keys if key in made), made)
    replies = found if isinstance(found, list) else [found]
    info = made.get("info")
    infos = info if isinstance(info, list) else [info] * len(replies)
    return {
        "generations": [
            [_generation(*each) for each in zip_longest(replies, infos[: len(replies)])]
        ],
        "llm_output": made.get("llm_output"),
        "type": "LLMResult",
    }


def _generation(reply: Any, info: Any) -> dict[str, Any]:
    if not isinstance(reply, Mapping) or "kwargs" not in reply:
        text = reply if isinstance(reply, str) else ""
        return {"text": text, "generation_info": info if text else reply, "type": "Generation"}
    content = reply["kwargs"].get("content")
    return {
        "text": _text_of(content),
        "generation_info": info,
        "type": "ChatGeneration",
        "message": dict(reply),
    }


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part.get("text", "") if isinstance(part, Mapping) else part for part in content)
    return "".join(part for part in parts if isinstance(part, str))


def documents_in(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a retriever gave, as the documents that LangSmith shows."""
    found = made.get("documents", made.get("output", []))
    each = found if isinstance(found, list) else [found]
    return {"documents": [doc for doc in each if isinstance(doc, Mapping)]}


def usage_of(span: Span) -> dict[str, Any]:
    """Return the tokens of a model call as LangChain's `usage_metadata`; empty if unknown."""
    used = span.usage
    if not (used.tokens_in or used.tokens_out):
        return {}
    made: dict[str, Any] = {
        "input_tokens": used.tokens_in,
        "output_tokens": used.tokens_out,
        "total_tokens": used.tokens_in + used.tokens_out,
    }
    into = {"cache_read": used.cache_read, "cache_creation": used.cache_write}
    for name, details in (
        ("input_token_details", into),
        ("output_token_details", {"reasoning": used.reasoning}),
    ):
        if kept := {key: count for key, count in details.items() if count}:
            made[name] = kept
    return {**made, "total_cost": used.usd} if used.usd else made
