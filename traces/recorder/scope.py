"""Recording for a stretch of code, or for a whole process."""

from contextlib import suppress
from contextvars import ContextVar, Token
from functools import partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Final, cast

from langchain_core.tracers.context import register_configure_hook

from ...guards.errors import GuardConfigError
from ...guards.prices import Prices
from ..exporting.export import Export
from ..store.bounds import LARGEST, LONGEST
from ..store.redaction import Redaction
from .lifecycle import begin_telling, end_telling
from .on_premise import refuse_exports
from .recorder import Recorder


class _Current:
    """The recorder that LangChain asks for: this context's, else the process's only one.

    A thread that a node starts by hand knows no context; with one recorder at work it is plain
    which one is meant, with several it is not.
    """

    def __init__(self) -> None:
        self.here: ContextVar[Recorder | None] = ContextVar("holdfast_recorder", default=None)
        self.all: list[Recorder] = []
        self._lock = Lock()
        self._known = False

    def get(self) -> Recorder | None:
        """Return the recorder, or None."""
        found = self._of_this_context()
        if found is None and len(self.all) == 1:
            return self.all[0]
        return found

    def _of_this_context(self) -> Recorder | None:
        """Return the recorder of this context; one that another task has closed is none."""
        found = self.here.get()
        return found if found in self.all else None

    def add(self, recorder: Recorder) -> None:
        """Let runs be told to a recorder."""
        with self._lock:
            self.all = [*self.all, recorder]
            if not self._known:  # LangChain never forgets a hook, so there is one
                register_configure_hook(cast("ContextVar[Any]", self), inheritable=True)
                self._known = True
        begin_telling(self.get)

    def discard(self, recorder: Recorder) -> None:
        """Let them be told no more."""
        with self._lock:
            self.all = [each for each in self.all if each is not recorder]
        end_telling()

    def is_raw_thread(self) -> bool:
        """Tell whether this thread knows no recorder of its own."""
        return self._of_this_context() is None


_current: Final = _Current()


class record:  # noqa: N801 - it is called, like `open`
    """Record all that runs inside: `with record("traces.db"): app.invoke(...)`; `async with` too.

    Nothing of the graph is changed. Other threads, those of a pool and those that a node starts by
    hand, are recorded as well, as long as one recorder is at work in the process.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        redaction: Redaction | None = None,
        key: bytes | str | None = None,
        prices: Prices | None = None,
        export: Export | None = None,
        on_premise: bool = False,
        wire: bool = False,
        longest_text: int = LONGEST,
        largest_payload: int = LARGEST,
    ) -> None:
        """Say what to record into, and how; the file is opened when the block begins.

        Args:
            path: The store's file, which is made where there is none.
            redaction: What is blotted out before anything is written; None: secrets.
            key: Key of the encrypted originals of what is blotted out; None keeps none.
            prices: What models cost; None: costs are 0.
            export: Where traces go besides, as they end: `LangSmith(...)`; None: nowhere.
            on_premise: Whether to refuse to begin where anything sends runs off this machine.
            wire: Whether to keep the bytes of models' HTTP calls, of clients built on httpx;
                headers that hold secrets are masked.
            longest_text: Characters kept of a text, from 1,000: of a longer one its head and tail,
                with its length and digest between; a replay that needs it says so.
            largest_payload: Bytes kept of a payload (a state, a message, what a call was given or
                gave back), as JSON, from 10,000: of a larger one each of a few parts, cut, or
                the first and the last of many, with their count, the bytes and the digest of all.
                Views show that in its place; a replay that needs it says so.
        """
        self._open = partial(
            Recorder,
            path,
            redaction=redaction,
            key=key,
            prices=prices,
            export=export,
            wire=wire,
            longest_text=longest_text,
            largest_payload=largest_payload,
        )
        self._export = export
        self._on_premise = on_premise
        self._recorder: Recorder | None = None
        self._token: Token[Recorder | None] | None = None

    def _start(self, *, everywhere: bool) -> Recorder:
        """Open a recorder, and let runs be told to it."""
        if self._on_premise:
            _promise(self._export)
        recorder = self._open()
        recorder.calls.listen(everywhere=everywhere, until=lambda: _current.discard(recorder))
        _current.add(recorder)
        return recorder

    def __enter__(self) -> Recorder:
        self._recorder = self._start(everywhere=False)
        self._recorder.tracking.is_raw_thread = _current.is_raw_thread
        self._token = _current.here.set(self._recorder)
        return self._recorder

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._recorder is None or self._token is None:
            return
        with suppress(ValueError):  # closed by another task than the one that opened it
            _current.here.reset(self._token)
        self._recorder.close()
        self._recorder = self._token = None

    async def __aenter__(self) -> Recorder:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)


def record_always(
    path: str | Path,
    *,
    redaction: Redaction | None = None,
    key: bytes | str | None = None,
    prices: Prices | None = None,
    export: Export | None = None,
    on_premise: bool = False,
    wire: bool = False,
    longest_text: int = LONGEST,
    largest_payload: int = LARGEST,
) -> Recorder:
    """Record all that runs in this process from now on, in every thread; `close` ends it.

    Args:
        path: The store's file, which is made where there is none.
        redaction: What is blotted out before anything is written; None: secrets.
        key: Key of the encrypted originals of what is blotted out; None keeps none.
        prices: What models cost; None: costs are 0.
        export: Where traces go besides, as they end: `LangSmith(...)`; None: nowhere.
        on_premise: Whether to refuse to begin where anything sends runs off this machine.
        wire: Whether to keep the bytes of models' HTTP calls, of clients built on httpx.
        longest_text: Characters kept of a text, as `record` says.
        largest_payload: Bytes kept of a payload, as `record` says.

    Raises:
        GuardConfigError: `on_premise`, and something does; it names the variable or the tracer.
        StoreError: The file cannot be opened, or is no store.
        ExportConfigError: The export cannot work as it is set.
    """
    whole = record(
        path,
        redaction=redaction,
        key=key,
        prices=prices,
        export=export,
        on_premise=on_premise,
        wire=wire,
        longest_text=longest_text,
        largest_payload=largest_payload,
    )
    return whole._start(everywhere=True)  # noqa: SLF001 - the same, without an end of its own


def _promise(export: Export | None) -> None:
    if export is not None:
        raise GuardConfigError(
            f"on_premise=True and export={type(export).__name__}(...): leave one of them out"
        )
    refuse_exports()
