"""Read what others recorded into a store: LangSmith's runs, OTLP's spans, lists of messages."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ...guards.digest import preview
from ...guards.errors import AuditInputError, MessageError
from ..files import Progress, file_values, is_store, named, runs_of
from ..store import Store
from ..values import Unread, Value
from . import langsmith, otel
from .conversation import parsed_recording
from .langsmith_trace import settled
from .parsed import Parsed, ParsedTrace, assembled
from .rows import written
from .spool import Spool, Spooled

Form = Literal["langsmith", "otlp", "openai"]
"""What a file may hold; told by the content unless it is said."""
UNREAD_KEPT = 20
"""Unreadable places that are named; the rest are counted."""
_OURS = ("recorded", "replayed")
_BROKEN = (AuditInputError, MessageError, ValueError, TypeError, AttributeError, RecursionError)


@dataclass(slots=True)
class Imported:
    """What came of reading a file into a store.

    Attributes:
        traces: Traces that are in the store now.
        spans: Their spans.
        verdicts: Verdicts among their events.
        left: Traces that were left out, by why.
        unread: The first places that could not be read.
        unreadable: How many places could not be read.
    """

    traces: int = 0
    spans: int = 0
    verdicts: int = 0
    left: dict[str, int] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    unreadable: int = 0

    def refuse(self, line: int, why: str) -> None:
        """Count a place that could not be read."""
        self.unreadable += 1
        if len(self.unread) < UNREAD_KEPT:
            self.unread.append(Unread(line, why))

    def counts(self) -> dict[str, Any]:
        """Return what was counted, as plain data."""
        return {
            "traces": self.traces,
            "spans": self.spans,
            "verdicts": self.verdicts,
            "left": self.left,
            "unreadable": self.unreadable,
        }

    def leave(self, why: str) -> None:
        """Count a trace that is left out."""
        self.left[why] = self.left.get(why, 0) + 1


def import_file(
    path: str | Path,
    store: Store | str | Path,
    *,
    form: Form | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Read a file of traces into a store; reading it again changes nothing.

    Bad lines are skipped and counted. A trace that this store recorded itself is left as it is.
    What goes in is redacted as the store redacts.

    Cost: memory grows with the largest trace, not with the file; about 0.2 milliseconds a span.

    Args:
        path: JSON or JSON Lines, plain or gzip.
        store: The store, or its file.
        form: What the file holds; None: told by the content of each value.
        progress: Is told how many bytes have been read.

    Raises:
        AuditInputError: The file cannot be opened, or holds no trace that could be read.
        StoreError: The store cannot be written.
    """
    if not isinstance(store, Store):
        was_there = Path(store).exists()
        try:
            with Store(store) as opened:
                return import_file(path, opened, form=form, progress=progress)
        except AuditInputError:
            if not was_there:
                _take_back(Path(store))
            raise
    if is_store(Path(path)):
        raise AuditInputError(
            f"{path}: it is a store already: read it with holdfast trace list --store {path}"
        )
    done = _Import(Path(path), store, form)
    with Spool() as spool:
        for value in file_values(done.path, progress=progress):
            done.take(value, spool)
        done.assemble(spool)
    found = done.found
    if not found.traces and not found.left:
        wanted = "give LangSmith's runs, OTLP's JSON, or runs as lists of messages"
        first = next((f" (line {one.line}: {one.why})" for one in found.unread), "")
        raise AuditInputError(f"{path}: no trace in it could be read{first}: {wanted}")
    return found


def _take_back(made: Path) -> None:
    """Delete a store that was made for an import of nothing, unless it holds something now."""
    with Store(made, read_only=True) as store:
        if any(True for _ in store.traces(limit=1)):
            return
    for part in ("", "-wal", "-shm"):
        made.with_name(made.name + part).unlink(missing_ok=True)


