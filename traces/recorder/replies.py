"""What a model replied, and what its reply says it used."""

from collections.abc import Mapping
from typing import Any

from ...guards.prices import Prices, price_of
from ..store.model import Usage

NO_USAGE = Usage()


def usage_of(message: Any, model: str, prices: Prices | None) -> Usage:
    """Return what a reply used, and what that cost where there is a price for the model."""
    found = getattr(message, "usage_metadata", None)
    if not isinstance(found, Mapping):
        return NO_USAGE
    into, out = _details(found, "input_token_details"), _details(found, "output_token_details")
    used = Usage(
        tokens_in=_number(found, "input_tokens"),
        tokens_out=_number(found, "output_tokens"),
        cache_read=_number(into, "cache_read"),
        cache_write=_number(into, "cache_creation"),
        reasoning=_number(out, "reasoning"),
    )
    price = None if found.get("total_cost") == 0 else price_of(prices, model)
    if price is None:  # a reply out of LangChain's own cache costs nothing
        return used
    return used._replace(usd=price.of(used.tokens_in, used.tokens_out, used.cache_read))


def model_of(message: Any, told: str) -> str:
    """Return the model's name as the provider reports it, else as it was asked for."""
    metadata = getattr(message, "response_metadata", None)
    if metadata and isinstance(metadata, Mapping):
        for key in ("model_name", "model"):
            if isinstance(name := metadata.get(key), str) and name:
                return name
    return told


def _details(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    details = found.get(key)
    return details if isinstance(details, Mapping) else {}


def _number(found: Mapping[str, Any], key: str) -> int:
    value = found.get(key)
    return value if isinstance(value, int) else 0


def used_by(response: Any, model: str, prices: Prices | None) -> tuple[str, Usage]:
    """Return the model's name and what all replies of a call used."""
    used = NO_USAGE
    for several in response.generations:
        for each in several:
            message = getattr(each, "message", None)
            model = model_of(message, model)
            more = usage_of(message, model, prices)
            used = more if used is NO_USAGE else used.plus(more)
    return model, used


def reply_of(response: Any) -> dict[str, Any]:
    """Return a call's reply as it is kept: the message or the texts, and what is said of them."""
    found = [each for several in response.generations for each in several]
    messages = [each.message for each in found if hasattr(each, "message")]
    reply: dict[str, Any] = {}
    if len(messages) == 1:
        reply["message"] = messages[0]
    elif messages:
        reply["messages"] = messages
    else:
        reply["texts"] = [each.text for each in found]
    if info := [each.generation_info for each in found if each.generation_info]:
        reply["info"] = info[0] if len(found) == 1 else info
    if response.llm_output:
        reply["llm_output"] = response.llm_output
    return reply
