"""One HTTP request and its answer, as bytes, with the headers that hold secrets masked."""

import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Any, Final, Self

MASK: Final = "[redacted]"
MOST_BYTES: Final = 8_000_000
"""Bytes kept of an answer; it goes to its reader whole."""
_SECRET = re.compile(
    r"authorization|api-?key|cookie|token|secret|credential|signature", re.IGNORECASE
)


@dataclass(slots=True)
class Exchange:
    """A request and its answer.

    Attributes:
        request: Method, address, headers and body.
        response: Status and headers; empty while there is none.
        began: When it began, in nanoseconds since the epoch.
        first: When the first byte of the answer came, or None.
        parts: The body of the answer, as it came.
        size: Bytes that came, of which the first 8 million are kept.
        digest: BLAKE2b of all of them.
    """

    request: dict[str, Any]
    began: int
    response: dict[str, Any] = field(default_factory=dict)
    first: int | None = None
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    digest: Any = field(default_factory=partial(blake2b, digest_size=16))
    is_told: bool = False

    @classmethod
    def begun(cls, request: Any) -> Self:
        """Return an exchange that begins with a request of httpx."""
        body: bytes | None = None
        with contextlib.suppress(Exception):  # a body that is streamed is not there to be read
            body = bytes(request.content)
        told = {
            "method": str(request.method),
            "url": str(request.url),
            "headers": _masked(request.headers),
            "body": body,
        }
        return cls(told, time.time_ns())

    def answered(self, response: Any) -> None:
        """Take the status and the headers of the answer."""
        self.response = {"status": response.status_code, "headers": _masked(response.headers)}

    def came(self, part: bytes) -> None:
        """Take a part of the body."""
        if self.first is None:
            self.first = time.time_ns()
        if self.size < MOST_BYTES:
            self.parts.append(bytes(part))
        self.size += len(part)
        self.digest.update(part)

    def tell(self, listener: Callable[["Exchange"], None]) -> None:
        """Tell a listener, once."""
        if not self.is_told:
            self.is_told = True
            listener(self)

    def outcome(self) -> dict[str, Any]:
        """Return the answer: status, headers, body, its size, and what it took in nanoseconds."""
        return {
            **self.response,
            "body": b"".join(self.parts)[:MOST_BYTES],
            "bytes": self.size,
            "digest": self.digest.hexdigest(),
            "first_byte_ns": None if self.first is None else self.first - self.began,
            "ns": time.time_ns() - self.began,
        }


def _masked(headers: Any) -> dict[str, str]:
    return {
        str(name): MASK if _SECRET.search(str(name)) else str(value)
        for name, value in headers.items()
    }
