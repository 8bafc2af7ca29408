"""The desk's database: customers, orders, parcels, payments and help articles, in SQLite."""

import sqlite3
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

_SCHEMA = """
create table orders (
    id text primary key, email text, item text, price real, ordered_on text, parcel text
);
create table parcels (id text primary key, place text, due_on text);
create table payments (order_id text primary key, method text, paid real, returned_on text);
create table services (method text primary key, up integer);
create table refunds (
    id integer primary key, order_id text, amount real, reason text, state text
);
create table articles (id text primary key, title text, body text);
create table repairs (id integer primary key, order_id text, fault text);
"""

_ORDERS = [
    # id, customer, item, price, ordered on, parcel, where it is, due on, paid by, returned on
    ("A-1041", "ann@example.com", "Keyboard K2", 79.0, "2026-03-02", "PX-7304",
     "sorting centre, Leipzig", "2026-03-09", "card", None),
    ("A-1042", "ola@example.com", "Router T3", 119.0, "2026-01-20", "PX-7290",
     "delivered", "2026-01-24", "card", None),
    ("A-1043", "ben@example.com", "Monitor M27 with spare cable", 249.0, "2026-02-25", "PX-7301",
     "delivered", "2026-03-01", "card", None),
    ("A-1045", "cem@example.com", "Desk lamp, set of two", 118.5, "2026-01-11", "PX-7277",
     "returned", "2026-01-15", "card", "2026-02-01"),
    ("A-1046", "dia@example.com", "Backpack B1", 64.0, "2026-02-27", "PX-7312",
     "customs, Rotterdam", "2026-03-12", "card", None),
    ("A-1047", "eve@example.com", "Headphones H5", 139.0, "2026-02-03", "PX-7285",
     "delivered", "2026-02-07", "card", None),
    ("A-1048", "fay@example.com", "Monitor M24", 179.0, "2026-01-30", "PX-7281",
     "delivered", "2026-02-04", "card", None),
    ("A-1049", "gil@example.com", "Coffee grinder G1", 89.9, "2026-02-10", "PX-7293",
     "returned", "2026-02-14", "paypal", "2026-03-01"),
]  # fmt: skip

_ARTICLES = [
    ("KB-11", "Router blinks orange slowly",
     "The router is looking for the line. Check the grey cable, then hold reset for 10 seconds."),
    ("KB-12", "Monitor flickers",
     "Set the refresh rate to 60 Hz and use the cable that came with the monitor."),
    ("KB-13", "Keyboard types letters twice", "Update the firmware to 2.4."),
    ("KB-14", "Headphones do not pair", "Hold both keys for 5 seconds until the light turns blue."),
]  # fmt: skip

_CROWD = 60  # orders of other customers, so that an invented id could hit somebody


class Database:
    """One support desk's data, in memory, filled when it is made.

    Tools read and write it; calls may come from several threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(_SCHEMA)
        self._fill()

    def _fill(self) -> None:
        for order in [*_ORDERS, *map(_other_order, range(_CROWD))]:
            number, email, item, price, ordered_on, parcel, place, due_on, method, back = order
            self.write("insert into orders values (?, ?, ?, ?, ?, ?)",
                       number, email, item, price, ordered_on, parcel)  # fmt: skip
            self.write("insert into parcels values (?, ?, ?)", parcel, place, due_on)
            self.write("insert into payments values (?, ?, ?, ?)", number, method, price, back)
        for article in _ARTICLES:
            self.write("insert into articles values (?, ?, ?)", *article)
        self.write("insert into services values ('card', 1), ('paypal', 0)")
        self.write("insert into refunds (order_id, amount, reason, state) values (?, ?, ?, ?)",
                   "A-1045", 118.5, "returned", "paid")  # fmt: skip

    def read(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        with self._lock:
            return [dict(row) for row in self._connection.execute(sql, values)]

    def one(self, sql: str, *values: Any, missing: str) -> Mapping[str, Any]:
        """Return the one row of a query.

        Raises:
            LookupError: There is none; `missing` is its message.
        """
        rows = self.read(sql, *values)
        if not rows:
            raise LookupError(missing)
        return rows[0]

    def write(self, sql: str, *values: Any) -> int:
        """Change something; return the number of the row that was made."""
        with self._lock, self._connection:
            return self._connection.execute(sql, values).lastrowid or 0

    def close(self) -> None:
        """Let go of the memory."""
        self._connection.close()


def _other_order(n: int) -> Sequence[Any]:
    day = f"2026-02-{n % 28 + 1:02}"
    return (
        f"A-{2000 + n}", f"customer{n}@example.com", "Cable C1", 9.9 + n, day, f"PX-{8000 + n}",
        "delivered", day, "card", None,
    )  # fmt: skip
