"""`holdfast audit`: judge recorded runs, and report what went wrong in them."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from .output import STANDARD, lines_into, why_not_over

if TYPE_CHECKING:
    from ..guards import Guard
    from ..traces import Audited, Progress, Toolbook, Totals, Unread

_REPORTED = 20  # unreadable places of a file that are named; the rest are counted
_LONG = 1_000_000  # bytes from which a progress bar is worth its lines


Files = Annotated[
    list[Path],
    typer.Argument(help="Recorded runs: a store, JSON or JSON Lines.", show_default=False),
]
Tools = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="JSON schemas of the tools: a list, or one per domain."),
]
JsonOut = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="OUT",
        help="Write JSON Lines, one object a run, to a file; - prints them, and no report.",
    ),
]
HtmlOut = Annotated[
    Path | None, typer.Option("--html", metavar="OUT", help="Write a self-contained page.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="GUARD.FIELD=VALUE", help="Set a guard: loop.block=4."),
]
Against = Annotated[
    list[str] | None,
    typer.Option(
        "--against",
        metavar="GUARD.FIELD=VALUE",
        help="Judge by these settings as well, and show what changes; = for the defaults.",
    ),
]
Ground = Annotated[
    bool,
    typer.Option("--ground", help="Judge arguments, answers and claimed actions too; slower."),
]
FailOnTrips = Annotated[
    bool, typer.Option("--fail-on-trips", help="Exit with 1 when a trip reaches block.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print no report.")]


def audit(
    files: Files,
    tools: Tools = None,
    json_out: JsonOut = None,
    html_out: HtmlOut = None,
    settings: Settings = None,
    against: Against = None,
    ground: Ground = False,
    fail_on_trips: FailOnTrips = False,
    quiet: Quiet = False,
) -> None:
    """Judge recorded runs after every step, as they would have been judged live.

    Stores, OpenAI-style lists of messages and dumps of LangChain and LangSmith are told by content.
    Exits with 2 when a file holds no readable run; some bad lines are reported and counted.
    """
    begun = time.perf_counter()
    quiet = quiet or json_out == STANDARD
    settings = [*(_grounding() if ground else ()), *(settings or [])]
    _refuse_overwriting([*files, *([tools] if tools else [])], [json_out, html_out])
    if against is not None:
        if html_out is not None or fail_on_trips:
            _refuse("--against compares two settings: it takes --json, not --html or a failing end")
        against = [*(_grounding() if ground else ()), *against]
        _compare(files, settings, against, tools, json_out, quiet=quiet)
    judged = _made(settings, tools)
    try:
        with _lines(judged, json_out), _page(judged, html_out):
            judged.go_over(files)
    except OSError as error:
        _refuse(f"{error.filename}: cannot be written: {(error.strerror or str(error)).lower()}")
    if not quiet:
        _report(judged.totals, time.perf_counter() - begun)
    raise typer.Exit(judged.exit_code(fail_on_trips=fail_on_trips))


class _Audit:
    """One audit over some files: what it judges by, and what it found."""

    def __init__(self, guards: "Sequence[Guard]", book: "Toolbook") -> None:
        from ..traces import Totals

        self.totals = Totals()
        self.sinks: list[Callable[[Audited], object]] = [self.totals.add]
        self._guards, self._book = guards, book
        self._refused = False

    def go_over(self, files: Sequence[Path]) -> None:
        with _progress(files) as progress_of:
            for path in files:
                self._file(path, progress_of(path))
        if self.totals.unread:
            rest = "; the rest was judged" if self.totals.runs else ""
            typer.echo(f"{self.totals.unread:,} could not be read{rest}", err=True)
        if not self.totals.runs:
            raise typer.Exit(2)  # before any output takes its name

    def _file(self, path: Path, progress: "Progress | None") -> None:
        from ..guards.errors import AuditInputError
        from ..traces import Unread, audit_file

        unread = 0
        try:
            for found in audit_file(path, self._guards, book=self._book, progress=progress):
                if isinstance(found, Unread):
                    unread += 1
                    self.totals.unread += 1
                    _tell(path, found, unread)
                    continue
                for sink in self.sinks:
                    sink(found)
        except AuditInputError as error:
            self._refused = True
            typer.echo(str(error), err=True)

    def exit_code(self, *, fail_on_trips: bool) -> int:
        from ..guards.verdict import severity

        if self._refused:
            return 2
        return int(fail_on_trips and severity(self.totals.severest) >= severity("block"))


def _tell(path: Path, found: "Unread", count: int) -> None:
    if count <= _REPORTED:
        typer.echo(f"{path}:{found.line}: {found.why}", err=True)
    elif count == _REPORTED + 1:
        typer.echo(f"{path}: more could not be read; they are only counted", err=True)


def _grounding() -> tuple[str, ...]:
    from ..traces.settings import GROUND

    return GROUND


def _made(settings: Sequence[str], tools: Path | None) -> _Audit:
    return _Audit(*_setting(settings, tools))


def _setting(settings: Sequence[str], tools: Path | None) -> "tuple[Sequence[Guard], Toolbook]":
    from ..guards.errors import HoldfastError
    from ..traces import NO_TOOLS, guards_from, read_toolbook

    try:
        return guards_from(settings), read_toolbook(tools) if tools else NO_TOOLS
    except HoldfastError as error:
        _refuse(str(error))


def _compare(
    files: Sequence[Path],
    settings: Sequence[str],
    against: Sequence[str],
    tools: Path | None,
    out: Path | None,
    *,
    quiet: bool,
) -> NoReturn:
    from .comparing import Comparison

    others = [setting for setting in against if setting != "="]
    guards, book = _setting(settings, tools)
    comparison = Comparison(guards, _setting(others, None)[0], book)
    try:
        with _progress(files) as progress_of:
            comparison.go_over(files, progress_of, _tell, out)
    except OSError as error:
        _refuse(f"{error.filename}: cannot be written: {(error.strerror or str(error)).lower()}")
    if not quiet:
        comparison.report(settings, others)
    raise typer.Exit(2 if comparison.refused else 0)


def _refuse(message: str) -> NoReturn:
    typer.echo(f"holdfast audit: {message}", err=True)
    raise typer.Exit(2)


def _refuse_overwriting(inputs: Sequence[Path], outputs: Sequence[Path | None]) -> None:
    for out in outputs:
        if why := why_not_over(out, inputs):
            _refuse(why)
    first, second = outputs
    if first is not None and second is not None and first.resolve() == second.resolve():
        _refuse(f"{first}: --json and --html name one file: give two")


@contextmanager
def _lines(judged: _Audit, out: Path | None) -> Iterator[None]:
    if out is None:
        yield
        return
    from ..traces import line_of

    with lines_into(out) as text:
        judged.sinks.append(lambda run: text.write(line_of(run)))
        yield


@contextmanager
def _page(judged: _Audit, out: Path | None) -> Iterator[None]:
    if out is None:
        yield
        return
    from ..traces import Page, whole_file

    page = Page()
    with whole_file(out) as text:
        judged.sinks.append(page.add)
        yield
        page.write(text, judged.totals)


@contextmanager
def _progress(files: Sequence[Path]) -> "Iterator[Callable[[Path], Progress | None]]":
    """Show on a terminal how much of the files has been read."""
    sizes = {path: path.stat().st_size for path in files if path.is_file()}
    if sum(sizes.values()) < _LONG or not sys.stderr.isatty():
        yield lambda path: None
        return
    from rich import progress
    from rich.console import Console

    columns = [
        progress.TextColumn("judging"),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TimeRemainingColumn(),
    ]
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=sum(sizes.values()))
        before = {path: sum(list(sizes.values())[:i]) for i, path in enumerate(sizes)}
        yield lambda path: lambda done: bar.update(task, completed=before.get(path, 0) + done)


def _report(totals: "Totals", seconds: float) -> None:
    from rich.console import Console

    from ..traces import print_totals

    print_totals(Console(highlight=False), totals, seconds=seconds)
