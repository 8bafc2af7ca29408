"""Where recorded runs come from: a store, or a cassette."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .recorded_run import RecordedRun, ReplayError, recorded_thread
from .request import Redact

if TYPE_CHECKING:
    from ..store import Store


@contextmanager
def opened_record(
    run: str | Path, store: "Store | str | Path | None"
) -> Iterator[tuple[list[RecordedRun], Redact]]:
    """Yield the runs of a thread, of a store or a cassette, and how to redact.

    Raises:
        NoSuchTraceError: The store has no such run.
        ReplayError: There is no such file, or the run cannot be replayed.
    """
    if isinstance(run, Path):
        from ..store import Redaction
        from .cassette import read_cassette

        yield read_cassette(run), Redaction().tree
        return
    with opened_store(store) as opened:
        yield recorded_thread(opened, run), opened.redaction.tree


@contextmanager
def opened_store(store: "Store | str | Path | None") -> Iterator["Store"]:
    """Yield a store; one that is named by its file is opened for reading, and closed.

    Raises:
        ReplayError: There is no such file.
    """
    from ..store import Store

    if isinstance(store, Store):
        yield store
        return
    path = Path(store or "traces.db")
    if not path.is_file():
        raise ReplayError(f"{path}: there is no such file: record runs with holdfast.traces.record")
    with Store(path, read_only=True) as opened:
        yield opened
