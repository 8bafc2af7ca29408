"""Read how long a service asked not to be called, off the exception it caused."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

_CAUSES = 4  # exceptions looked at: an error, what caused it, what caused that


def retry_after_of(error: BaseException, now: float) -> float:
    """Return the seconds that a service asked to be left alone; 0 where it asked for nothing.

    Reads `Retry-After` (seconds or an HTTP date, RFC 9110 section 10.2.3) and `retry-after-ms`
    off the response of the error or of what caused it, and the attribute `retry_after` that some
    clients set.

    Args:
        error: What was raised.
        now: Unix time in seconds, for dates.
    """
    found: BaseException | None = error
    for _ in range(_CAUSES):
        if found is None:
            break
        if (seconds := _asked(found, now)) > 0:
            return seconds
        found = found.__cause__
    return 0.0


def _asked(error: BaseException, now: float) -> float:
    for name in ("retry_after", "retry_after_seconds"):
        if isinstance(given := getattr(error, name, None), int | float):
            return float(given)
    for holder in (getattr(error, "response", None), error):
        headers: Any = getattr(holder, "headers", None)
        if hasattr(headers, "items"):
            return _from_headers({str(k).lower(): v for k, v in headers.items()}, now)
    return 0.0


def _from_headers(headers: Mapping[str, Any], now: float) -> float:
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1_000
    given = headers.get("retry-after")
    seconds = _number(given)
    return seconds if seconds is not None else _until(given, now)


def _number(given: Any) -> float | None:
    try:
        number = float(given)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < float("inf") else None


def _until(given: Any, now: float) -> float:
    try:
        return max(parsedate_to_datetime(str(given)).timestamp() - now, 0.0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
