"""Claims that are settled without the model: what is copied, and what declines."""

from .features import Measured
from .refusals import refuses

SURE = -6.0
"""Log odds against a claim that is taken from a source word for word, or that claims nothing."""


def given_odds(claim: str, measured: Measured) -> float | None:
    """Return the log odds that a claim is unsupported where they are settled, else None."""
    return SURE if measured.support.copied or refuses(claim) else None
