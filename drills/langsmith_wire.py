"""What LangSmith's clients say over HTTP, read and judged as its server does.

The rules are those of the hosted service as its documentation and its issue threads tell them:
where a run stands in its trace, and that none begins more than a day from now.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from io import BufferedIOBase
from typing import Any, NamedTuple

MOST_BYTES = 20 * 1024 * 1024
WINDOW = timedelta(hours=24)
RUN_TYPES = frozenset({"tool", "chain", "llm", "retriever", "embedding", "prompt", "parser"})

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_PART = re.compile(r'name="([^"]+)"')


class TooLargeError(Exception):
    """A request is larger than a server takes."""


class Part(NamedTuple):
    """One part of a request: `post`, `patch`, `feedback` or `attachment` of an id."""

    verb: str
    id: str
    field: str
    content: Any


def read_body(stream: BufferedIOBase, headers: Mapping[str, str]) -> bytes:
    """Read what a request carries: whole or in chunks, plain or compressed with zstd."""
    if headers.get("Transfer-Encoding", "").lower() == "chunked":
        body = b"".join(_chunks(stream))
    else:
        length = int(headers.get("Content-Length") or 0)
        body = b"" if length > MOST_BYTES else stream.read(length)
        if length > MOST_BYTES:
            _drain(stream, length)
            raise TooLargeError
    return _unpacked(body) if headers.get("Content-Encoding") == "zstd" else body


def _drain(stream: BufferedIOBase, length: int) -> None:
    while length > 0 and (piece := stream.read(min(length, 65_536))):
        length -= len(piece)


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    total = 0
    while size := int(stream.readline(64).split(b";")[0], 16):
        total += size
        piece = stream.read(size)
        stream.readline(64)
        if total <= MOST_BYTES:
            yield piece
    stream.readline(64)
    if total > MOST_BYTES:
        raise TooLargeError


def _unpacked(body: bytes) -> bytes:
    import zstandard

    # A frame is written as it comes, so it does not say how large its content is.
    return zstandard.ZstdDecompressor().decompressobj().decompress(body)


def read_parts(path: str, body: bytes, content_type: str) -> list[Part]:
    """Return what a request asks to be stored, in its order."""
    if path == "/runs/multipart":
        return [*_multipart(body, content_type)]
    said = json.loads(body or b"{}")
    if path == "/runs/batch":
        verbs = ("post", "patch")
        return [Part(verb, run["id"], "", run) for verb in verbs for run in said.get(verb) or []]
    if path == "/feedback":
        return [Part("feedback", said["id"], "", said)]
    if path == "/runs":
        return [Part("post", said["id"], "", said)]
    run = path.removeprefix("/runs/")
    return [Part("patch", run, "", {"id": run, **said})]


def _multipart(body: bytes, content_type: str) -> Iterator[Part]:
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise ValueError("a multipart request without a boundary")
    mark, at = b"--" + boundary[1].encode(), 0
    while (at := body.find(mark, at)) >= 0:
        at += len(mark)
        if body.startswith(b"--", at):
            return
        head, _, _ = body[at:].lstrip(b"\r\n").partition(b"\r\n\r\n")
        start = body.index(b"\r\n\r\n", at) + 4
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        at = start + _length(headers, body, start, mark)
        yield _part(headers, body[start:at])


def _length(headers: Mapping[str, str], body: bytes, start: int, mark: bytes) -> int:
    """Return how long a part is: as it says itself, for what it holds may look like a boundary."""
    typed = re.search(r"length=(\d+)", headers.get("Content-Type", ""))
    said = headers.get("Content-Length") or (typed[1] if typed else None)
    return int(said) if said else body.index(b"\r\n" + mark, start) - start


def _part(headers: Mapping[str, str], content: bytes) -> Part:
    name = _PART.search(headers["Content-Disposition"])
    verb, _, rest = name[1].partition(".") if name else ("", "", "")
    id_, _, field = rest.partition(".")
    if verb == "attachment":
        return Part(verb, id_, field, (headers.get("Content-Type", "").split(";")[0], content))
    return Part(verb, id_, field, json.loads(content))


def fault_of_run(run: Mapping[str, Any], now: datetime) -> str | None:
    """Return why a strict server refuses a run, or None."""
    missing = [key for key in ("id", "trace_id", "dotted_order", "start_time") if not run.get(key)]
    if missing:
        return f"missing {', '.join(missing)}"
    if run.get("run_type", "chain") not in RUN_TYPES:
        return f"unknown run_type {run['run_type']}"
    start = moment(run["start_time"])
    if abs(now - start) > WINDOW:
        return "start_time is not within 24 hours of now"
    if run.get("end_time") and moment(run["end_time"]) < start:
        return "end_time is before start_time"
    return _fault_of_place(run)


def _fault_of_place(run: Mapping[str, Any]) -> str | None:
    """Return why a run's `dotted_order` does not say where it stands, or None."""
    parts = [part.partition("Z") for part in run["dotted_order"].split(".")]
    times, ids = [part[0] for part in parts], [part[2] for part in parts]
    parent = run.get("parent_run_id")
    if ids[-1] != run["id"]:
        return "dotted_order must end with the run's id"
    if ids[0] != run["trace_id"]:
        return "dotted_order must begin with trace_id"
    if not parent and len(parts) != 1:
        return "dotted_order must contain a single part for a root run"
    if parent and (len(parts) < 2 or ids[-2] != parent):
        return "the part before the last of dotted_order must be parent_run_id"
    if times != sorted(times):
        return "a run must not start before its parent"
    return None


def moment(text: str) -> datetime:
    """Return the time that a text says; without a zone it is UTC."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
