"""How many tokens messages have: by the model's own counter where it works offline."""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from ..guards.context import Prompt, missing_pins
from ..guards.digest import canonical
from ..guards.errors import GuardConfigError
from ..guards.message import read_message
from ..guards.messages import estimate_tokens
from .reading import read

Count = Callable[[Sequence[Any]], int]
"""From messages, their tokens."""

_OWN = ("get_num_tokens_from_messages", "get_num_tokens", "get_token_ids")
_CALLS_OUT = ("langchain_anthropic", "langchain_google", "langchain_aws")  # they ask their service
_TIKTOKEN = ("langchain_openai", "langchain_xai", "langchain_deepseek", "langchain_groq")


def prompt_tokens(messages: Sequence[Any]) -> int:
    """Return about how many tokens a prompt has: four characters a token, calls included."""
    characters = 0
    for item in messages:
        message = read_message(item)
        characters += len(message.text)
        characters += sum(len(canonical(call.args)) + len(call.name) for call in message.calls)
    return estimate_tokens(characters)


def counter_of(model: Any) -> Count:
    """Return how a model's messages are counted.

    Its own counter is used where it has one that needs no network: a `custom_get_token_ids`, a
    counter of its class, or tiktoken once its files are there. Else, and where that raises, four
    characters are taken for a token, as budgets do.

    Args:
        model: A chat model, or one that is bound to tools.
    """
    plain = getattr(model, "bound", model)
    if not _counts_offline(plain):
        return prompt_tokens

    def count(messages: Sequence[Any]) -> int:
        try:
            return int(plain.get_num_tokens_from_messages(list(messages)))
        except Exception:  # noqa: BLE001 - a counter that cannot count is no reason to fail
            return prompt_tokens(messages)

    return count


def _counts_offline(model: Any) -> bool:
    if not isinstance(model, BaseChatModel):
        return False
    if model.custom_get_token_ids is not None:
        return True
    module = type(model).__module__
    if module.startswith(_CALLS_OUT) or not any(map(_is_own(type(model)), _OWN)):
        return False
    return _has_tiktoken_files() if module.startswith(_TIKTOKEN) else True


def _is_own(kind: type) -> Callable[[str], bool]:
    return lambda name: getattr(kind, name) is not getattr(BaseChatModel, name)


def _has_tiktoken_files() -> bool:
    """Return whether tiktoken has loaded its files before: it would fetch them otherwise."""
    named = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    folder = Path(named or Path(tempfile.gettempdir(), "data-gym-cache"))
    return folder.is_dir() and any(folder.iterdir())


def lengths_of(messages: Sequence[Any], count: Count) -> list[int]:
    """Return the tokens of each message. Cost: one call of the counter for each."""
    return [count([message]) for message in messages]


def window_of(model: Any) -> int | None:
    """Return how many tokens a model's prompt may have, by its profile; None: it does not say."""
    plain = getattr(model, "bound", model)
    profile = getattr(plain, "profile", None)
    found = profile.get("max_input_tokens") if isinstance(profile, dict) else None
    return found if isinstance(found, int) and found > 0 else None


def checked_window(model: Any, tokens: int | None, share: float, where: str) -> int:
    """Return how many tokens a prompt may have: what was said, or a share of the model's window.

    Raises:
        GuardConfigError: Nobody says.
    """
    if tokens is not None:
        return tokens
    window = window_of(model)
    if window is None:
        raise GuardConfigError(
            f"{where}: {type(getattr(model, 'bound', model)).__name__} has no profile that says "
            "how long its prompt may be; give tokens=..."
        )
    return int(window * share)


def prompt_of(messages: Sequence[Any], state: Any, count: Count, window: int | None) -> Prompt:
    """Return a prompt as guards see it.

    Args:
        messages: The prompt.
        state: The graph's state, for what is pinned.
        count: From messages, their tokens.
        window: How many the model reads, or None.
    """
    pins = read(state, "pins")
    texts = [read_message(item).text for item in messages] if pins else []
    return Prompt(count(messages), window, missing_pins(pins, texts))
