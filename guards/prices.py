"""What a model's tokens cost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import GuardConfigError

_PER = 1_000_000
_DATE = re.compile(r"[-@:](?:\d{4}-\d\d-\d\d|\d{3,8}|latest)(?:-v\d+:\d+)?$")


@dataclass(frozen=True, slots=True)
class Price:
    """A model's price, in USD for a million tokens.

    Attributes:
        tokens_in: What a million tokens of the prompt cost.
        tokens_out: What a million tokens of the reply cost.
        cached_in: What a million prompt tokens read from the provider's cache cost; None: the
            same as `tokens_in`.
    """

    tokens_in: float
    tokens_out: float
    cached_in: float | None = None

    def __post_init__(self) -> None:
        known = (self.tokens_in, self.tokens_out, self.cached_in or 0.0)
        if not all(price >= 0 for price in known):
            raise GuardConfigError(f"{self}: a price is in USD per million tokens, 0 or more")

    def of(self, tokens_in: int, tokens_out: int, cached_in: int = 0) -> float:
        """Return what a call costs, in USD; `cached_in` is the part of `tokens_in` from a cache.

        >>> Price(tokens_in=2.0, tokens_out=8.0, cached_in=0.5).of(1_000_000, 0, 1_000_000)
        0.5
        """
        cached_price = self.tokens_in if self.cached_in is None else self.cached_in
        fresh = max(tokens_in - cached_in, 0) * self.tokens_in
        return (fresh + cached_in * cached_price + tokens_out * self.tokens_out) / _PER


Prices = Mapping[str, Price]
"""A price by model name, as the provider reports the name."""


def price_of(prices: Prices | None, model: str) -> Price | None:
    """Return a model's price: by its name, else by the name of which it is a dated form.

    Providers report dated names (`gpt-x-2026-05-01`, `gpt-x-latest`) for the plain name in a price
    table. Another model of the family (`gpt-x-mini`) has another price, or none.
    """
    if not prices:
        return None
    if model in prices:
        return prices[model]
    dated = _DATE.search(model)
    return prices.get(model[: dated.start()]) if dated else None
