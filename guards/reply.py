"""What a model's reply says of itself: its words, why it ended, and whether it refuses."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .message import read_message

Finish = Literal["", "length", "filtered", "refused"]
"""Why a reply ended where that is no good end: at its limit, at a filter, in a refusal."""

_REASONS = ("finish_reason", "stop_reason", "stopReason", "finishReason", "done_reason")
_LENGTH = frozenset(
    ("length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded")
)
_FILTERED = frozenset(
    (
        "content_filter",
        "content_filtered",
        "safety",
        "image_safety",
        "recitation",
        "blocklist",
        "prohibited_content",
        "spii",
        "guardrail_intervened",
        "error_toxic",
    )
)
"""Words of OpenAI, Anthropic, Google, Amazon, Cohere, Mistral and Ollama, in small letters."""

_LONGEST_REFUSAL = 600  # characters; a longer text is an answer that also says no
_REFUSAL = re.compile(
    r"""\W*
    (?:(?:i\s*['’]?\s*a?m\s+(?:very\s+|so\s+|really\s+)?)?sorry\b[\s,.:;!-]*(?:but\s+)?
      |unfortunately\b[\s,]*|as\s+an?\s+ai\b[^,.]{0,40},\s*|i\s+apologi[sz]e\b[\s,.:;!-]*(?:but\s+)?)*
    (?:i\s+can(?:not|['’]t|\s+not)|i\s*(?:['’]m|\s+am)\s+(?:unable|not\s+able|not\s+allowed)\s+to
      |i\s+(?:won['’]t|will\s+not|must\s+decline\s+to|decline\s+to))\s+
    (?:be\s+able\s+to\s+)?
    (?:help|assist|comply|fulfil|support|engage|participate|continue|provide|share|create|produce
      |generate|answer|respond|do\s+(?:that|this))\b""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's reply, as a result is read out of it.

    Attributes:
        text: Its words; of a reply that makes one call, that call's arguments.
        finish: Why it ended, where that is no good end.
        refusal: What the provider marks as a refusal, or empty.
        unreadable: How many of its calls have arguments that are no JSON.
    """

    text: str
    finish: Finish = ""
    refusal: str = ""
    unreadable: int = 0

    @classmethod
    def of(cls, item: Any) -> "Reply":
        """Read a message: LangChain's, or a dict of OpenAI's form.

        Raises:
            MessageError: It is no message.
        """
        message = read_message(item)
        texts = [_written(call.args) for call in message.calls]
        text = texts[0] if len(texts) == 1 else f"[{','.join(texts)}]" if texts else message.text
        refusal = next(_refusals(item), "")
        unreadable = sum(call.error is not None for call in message.calls)
        return cls(text, "refused" if refusal else _finish(item), refusal, unreadable)


def is_refusal(text: str) -> bool:
    """Return whether a short text is a refusal in words, with nothing else to give.

    Meant for texts that should hold a value: in prose, "I can't help" may be the answer.

    >>> [is_refusal(text) for text in ("I'm sorry, but I can't help with that.", "I can't swim.")]
    [True, False]
    """
    short = len(text) <= _LONGEST_REFUSAL and not any(char in text for char in "{[")
    return short and _REFUSAL.match(text) is not None


def _written(arguments: Any) -> str:
    if isinstance(arguments, str):
        return arguments
    return json.dumps(arguments, ensure_ascii=False, default=str)


def _get(item: Any, key: str) -> Any:
    return item.get(key) if isinstance(item, Mapping) else getattr(item, key, None)


def _refusals(item: Any) -> Iterator[str]:
    """Yield what a provider marks as a refusal, wherever it puts that."""
    extra = _get(item, "additional_kwargs")
    for holder in (item, extra):
        found = _get(holder, "refusal") if holder is not None else None
        if isinstance(found, str) and found.strip():
            yield found
    content = _get(item, "content")
    for block in content if isinstance(content, list) else ():
        inner = block.get("value") if isinstance(block, Mapping) else None
        for part in (block, inner):
            if isinstance(part, Mapping) and part.get("type") == "refusal":
                yield str(part.get("refusal") or "the model refused")


def _finish(item: Any) -> Finish:
    for reason in _reasons(item):
        word = reason.rpartition(".")[2].lower()
        if word in _LENGTH:
            return "length"
        if word in _FILTERED:
            return "filtered"
        if word == "refusal":
            return "refused"
    return ""


def _reasons(item: Any) -> Iterator[str]:
    for holder in (_get(item, "response_metadata"), item):
        for key in _REASONS:
            found = _get(holder, key) if holder is not None else None
            if isinstance(found, str):
                yield found
        details = _get(holder, "incomplete_details") if holder is not None else None
        if isinstance(details, Mapping):
            yield str(details.get("reason"))
