"""`holdfast trace list` and `holdfast trace show`: look at recorded runs."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from .output import STANDARD, lines_into, why_not_over
from .reading import why_no_store
from .since import time_of

if TYPE_CHECKING:
    from ..traces.store import Store

Run = Annotated[
    str, typer.Argument(help="Id of a run, a part of it, last, or last-failed.", show_default=False)
]
StoreFile = Annotated[Path, typer.Option("--store", metavar="FILE", help="The store.")]
JsonOut = Annotated[bool, typer.Option("--json", help="Print JSON.")]
STORE = Path("traces.db")
"""The store when nobody names one."""
_WIDE = 160  # columns of a table that goes into a file or a pipe


class Standing(StrEnum):
    """How a run stands."""

    running = "running"
    ok = "ok"
    error = "error"
    interrupt = "interrupt"
    cancelled = "cancelled"


def list_(
    store: StoreFile = STORE,
    status: Annotated[Standing | None, typer.Option(help="Only those that stand so.")] = None,
    thread: Annotated[str | None, typer.Option(help="Only those of this thread.")] = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Only those since 90m, 24h, 7d or a date.")
    ] = "",
    ending: Annotated[str | None, typer.Option(help="Only those with this ending.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: JsonOut = False,
) -> None:
    """List recorded runs, newest first; --json prints an object a line."""
    from ..traces.store.finding import short_ids
    from ..traces.viewing import listed, print_list

    try:
        begin = time_of(since)
    except ValueError as error:
        refuse("list", str(error))
    with opened("list", store) as found:
        rows = list(
            listed(
                found,
                since=begin,
                thread=thread,
                status=status.value if status else None,
                ending=ending,
                limit=limit,
            )
        )
        if as_json:
            for row in rows:
                print_json(row.data())
            return
        called = short_ids(store, [row.trace.id for row in rows])
        print_list(wide_console(), rows, called)
        if len(rows) == limit:
            typer.echo(f" The newest {limit:,}; --limit shows more.")


def show(
    run: Run = "last",
    store: StoreFile = STORE,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="OUT", help="Write a self-contained page; - prints it."),
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Prompts, replies, arguments, results, and HTTP kept by wire=True."
        ),
    ] = False,
    as_json: JsonOut = False,
) -> None:
    """Show a recorded run as a tree: prompts, tokens, cost, time, and what guards found."""
    from ..guards.errors import HoldfastError
    from ..traces.viewing import Blocks, StoredTrace, print_trace, seen_spans, trace_json

    if html is not None and as_json:
        refuse("show", "--html and --json are two forms: ask for one of them")
    if why := why_not_over(html, [store]):
        refuse("show", why)
    with opened("show", store) as source:
        try:
            found = StoredTrace.of(source, run)
        except HoldfastError as error:
            refuse("show", str(error))
        if html is not None:
            _write_page(found, html)
        elif as_json:
            print_json(trace_json(found, full=full))
        else:
            told = found.placeless
            blocks = Blocks(found) if full else None
            seen, hidden = list(seen_spans(found)), found.hidden
            print_trace(wide_console(), found.trace, seen, told, blocks=blocks, hidden=hidden)


def _write_page(found: Any, out: Path) -> None:
    from ..traces.viewing import write_trace_page

    try:
        with lines_into(out) as text:
            write_trace_page(text, found)
    except OSError as error:
        refuse("show", f"{out}: cannot be written: {(error.strerror or str(error)).lower()}")
    if out != STANDARD:
        typer.echo(f"wrote {out}: open it in a browser")


def opened(command: str, store: Path) -> "Store":
    """Open a store to read, or say why it cannot be."""
    from ..traces.store import Store, StoreError

    if why := why_no_store(store):
        refuse(command, why)
    try:
        return Store(store, read_only=True)
    except StoreError as error:
        refuse(command, str(error))


def wide_console() -> Any:
    """Return the terminal; what goes into a file or a pipe is not cut to a terminal's width."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=_WIDE)


def print_json(data: Any) -> None:
    """Print data as one line of JSON, in which no character acts on a terminal."""
    typer.echo(json.dumps(data, ensure_ascii=True, default=str))


def refuse(command: str, message: str) -> NoReturn:
    """Say why a command cannot do what is asked, and end."""
    typer.echo(f"holdfast trace {command}: {message}", err=True)
    raise typer.Exit(2)
