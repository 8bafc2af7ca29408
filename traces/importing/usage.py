"""Read what a model call used, by the names that providers and frameworks give it."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..store.model import Usage

_IN = ("input_tokens", "prompt_tokens", "promptTokens")
_OUT = ("output_tokens", "completion_tokens", "completionTokens")
_IN_DETAILS = ("input_token_details", "prompt_tokens_details", "prompt_token_details")
_OUT_DETAILS = ("output_token_details", "completion_tokens_details", "completion_token_details")
_READ = ("cache_read", "cached_tokens", "cache_read_input_tokens")
_WRITE = ("cache_creation", "cache_write", "cache_creation_input_tokens")
_REASONING = ("reasoning", "reasoning_tokens")


def usage_in(held: Any) -> Usage | None:
    """Return the usage that a mapping tells of, or None where it tells of none.

    >>> usage_in({"prompt_tokens": 7, "completion_tokens": 3}).tokens_out
    3
    """
    if not isinstance(held, Mapping):
        return None
    tokens_in, tokens_out = count(held, _IN), count(held, _OUT)
    if tokens_in is None and tokens_out is None:
        return None
    before = list(_details(held, _IN_DETAILS))
    after = list(_details(held, _OUT_DETAILS))
    return Usage(
        tokens_in=tokens_in or 0,
        tokens_out=tokens_out or 0,
        cache_read=_first(before, _READ),
        cache_write=_first(before, _WRITE),
        reasoning=_first(after, _REASONING),
    )


def _details(held: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    yield from (found for name in names if isinstance(found := held.get(name), Mapping))
    yield held


def _first(holders: list[Mapping[str, Any]], names: tuple[str, ...]) -> int:
    return next((n for holder in holders if (n := count(holder, names)) is not None), 0)


def count(held: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    """Return the first of some entries that is a number of tokens."""
    for name in names:
        found = held.get(name)
        if isinstance(found, str) and found.isdigit():
            return int(found)
        if isinstance(found, int | float) and not isinstance(found, bool) and found >= 0:
            return int(found)
    return None


def dollars(given: Any) -> float:
    """Return a cost in USD, 0 where there is none; exporters write decimals as text."""
    try:
        cost = float(given or 0)
    except (TypeError, ValueError):
        return 0.0
    return cost if 0 <= cost < float("inf") else 0.0
