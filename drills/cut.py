"""Cut a scripted reply where its limit on tokens ends, as a provider does."""

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.messages.tool import invalid_tool_call

from ..guards.message import text_of
from ..guards.messages import CHARACTERS_PER_TOKEN

_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


def limit_in(options: Mapping[str, Any]) -> int | None:
    """Return the most tokens that a reply may have, or None."""
    found = [options[name] for name in _LIMITS if isinstance(options.get(name), int)]
    return min(found) if found else None


def cut_reply(reply: AIMessage, limit: int) -> bool:
    """Cut a reply to a number of tokens, in place; return whether there was anything to cut.

    A call that does not fit is one that cannot be read, and those behind it are lost.
    """
    left = limit * CHARACTERS_PER_TOKEN
    text = text_of(reply.content)
    if len(text) > left:
        reply.content = text[:left]
    cut = len(text) > left
    left = max(left - len(text), 0)
    whole: list[Any] = []
    for call in reply.tool_calls:
        args = json.dumps(call["args"], ensure_ascii=False)
        need = len(call["name"]) + len(args)
        if need > left:
            _break_off(reply, call, args[: max(left - len(call["name"]), 0)])
            cut = True
            break
        whole.append(call)
        left -= need
    reply.tool_calls = whole
    return cut


def _break_off(reply: AIMessage, call: Any, args: str) -> None:
    if args:
        reply.invalid_tool_calls = [
            invalid_tool_call(name=call["name"], args=args, id=call["id"], error="cut off")
        ]
