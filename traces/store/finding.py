"""Traces found: by what they are, or by what somebody typed of an id."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, Final

from .errors import NoSuchTraceError
from .model import Status, Trace
from .rows import READ_TRACE, trace_of

LAST: Final = "last"
"""What the newest trace is called."""
Rows = Callable[[str, Sequence[Any]], list[Any]]
_SHOWN = 3
_LOOKED_AT = 1_000


def select_traces(
    since: int | None,
    until: int | None,
    thread: str | None,
    status: Status | None,
    limit: int | None,
) -> tuple[str, list[Any]]:
    """Return the query for traces, newest first, and its values."""
    wanted = {"start >= ?": since, "start < ?": until, "thread = ?": thread, "status = ?": status}
    given = {test: value for test, value in wanted.items() if value is not None}
    where = f" WHERE {' AND '.join(given)}" if given else ""
    sql = f"{READ_TRACE}{where} ORDER BY start DESC, n DESC LIMIT ?"
    return sql, [*given.values(), -1 if limit is None else max(limit, 0)]


def find_trace(rows: Rows, asked: str, place: str) -> Trace:
    """Return the trace of an id, of its beginning, or the newest one.

    Raises:
        NoSuchTraceError: There is none, or there are several.
    """
    if asked == LAST:
        found = rows(f"{READ_TRACE} ORDER BY start DESC, n DESC LIMIT 1", [])
    else:
        found = rows(f"{READ_TRACE} WHERE id = ?", [asked]) or _beginning(rows, asked)
    if len(found) == 1:
        return trace_of(found[0])
    if found:
        several = ", ".join(str(row[0]) for row in found[:_SHOWN])
        raise NoSuchTraceError(
            f"{asked!r} begins several ids in {place}: {several}; say more of it"
        )
    raise NoSuchTraceError(f"{place} has no trace {asked!r}: {_near(rows, asked)}")


def _beginning(rows: Rows, asked: str) -> list[Any]:
    if not asked:
        return []
    after = asked[:-1] + chr(min(ord(asked[-1]) + 1, 0x10FFFF))
    return rows(f"{READ_TRACE} WHERE id >= ? AND id < ? LIMIT {_SHOWN + 1}", [asked, after])


def _near(rows: Rows, asked: str) -> str:
    newest = rows(f"SELECT id FROM trace ORDER BY start DESC LIMIT {_LOOKED_AT}", [])  # noqa: S608 - a number of ours
    ids = [str(row[0]) for row in newest]
    if not ids:
        return "it is empty; record into it first"
    near = get_close_matches(asked, ids, n=_SHOWN, cutoff=0.3) or ids[:_SHOWN]
    return f"the nearest are {', '.join(near)}; or ask for {LAST!r}"
