"""Secrets that a stream has cut in pieces: none of its chunks holds one, all of them do."""

from collections.abc import Sequence
from typing import Any

from .redaction import Redaction


def whole_chunks(messages: Sequence[Any], redaction: Redaction) -> Sequence[Any]:
    """Return a stream's chunks; where their texts together hold what must go, in fewer pieces.

    Then the first chunk has the whole redacted text, and the others have none.
    """
    if len(messages) < 2 or "tool_call_chunks" not in vars(messages[0]):
        return messages
    texts = [each.content if isinstance(each.content, str) else "" for each in messages]
    calls = _arguments(messages)
    clean = _clean("".join(texts), redaction)
    clean_calls = {index: _clean("".join(parts), redaction) for index, parts in calls.items()}
    if clean is None and not any(clean_calls.values()):
        return messages
    made = [each.model_copy(deep=True) for each in messages]
    if clean is not None:
        _put_first(made, clean)
    for index, arguments in clean_calls.items():
        if arguments is not None:
            _put_arguments(made, index, arguments)
    return made


def _clean(text: str, redaction: Redaction) -> str | None:
    """Return a text redacted, or None where nothing must go."""
    clean = redaction.text(text)
    return None if clean == text else clean


def _arguments(messages: Sequence[Any]) -> dict[Any, list[str]]:
    found: dict[Any, list[str]] = {}
    for message in messages:
        for call in getattr(message, "tool_call_chunks", ()):
            found.setdefault(call.get("index"), []).append(call.get("args") or "")
    return found


def _put_first(messages: Sequence[Any], text: str) -> None:
    for message in messages:
        if isinstance(message.content, str):
            message.content, text = text, ""


def _put_arguments(messages: Sequence[Any], index: Any, arguments: str) -> None:
    for message in messages:
        for call in getattr(message, "tool_call_chunks", ()):
            if call.get("index") == index:
                call["args"], arguments = arguments, ""
        message.tool_calls, message.invalid_tool_calls = [], []
