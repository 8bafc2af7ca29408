"""What was put and is not written yet."""

from typing import NamedTuple


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
