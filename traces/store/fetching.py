"""Payloads by their digests: what is not written yet, then what is in the file."""

from .database import Database
from .errors import StoreError
from .packing import digest_of, unpack
from .pool import Pool

_CHAIN = """
    WITH RECURSIVE walk (before, item, depth) AS (
        SELECT before, item, 0 FROM link WHERE h = ?
        UNION ALL
        SELECT link.before, link.item, depth + 1 FROM link JOIN walk ON link.h = walk.before)
    SELECT before, item FROM walk ORDER BY depth DESC"""
_READ_BLOB = "SELECT form, data FROM blob WHERE h = ?"
_READ_SEALED = "SELECT data FROM sealed WHERE h = ?"


class Fetching:
    """Gets what references lead to; what is not what was written is never given out."""

    def __init__(self, database: Database, pool: Pool) -> None:
        self._database = database
        self._pool = pool
        self._path = database.path

    def payload(self, digest: bytes) -> bytes:
        """Return a payload.

        Raises:
            StoreError: It is not there, or damaged.
        """
        if (waiting := self._pool.fresh.blobs.get(digest)) is not None:
            return waiting
        found = self._database.rows(_READ_BLOB, [digest])
        if not found:
            raise StoreError(f"{self._path} has no payload {digest.hex()}: it was pruned or lost")
        try:
            data = unpack(*found[0])
        except (ValueError, TypeError) as error:
            raise StoreError(f"{self._path}: payload {digest.hex()} is damaged") from error
        if digest_of(data) != digest and not self._database.rows(_READ_SEALED, [digest]):
            raise StoreError(f"{self._path}: payload {digest.hex()} is damaged")
        return data

    def original(self, digest: bytes) -> bytes:
        """Return a payload as it was before it was redacted, where it is kept so and can be read.

        Raises:
            StoreError: It is not there, or damaged, or the key is another one.
        """
        sealed = self._pool.fresh.originals.get(digest)
        if sealed is None:
            found = self._database.rows(_READ_SEALED, [digest])
            sealed = found[0][0] if found else None
        if sealed is None or self._pool.seal is None:
            return self.payload(digest)
        try:
            return self._pool.seal.open(sealed, digest)
        except ValueError as error:
            raise StoreError(f"{self._path}: {error}") from error

    def chain(self, tip: bytes) -> list[bytes]:
        """Return the payloads of a chain, oldest first.

        Raises:
            StoreError: A part of it is not there, or damaged.
        """
        items: list[bytes] = []
        while tip and (link := self._pool.fresh.links.get(tip)):
            items.append(link.item)
            tip = link.before
        items.reverse()
        if not tip:
            return items
        found = self._database.rows(_CHAIN, [tip])
        end = b""
        for _, item in found:
            end = digest_of(end + item)
        if end != tip:
            raise StoreError(f"{self._path}: a part of chain {tip.hex()} was lost")
        return [*(row[1] for row in found), *items]
