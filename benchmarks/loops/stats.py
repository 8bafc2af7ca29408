"""Rates with their uncertainty."""

from math import sqrt
from statistics import median

_Z = 1.959964  # 95 %


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a rate (Wilson 1927), 0 to 1."""
    if not trials:
        return 0.0, 1.0
    share, square = hits / trials, _Z * _Z
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    spread = sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    half = _Z * spread / (1 + square / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(hits: int, trials: int) -> str:
    """Return a rate in per cent with its interval, such as ``95.5 % [78.2, 99.2], 21 of 22``."""
    if not trials:
        return "-"
    low, high = wilson(hits, trials)
    share = f"{100 * hits / trials:.2f}".rstrip("0").rstrip(".")
    return f"{share} % [{100 * low:.1f}, {100 * high:.1f}], {hits} of {trials}"


def middle(values: list[float]) -> str:
    return f"{median(values):g}" if values else "-"
