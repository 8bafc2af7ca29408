"""A LangSmith on loopback: it speaks the real one's wire, keeps its rules, and fails on command.

For tests, notebooks and benchmarks of what is exported; see `LangSmithStub`.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import parse_qs

from .langsmith_datasets import Datasets
from .langsmith_http import Served
from .langsmith_wire import Part, TooLargeError, fault_of_run, read_parts

PROJECT_ID = "00000000-0000-4000-8000-0000000000aa"
_TENANT_ID = "00000000-0000-4000-8000-0000000000bb"
_MOST_REQUESTS = 10_000


class Fault(NamedTuple):
    """An answer other than the usual one."""

    status: int
    headers: Mapping[str, str] = {}


class Asked(NamedTuple):
    """A request that came in.

    Attributes:
        method: Its method.
        path: Its path, without the query.
        n: How many requests to that path there have been, with this one.
        headers: Its headers.
        size: How many bytes its body had, unpacked.
    """

    method: str
    path: str
    n: int
    headers: Mapping[str, str]
    size: int


FaultScript = Callable[[Asked], "Fault | Literal['hang', 'reset'] | None"]


class LangSmithStub:
    """A stand-in for LangSmith's server, for as long as a `with` block lasts.

    Attributes:
        url: Where it is: the clients' `api_url`.
        feedback: The feedback it has, by id.
        attachments: What runs carry besides, by run id and name: content type and bytes.
        asked: The newest 10,000 requests, oldest first.
        posted: How many times each run id was posted and accepted.
        datasets: The datasets and examples it has.
    """

    def __init__(
        self,
        *,
        zstd: bool = True,
        multipart: bool = True,
        strict: bool = True,
        fault: FaultScript | None = None,
        refuses: Callable[[Mapping[str, Any]], bool] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        flags: Mapping[str, Any] | None = None,
        most: int = 200_000,
        hang_seconds: float = 30.0,
    ) -> None:
        """Say how it behaves; it listens within a `with` block.

        Args:
            zstd: Whether it tells clients that it reads compressed requests.
            multipart: Whether it takes `/runs/multipart`; else only `/runs/batch`.
            strict: Whether it refuses, with 422 and whole, a request with a run that breaks the
                hosted service's rules, and feedback on a run it does not have.
            fault: What it answers instead of the usual, request by request; "hang" never
                answers, "reset" breaks the connection.
            refuses: Which run or feedback is poison: a request with one is refused with 422.
            now: The clock of the 24-hour window.
            flags: More of `instance_flags`.
            most: How many runs and feedbacks it keeps; then it answers 507.
            hang_seconds: How long "hang" lasts at most.
        """
        self._zstd, self._multipart, self._strict = zstd, multipart, strict
        self._fault, self._refuses, self._now = fault, refuses, now
        self._flags, self._most, self._hang_seconds = dict(flags or {}), most, hang_seconds
        self._posts: dict[str, dict[str, Any]] = {}
        self._patches: dict[str, dict[str, Any]] = {}
        self.feedback: dict[str, dict[str, Any]] = {}
        self.attachments: dict[tuple[str, str], tuple[str, bytes]] = {}
        self.asked: deque[Asked] = deque(maxlen=_MOST_REQUESTS)
        self.posted: Counter[str] = Counter()
        self.datasets = Datasets()
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._served: Served | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        if self._served is None:
            raise RuntimeError("the stub listens only within its `with` block")
        return self._served.url

    @property
    def runs(self) -> dict[str, dict[str, Any]]:
        """The runs it has, by id: what was patched over what was posted, nulls ignored."""
        with self._lock:
            ids = [*self._posts, *(id_ for id_ in self._patches if id_ not in self._posts)]
            return {id_: self._merged(id_) for id_ in ids}

    def __enter__(self) -> Self:
        self._served = Served(self.answer, self._hang_seconds)
        self._served.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._served is not None:
            self._served.stop()

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> "tuple[int, Mapping[str, str], Any] | Literal['hang', 'reset']":
        """Return status, headers and JSON for a request, or how it fails to answer."""
        path, _, query = path.partition("?")
        with self._lock:
            self._counts[path] += 1
            asked = Asked(method, path, self._counts[path], dict(headers), len(body))
            self.asked.append(asked)
            found = self._fault(asked) if self._fault else None
            if found in ("hang", "reset"):
                return found
            if isinstance(found, Fault):
                return found.status, found.headers, {"detail": "as scripted"}
            if self.datasets.knows(path):
                name = parse_qs(query).get("name", [""])[0]
                status, said = self.datasets.answer(method, path, name, body)
            else:
                status, said = self._read(path) if method == "GET" else self._write(asked, body)
            return status, {}, said

    def _read(self, path: str) -> tuple[int, Any]:
        if path == "/info":
            return 200, self._info()
        if path == "/sessions":
            times = {"start_time": "2026-01-01T00:00:00+00:00", "reference_dataset_id": None}
            return 200, [{"id": PROJECT_ID, "name": "stub", "tenant_id": _TENANT_ID, **times}]
        return 404, {"detail": f"no {path} here"}

    def _info(self) -> dict[str, Any]:
        limits = {
            "use_multipart_endpoint": self._multipart,
            "size_limit": 100,
            "size_limit_bytes": 20_971_520,
            "scale_up_qsize_trigger": 1000,
            "scale_up_nthreads_limit": 16,
            "scale_down_nempty_trigger": 4,
        }
        flags = {"zstd_compression_enabled": self._zstd, **self._flags}
        return {"version": "0.16.5", "instance_flags": flags, "batch_ingest_config": limits}

    def _write(self, asked: Asked, body: bytes) -> tuple[int, Any]:
        known = asked.path in ("/feedback", "/runs") or asked.path.startswith("/runs/")
        if not known or (asked.path == "/runs/multipart" and not self._multipart):
            return 404, {"detail": f"no {asked.path} here"}
        try:
            parts = read_parts(asked.path, body, asked.headers.get("Content-Type", ""))
        except (ValueError, KeyError) as error:
            return 400, {"detail": type(error).__name__}
        except TooLargeError:
            return 413, {"detail": "too large"}
        if why := self._fault_of(parts):
            return 422, {"detail": why}
        if len(self._posts) + len(self.feedback) + len(parts) > self._most:
            return 507, {"detail": "the stub is full"}
        self._keep(parts)
        return 202, {"message": "accepted"}

    def _fault_of(self, parts: list[Part]) -> str | None:
        """Return why a request is refused as a whole, or None."""
        wholes = _wholes(parts)
        for (verb, id_), said in wholes.items():
            if self._refuses and self._refuses(said):
                return f"{verb} {id_} is refused"
            if not self._strict:
                continue
            if verb == "feedback" and not self._has_run(said, wholes):
                return f"no run {said.get('run_id')} for this feedback"
            why = fault_of_run(said, self._now()) if verb == "post" else None
            if why:
                return f"run {id_}: {why}"
        return None

    def _has_run(self, feedback: Mapping[str, Any], beside: Mapping[tuple[str, str], Any]) -> bool:
        run = str(feedback.get("run_id"))
        return run in self._posts or run in self._patches or ("post", run) in beside

    def _keep(self, parts: list[Part]) -> None:
        for (verb, id_), said in _wholes(parts).items():
            if verb == "feedback":
                self.feedback[id_] = said
            elif verb == "post":
                self.posted[id_] += 1
                self._posts[id_] = said
            else:
                self._patches.setdefault(id_, {}).update(_without_nulls(said))
        for part in parts:
            if part.verb == "attachment":
                self.attachments[part.id, part.field] = part.content

    def _merged(self, id_: str) -> dict[str, Any]:
        return {**self._posts.get(id_, {}), **self._patches.get(id_, {})}


def _wholes(parts: list[Part]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return each run and feedback of a request in one piece, by verb and id."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for part in parts:
        if part.verb in ("post", "patch", "feedback"):
            said = {part.field: part.content} if part.field else part.content
            found.setdefault((part.verb, part.id), {}).update(said)
    return found


def _without_nulls(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if value is not None}