class _Import:
    """One file on its way into a store."""

    def __init__(self, path: Path, store: Store, form: Form | None) -> None:
        self.path, self.found = path, Imported()
        self._store, self._form = store, form
        self._runs = 0

    def take(self, value: Value | Unread, spool: Spool) -> None:
        """Write a run of messages at once; sort the parts of traces first."""
        if isinstance(value, Unread):
            self.found.refuse(value.line, value.why)
            return
        for data in _opened(value.data):
            form = self._form or form_of(data)
            if form == "openai":
                self._conversations(Value(data, value.line))
                continue
            try:
                for trace, part in _PARTS[form](data):
                    spool.add(trace, form, Spooled(part, value.line))
            except _BROKEN as error:
                self.found.refuse(value.line, _why(error))

    def assemble(self, spool: Spool) -> None:
        """Write the traces whose parts were sorted, one by one."""
        for trace, form in spool.traces():
            parsed = list(self._parsed(form, spool.parts(trace, form)))
            if not parsed:
                continue
            if form == "otlp" and all(one.span.kind in ("chain", "graph") for one in parsed):
                self.found.leave("without a model, a tool or an agent")
                continue
            whole = settled(parsed) if form == "langsmith" else _rooted(parsed)
            self._write(assembled(whole, source=form))

    def _parsed(self, form: str, parts: Iterable[Spooled]) -> Iterator[Parsed]:
        for part in parts:
            try:
                yield _READ[form](part.data)
            except _BROKEN as error:
                self.found.refuse(part.line, _why(error))

    def _conversations(self, value: Value) -> None:
        for found in runs_of(value, self.path):
            if isinstance(found, Unread):
                self.found.refuse(found.line, found.why)
                continue
            self._runs += 1
            run = named(found, self._runs).run
            try:
                self._write(parsed_recording(run))
            except (MessageError, RecursionError) as error:
                self.found.refuse(found.line, f"run {run.id}: {_why(error)}")

    def _write(self, parsed: ParsedTrace) -> None:
        if self._is_ours(parsed.trace.id):
            self.found.leave("recorded here already")
            return
        items = written(parsed, self._store)
        self._store.write(*items)
        self.found.traces += 1
        self.found.spans += len(parsed.spans)
        self.found.verdicts += sum(len(one.events) for one in parsed.spans)

    def _is_ours(self, trace: str) -> bool:
        """Return whether the store recorded a trace itself; asking for an id it lacks is dear."""
        return bool(self._store.spans(trace)) and self._store.trace(trace).source in _OURS


def form_of(data: Any) -> Form:
    """Return what form a value of a file has."""
    if otel.is_otlp(data):
        return "otlp"
    return "langsmith" if langsmith.is_run(data) else "openai"


def _opened(data: Any) -> Iterator[Any]:
    """Yield the runs of an object that holds a list of LangSmith's; else the value itself."""
    runs = data.get("runs") if isinstance(data, Mapping) else None
    if isinstance(runs, list) and any(map(langsmith.is_run, runs)):
        yield from runs
    else:
        yield data


def _langsmith_parts(data: Any) -> Iterator[tuple[str, Any]]:
    if not langsmith.is_run(data):
        raise AuditInputError("it is no run of LangSmith's: it has no run_type or no id")
    for run in langsmith.flat_runs(data):
        yield langsmith.trace_id(run), run


def _otlp_parts(data: Any) -> Iterator[tuple[str, Any]]:
    if not otel.is_otlp(data):
        raise AuditInputError("it is no export of OTLP's: it has no resourceSpans")
    for found in otel.spans_in(data):
        yield otel.trace_id(found), [found.span, found.resource]


_PARTS: Mapping[str, Callable[[Any], Iterator[tuple[str, Any]]]] = {
    "langsmith": _langsmith_parts,
    "otlp": _otlp_parts,
}
_READ: Mapping[str, Callable[[Any], Parsed]] = {
    "langsmith": langsmith.parsed_run,
    "otlp": lambda part: otel.parsed_span(otel.OtelSpan(*part)),
}


def _rooted(parsed: list[Parsed]) -> list[Parsed]:
    """Give the one span that has no parent the id of its trace, as a root has in a store."""
    roots = [one.span for one in parsed if one.span.parent is None]
    if len(roots) != 1 or roots[0].id == roots[0].trace:
        return parsed
    old, new = roots[0].id, roots[0].trace
    return [_renamed(one, {old: new}) for one in parsed]


def _renamed(one: Parsed, names: Mapping[str, str]) -> Parsed:
    """Return a span under another id, where it, its parent or its events have one."""
    id_, parent = one.span.id, one.span.parent or ""
    span = replace(one.span, id=names.get(id_, id_), parent=names.get(parent, parent) or None)
    events = [replace(event, span=span.id) for event in one.events]
    return replace(one, span=span, events=events)


def _why(error: BaseException) -> str:
    """Return why a part could not be read, without text of the file unless it is our own words."""
    if isinstance(error, AuditInputError | MessageError):
        return preview(str(error))
    return f"it has not the form it should have ({type(error).__name__})"
