"""What was put and is not written yet."""

import time
from sqlite3 import Connection
from typing import NamedTuple

from .packing import pack
from .writing import write_rows

_HOUR_SECONDS = 3_600
_TOUCH = " ON CONFLICT (h) DO UPDATE SET seen = excluded.seen WHERE seen < excluded.seen"
_WRITE_BLOB = "INSERT INTO blob (h, form, data, seen) VALUES (?, ?, ?, ?)" + _TOUCH  # noqa: S608 - words of ours
_WRITE_LINK = "INSERT INTO link (h, before, item, seen) VALUES (?, ?, ?, ?)" + _TOUCH  # noqa: S608 - words of ours
_WRITE_SEALED = "INSERT INTO sealed (h, data) VALUES (?, ?) ON CONFLICT (h) DO NOTHING"


class Link(NamedTuple):
    """One link of a chain: the one before it, or empty, and the payload it adds."""

    id: bytes
    before: bytes
    item: bytes


class Fresh(NamedTuple):
    """What is to be written: payloads and links by digest, encrypted originals of payloads."""

    blobs: dict[bytes, bytes]
    links: dict[bytes, Link]
    originals: dict[bytes, bytes]

    @classmethod
    def none(cls) -> "Fresh":
        """Return nothing."""
        return cls({}, {}, {})

    def drop_oldest(self, most: int) -> int:
        """Forget payloads until there are at most so many bytes of them; return how many."""
        over = sum(map(len, self.blobs.values())) + sum(map(len, self.originals.values())) - most
        gone = 0
        while over > 0 and self.blobs:
            digest = next(iter(self.blobs))
            over -= len(self.blobs.pop(digest)) + len(self.originals.pop(digest, b""))
            gone += 1
        return gone


def write_fresh(connection: Connection, fresh: Fresh) -> None:
    """Write all of it; what is there already is noted as used in this hour."""
    hour = int(time.time()) // _HOUR_SECONDS
    blobs = [(digest, *pack(data), hour) for digest, data in fresh.blobs.items()]
    write_rows(connection, _WRITE_BLOB, blobs)
    write_rows(connection, _WRITE_SEALED, list(fresh.originals.items()))
    write_rows(connection, _WRITE_LINK, [(*link, hour) for link in fresh.links.values()])
