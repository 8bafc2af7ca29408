"""Traces found: by what they are, or by what somebody typed of an id."""

import json
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from .database import Database
from .errors import NoSuchTraceError
from .model import Status, Trace
from .rows import READ_TRACE, trace_of

LAST: Final = "last"
"""What the newest trace is called."""
LAST_FAILED: Final = "last-failed"
"""What the newest trace that ended with an error is called."""
Rows = Callable[[str, Sequence[Any]], list[Any]]
_NEWEST: Final = {LAST: "", LAST_FAILED: " WHERE status = 'error'"}
_SHOWN = 3
_SEVERAL = 8  # ids that are named where several fit
_LOOKED_AT = 1_000
_WHOLE = 24  # characters of an id that is shown as it is
_LEAST = 4  # characters of a part from within an id
_SHORT = 8  # characters of the shortest end of a longer one


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
    """Return the trace of an id, of a part of it, or the newest one.

    Raises:
        NoSuchTraceError: There is none, or there are several.
    """
    if asked in _NEWEST:
        found = rows(f"{READ_TRACE}{_NEWEST[asked]} ORDER BY start DESC, n DESC LIMIT 1", [])
    else:
        found = rows(f"{READ_TRACE} WHERE id = ?", [asked]) or _fitting(rows, asked)
    if len(found) == 1:
        return trace_of(found[0])
    if found:
        several = ", ".join(str(row[0]) for row in found[:_SEVERAL])
        more = " and more" if len(found) > _SEVERAL else ""
        raise NoSuchTraceError(
            f"{asked!r} fits several ids in {place}: {several}{more}; say more of it"
        )
    if asked == LAST_FAILED and rows("SELECT 1 FROM trace LIMIT 1", []):
        raise NoSuchTraceError(f"{place} has no run that failed; ask for {LAST!r} or an id")
    raise NoSuchTraceError(f"{place} has no trace {asked!r}: {_near(rows, asked)}")


def short_ids(store: Path, ids: Sequence[str]) -> Mapping[str, str]:
    """Return what to call each of some traces of a store: an end of its id that no other fits.

    The end, because ids of runs that were made one after the other begin alike. At least 8
    characters; an id of up to 24 is left as it is.

    Cost: a look at every id of the store, about 0.3 seconds for 100,000.

    Raises:
        StoreError: The store cannot be read.
    """
    called = {each: each for each in ids}
    left = [each for each in called if len(each) > _WHOLE]
    if not left:
        return called
    database = Database(store, read_only=True)
    try:
        return called | _shortened(database.rows, left)
    finally:
        database.close()


def _shortened(rows: Rows, ids: Sequence[str]) -> dict[str, str]:
    """Return long ids by their shortest ends that no other fits; those without one are not in."""
    called: dict[str, str] = {}
    left = [each for each in ids if len(each) > _WHOLE]
    for length in range(_SHORT, max(map(len, left), default=0), 4):
        ends = [each[-length:] for each in left]
        taken = _fitted(rows, ends)
        called |= {each: each[-length:] for each in left if taken[each[-length:]] == 1}
        left = [each for each in left if taken[each[-length:]] != 1 and len(each) > length]
        if not left:
            break
    return called


def _fitted(rows: Rows, ends: Sequence[str]) -> dict[str, int]:
    """Return how many ids each of some ends of one length fits, as an end or as a beginning."""
    found = dict.fromkeys(ends, 0)
    several = json.dumps(list(found))
    for part in ("substr(id, -?)", "substr(id, 1, ?)"):
        sql = (
            f"SELECT {part} AS part, count(*) FROM trace"  # noqa: S608 - words of ours
            " WHERE part IN (SELECT value FROM json_each(?)) GROUP BY part"
        )
        for end, count in rows(sql, [len(ends[0]), several]):
            found[end] += count
    return found


def _fitting(rows: Rows, asked: str) -> list[Any]:
    """Return the traces whose ids begin or end so, newest first; else those that have it inside.

    Inside, because of the short id that a list shows many type the first characters.
    """
    if not asked:
        return []
    after = asked[:-1] + chr(min(ord(asked[-1]) + 1, 0x10FFFF))
    sql = (
        f"{READ_TRACE} WHERE id IN (SELECT id FROM trace WHERE id >= ? AND id < ?"  # noqa: S608 - words of ours
        " UNION SELECT id FROM trace WHERE substr(id, -length(?)) = ?)"
        " ORDER BY start DESC, n DESC LIMIT ?"
    )
    found = rows(sql, [asked, after, asked, asked, _SEVERAL + 1])
    if found or len(asked) < _LEAST:
        return found
    inside = f"{READ_TRACE} WHERE instr(id, ?) ORDER BY start DESC, n DESC LIMIT ?"
    return rows(inside, [asked, _SEVERAL + 1])


def _near(rows: Rows, asked: str) -> str:
    newest = rows(f"SELECT id FROM trace ORDER BY start DESC LIMIT {_LOOKED_AT}", [])  # noqa: S608 - a number of ours
    ids = [str(row[0]) for row in newest]
    if not ids:
        return "it is empty; record into it first"
    near = get_close_matches(asked, ids, n=_SHOWN, cutoff=0.3)
    called = {} if near else _shortened(rows, ids[:_SHOWN])
    named = ", ".join(near or [called.get(each, each) for each in ids[:_SHOWN]])
    what = "nearest" if near else "newest"
    return f"the {what} are {named}; or ask for {LAST!r} or {LAST_FAILED!r}"
