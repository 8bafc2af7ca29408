"""Read times, as nanoseconds since the Unix epoch."""

from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def nanoseconds(given: Any) -> int | None:
    """Return a time given as ISO 8601 text or as nanoseconds, or None where it is neither.

    Text without a zone is UTC.

    >>> nanoseconds("1970-01-01T00:00:01Z"), nanoseconds("2000000000")
    (1000000000, 2000000000)
    """
    if isinstance(given, bool) or given in (None, ""):
        return None
    if isinstance(given, int | float):
        return int(given)
    text = str(given)
    if text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (moment - _EPOCH) // _MICROSECOND * 1000
