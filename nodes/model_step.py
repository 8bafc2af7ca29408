"""What a model call adds to the ledger, whether it came back or raised."""

from collections.abc import Sequence
from typing import Any

from ..guards import overflow
from ..guards.channel import LedgerUpdate
from ..guards.digest import preview
from ..guards.failure import classify_error
from ..guards.ledger import make_step
from ..guards.message import read_message
from ..guards.messages import Reader, estimate_tokens
from ..guards.prices import Prices, price_of


def model_update(
    reply: Any,
    prompt: Sequence[Any],
    *,
    actor: str,
    branch: str,
    seconds: float,
    prices: Prices | None,
    model: str = "",
) -> LedgerUpdate:
    """Return the ledger's part of a reply; `model` is who said it, where the reply does not say.

    Cost: 20 microseconds; where the provider reports no usage, one pass over the prompt.
    """
    message = read_message(reply)
    message.model = message.model or model
    characters = 0
    if message.usage is None:
        characters = sum(len(read_message(one).text) for one in prompt)
    update = Reader(prices=prices, characters=characters).read(message)
    for step in update["steps"]:
        step["actor"], step["branch"], step["seconds"] = actor, branch, seconds
    return update


class LostCallError(Exception):
    """A model call whose process died before the reply was heard; named so in the ledger."""


def failed_update(
    error: BaseException,
    prompt: Sequence[Any],
    *,
    actor: str,
    branch: str,
    seconds: float,
    prices: Prices | None = None,
    model: str = "",
) -> LedgerUpdate:
    """Return the ledger's part of a model call that raised.

    A provider that failed on the way may have read the prompt, and will charge for it: its tokens
    are charged as an estimate, unless the call was refused outright.
    """
    kind, name = classify_error(error), type(error).__name__
    if overflow.is_overflow(error):  # refused outright, whatever else it looks like
        kind, name = "model_fixable", overflow.NAME
    characters = sum(len(read_message(one).text) for one in prompt)
    tokens = estimate_tokens(characters) if kind == "dependency" else 0
    price = price_of(prices, model)
    step = make_step(
        "model",
        model or "model",
        actor=actor,
        branch=branch,
        preview=preview(f"{name}: {error}"),
        error=kind,
        tokens_in=tokens,
        estimated=kind == "dependency",
        usd=price.of(tokens, 0) if price else 0.0,
        seconds=seconds,
    )
    return {"steps": [step], "unpriced": 0 if price else tokens}
