"""Read a time as a person types it: how long ago, or a date."""

import re
import time
from datetime import UTC, datetime

_AGO = re.compile(r"(\d+)\s*([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_NANO = 1_000_000_000


def time_of(text: str) -> int:
    """Return a time, in nanoseconds since the epoch, of `24h` ago or of a date; 0 of no text.

    Raises:
        ValueError: It is no time; says what is one.
    """
    if not text:
        return 0
    if ago := _AGO.fullmatch(text.strip()):
        return time.time_ns() - int(ago[1]) * _SECONDS[ago[2]] * _NANO
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"--since {text!r} is no time: say 90m, 24h, 7d or a date like 2026-05-01"
        ) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * _NANO
