"""Times, in nanoseconds since the epoch, as LangSmith writes them."""

from datetime import UTC, datetime


def iso(time: int) -> str:
    """Return a time as a run's `start_time` says it, in microseconds."""
    return _moment(time).isoformat(timespec="microseconds")


def stamp(time: int) -> str:
    """Return a time as it stands in a `dotted_order`."""
    return _moment(time).strftime("%Y%m%dT%H%M%S%fZ")


def _moment(time: int) -> datetime:
    seconds, rest = divmod(time, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1_000)
