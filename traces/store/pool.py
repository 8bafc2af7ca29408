"""What was put and is not written yet, each once, by its digest."""

from threading import Lock
from typing import Final

from .fresh import Fresh, Link
from .packing import digest_of
from .sealing import Seal

MOST_WAITING_BYTES: Final = 100_000_000
"""Bytes kept for a disk that takes none; older ones are lost, and counted in `lost`."""
_REMEMBERED: Final = 80_000  # digests of what was written


class Pool:
    """Collects payloads and links until they are written. Safe to share between threads.

    Attributes:
        fresh: What is not written yet.
        lost: How many payloads there was no room for while the disk took none.
    """

    def __init__(self, seal: Seal | None = None) -> None:
        self.seal = seal
        self.lost = 0
        self._lock = Lock()
        self.fresh = Fresh.none()
        self._known: set[bytes] = set()

    def add(self, data: bytes, original: bytes | None = None) -> bytes:
        """Take a payload, and return its digest.

        Args:
            data: Its JSON, redacted.
            original: Its JSON before, where that is wanted and differs.
        """
        mark = self.seal.mark(original) if self.seal and original is not None else b""
        digest = digest_of(data + mark)
        if digest not in self._known:
            with self._lock:
                self.fresh.blobs[digest] = data
                if self.seal and original is not None:
                    self.fresh.originals[digest] = self.seal.close(original, digest)
                self._know(digest)
        return digest

    def link(self, before: bytes, item: bytes) -> bytes:
        """Take a link of a chain, and return its digest."""
        digest = digest_of(before + item)
        if digest not in self._known:
            with self._lock:
                self.fresh.links[digest] = Link(digest, before, item)
                self._know(digest)
        return digest

    def take(self) -> Fresh:
        """Return what is not written yet, and forget it."""
        with self._lock:
            taken, self.fresh = self.fresh, Fresh.none()
        return taken

    def give_back(self, fresh: Fresh) -> int:
        """Take again what could not be written; return how much of it there is no room for."""
        with self._lock:
            fresh.blobs.update(self.fresh.blobs)
            fresh.links.update(self.fresh.links)
            fresh.originals.update(self.fresh.originals)
            self.fresh = fresh
            lost = fresh.drop_oldest(MOST_WAITING_BYTES)
        self.lost += lost
        return lost

    def forget(self) -> None:
        """Count on nothing to be written: what is used again is written anew."""
        self._known = set()

    def is_empty(self) -> bool:
        """Tell whether all is written."""
        return not (self.fresh.blobs or self.fresh.links)

    def _know(self, digest: bytes) -> None:
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        self._known.add(digest)
