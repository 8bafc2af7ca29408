"""What the traces of a store lead to, and what nothing leads to any more."""

from collections.abc import Iterator, Mapping
from sqlite3 import Connection
from typing import Any, Final

import orjson

from .codec import MARK
from .packing import unpack
from .references import ref_text

REFS: Final = (
    "SELECT inputs, outputs, request, response FROM span",
    "SELECT request, outcome, NULL, NULL FROM call",
)
"""Where rows refer to payloads."""


class Marked:
    """What is still led to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.blobs: set[bytes] = set()
        self.links: set[bytes] = set()

    def follow(self, ref: bytes | str | None) -> None:
        """Mark a reference as a row keeps it, and all that it leads to."""
        waiting = references_of(ref)
        while waiting:
            kind, digest = waiting.pop()
            waiting += self._blob(digest) if kind == "ref" else self._link(digest)

    def delete_others(self, since: int) -> tuple[int, int]:
        """Delete what is not marked and was last written before an hour.

        Returns:
            How many payloads that were, and how many younger ones stay.
        """
        ask = self._connection.execute
        gone = [
            each
            for each in ask("SELECT h FROM blob WHERE seen < ?", [since])
            if each[0] not in self.blobs
        ]
        links = [
            each
            for each in ask("SELECT h FROM link WHERE seen < ?", [since])
            if each[0] not in self.links
        ]
        self._connection.executemany("DELETE FROM blob WHERE h = ?", gone)
        self._connection.executemany("DELETE FROM sealed WHERE h = ?", gone)
        self._connection.executemany("DELETE FROM link WHERE h = ?", links)
        young = ask("SELECT h FROM blob WHERE seen >= ?", [since])
        return len(gone), sum(each[0] not in self.blobs for each in young)

    def _blob(self, digest: bytes) -> list[tuple[str, bytes]]:
        if digest in self.blobs:
            return []
        self.blobs.add(digest)
        sql = "SELECT form, data FROM blob WHERE h = ?"
        found = self._connection.execute(sql, [digest]).fetchone()
        return list(references_in(orjson.loads(unpack(*found)))) if found else []

    def _link(self, digest: bytes) -> list[tuple[str, bytes]]:
        if not digest or digest in self.links:
            return []
        self.links.add(digest)
        sql = "SELECT before, item FROM link WHERE h = ?"
        found = self._connection.execute(sql, [digest]).fetchone()
        return [("chain", found[0]), ("ref", found[1])] if found else []


def references_of(ref: bytes | str | None) -> list[tuple[str, bytes]]:
    """Return what a reference as a row keeps it leads to, as `references_in` does."""
    told = ref_text(ref)
    if not told:
        return []
    if told.startswith("="):
        return list(references_in(orjson.loads(told[1:])))
    kind = "chain" if told.startswith("~") else "ref"
    return [(kind, bytes.fromhex(told.removeprefix("~")))]


def references_in(tree: Any) -> Iterator[tuple[str, bytes]]:
    """Yield what a payload's tree leads to: payloads (`ref`) and chains, by digest."""
    if isinstance(tree, list):
        for each in tree:
            yield from references_in(each)
    elif isinstance(tree, Mapping):
        if (mark := tree.get(MARK)) in ("ref", "chain"):
            yield str(mark), bytes.fromhex(tree["h"])
            return
        for each in tree.values():
            yield from references_in(each)
