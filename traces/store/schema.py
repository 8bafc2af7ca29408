"""The tables of a store, and the numbered steps that bring an older file up to them.

A step is never changed once it is released: what is new is a step of its own, at the end.
"""

import sqlite3
from typing import Final

from .errors import StoreError

APPLICATION: Final = 0x484F4C44  # "HOLD", by which `file` and other tools know a store
MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE trace (
        n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT, start INTEGER, thread TEXT,
        end INTEGER, status TEXT, ending TEXT, error TEXT, source TEXT, replay_of TEXT,
        tokens_in INTEGER, tokens_out INTEGER, usd REAL, spans INTEGER, tags TEXT, metadata TEXT);
    CREATE INDEX trace_start ON trace (start);
    CREATE INDEX trace_thread ON trace (thread, start);
    CREATE TABLE span (
        n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, trace INTEGER NOT NULL, seq INTEGER,
        parent BLOB, kind TEXT, name TEXT, start INTEGER, end INTEGER, status TEXT,
        inputs BLOB, outputs BLOB, request BLOB, response BLOB, more BLOB);
    CREATE INDEX span_trace ON span (trace, seq);
    CREATE TABLE event (
        trace INTEGER, seq INTEGER, time INTEGER, kind TEXT, name TEXT, span BLOB, data BLOB,
        PRIMARY KEY (trace, seq)) WITHOUT ROWID;
    CREATE TABLE call (
        trace INTEGER, n INTEGER, namespace TEXT, path TEXT, name TEXT, digest TEXT, kind TEXT,
        method TEXT, span BLOB, node TEXT, step INTEGER, nested INTEGER, request BLOB,
        outcome BLOB, PRIMARY KEY (trace, n)) WITHOUT ROWID;
    CREATE TABLE blob (
        n INTEGER PRIMARY KEY, h BLOB NOT NULL UNIQUE, form INTEGER, seen INTEGER, data BLOB);
    CREATE TABLE link (h BLOB PRIMARY KEY, before BLOB, item BLOB, seen INTEGER) WITHOUT ROWID;
    CREATE TABLE sealed (h BLOB PRIMARY KEY, data BLOB) WITHOUT ROWID;
    """,
    """
    CREATE TABLE export_place (
        place TEXT PRIMARY KEY, since INTEGER, until INTEGER NOT NULL DEFAULT 0,
        tries INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
    CREATE TABLE export_trace (
        place TEXT, trace TEXT, start INTEGER NOT NULL, state TEXT NOT NULL,
        sent INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0,
        due INTEGER NOT NULL DEFAULT 0, owner TEXT NOT NULL DEFAULT '',
        lease INTEGER NOT NULL DEFAULT 0, shift INTEGER, floor INTEGER,
        apart INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (place, trace)) WITHOUT ROWID;
    CREATE INDEX export_waiting ON export_trace (place, state, tries, start);
    CREATE TABLE export_dead (
        place TEXT, kind TEXT, id TEXT, trace TEXT, status INTEGER, why TEXT, body TEXT,
        time INTEGER, PRIMARY KEY (place, kind, id)) WITHOUT ROWID;
    """,
    """
    CREATE TABLE word (n INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE span_by_trace (
        trace INTEGER NOT NULL, id BLOB NOT NULL, seq INTEGER, parent BLOB, kind, name,
        start INTEGER, took INTEGER, status, inputs BLOB, outputs BLOB, request BLOB,
        response BLOB, node, step INTEGER, call_id TEXT, hidden INTEGER, more BLOB,
        PRIMARY KEY (trace, id)) WITHOUT ROWID;
    INSERT INTO span_by_trace (trace, id, seq, parent, kind, name, start, took, status, inputs,
        outputs, request, response, more)
        SELECT trace, id, seq, parent, kind, name, start, end - start, status, inputs, outputs,
            request, response, more FROM span;
    CREATE TABLE call_by_trace (
        trace INTEGER, n INTEGER, namespace TEXT, path TEXT, name, digest BLOB, kind, method,
        span BLOB, node, step INTEGER, nested INTEGER, request BLOB, outcome BLOB,
        PRIMARY KEY (trace, n)) WITHOUT ROWID;
    INSERT INTO call_by_trace SELECT trace, n, namespace, path, name, digest, kind, method, span,
        node, step, nested, request, outcome FROM call;
    DROP TABLE call;
    ALTER TABLE call_by_trace RENAME TO call;
    DROP TABLE span;
    ALTER TABLE span_by_trace RENAME TO span;
    """,
    """
    CREATE TABLE word_again (n INTEGER PRIMARY KEY, text TEXT NOT NULL);
    INSERT INTO word_again SELECT n, text FROM word;
    """,
)


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring a file up to this version's tables, in one piece; several processes may try at once.

    Raises:
        StoreError: The file is another program's, or of a newer Holdfast.
    """
    if _version(connection, path) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(_version(connection, path), len(MIGRATIONS)):
            for statement in MIGRATIONS[number].split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def check_version(connection: sqlite3.Connection, path: str) -> None:
    """Refuse a file that is only read and is not of this version.

    Raises:
        StoreError: It is of another version, or no store.
    """
    found = _version(connection, path)
    if found != len(MIGRATIONS):
        raise StoreError(
            f"{path} has tables of version {found}, this Holdfast reads {len(MIGRATIONS)}: "
            "open it once for writing to bring it up"
        )


def _version(connection: sqlite3.Connection, path: str) -> int:
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    empty = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner != APPLICATION and not empty:
        raise StoreError(f"{path} is a database of another program: name a file for traces alone")
    if found > len(MIGRATIONS):
        raise StoreError(
            f"{path} has tables of version {found}, this Holdfast knows {len(MIGRATIONS)}: "
            "use the newer Holdfast that wrote it"
        )
    return found
