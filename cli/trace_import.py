"""`holdfast trace import`: read what others recorded into a store."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from ..traces import Imported

UNNAMED = " more could not be read; they are only counted"


class Form(StrEnum):
    """What a file of traces may hold."""

    langsmith = "langsmith"
    openai = "openai"
    otlp = "otlp"


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(help="JSON or JSON Lines, plain or gzip.", show_default=False),
    ],
    into: Annotated[
        Path, typer.Option("--into", metavar="STORE", help="The store; made if it is not there.")
    ],
    form: Annotated[
        Form | None, typer.Option("--from", help="What the files hold; else told by the content.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say it as JSON.")] = False,
) -> None:
    """Read LangSmith's runs, OTLP's spans or lists of messages into a store.

    Reading a file again changes nothing. Exits with 2 when a file holds no trace; some bad lines
    are reported and counted.
    """
    from ..guards.errors import AuditInputError
    from ..traces import import_file
    from ..traces.store import StoreError

    refused = False
    for file in files:
        try:
            found = import_file(file, into, form=form.value if form else None)
        except AuditInputError as error:
            refused = True
            typer.echo(f"holdfast trace import: {error}", err=True)
        except StoreError as error:
            _refuse(str(error))
        else:
            _tell(file, found, as_json=as_json)
    raise typer.Exit(2 if refused else 0)


def _tell(file: Path, found: "Imported", *, as_json: bool) -> None:
    for one in found.unread:
        typer.echo(f"{file}:{one.line}: {one.why}", err=True)
    if more := found.unreadable - len(found.unread):
        typer.echo(f"{file}: {more:,}{UNNAMED}", err=True)
    if as_json:
        typer.echo(json.dumps({"file": str(file), **found.counts()}))
        return
    typer.echo(
        f"{file}: {_counted(found.traces, 'trace')}, {_counted(found.spans, 'span')}, "
        + _counted(found.verdicts, "verdict")
    )
    for why, count in found.left.items():
        typer.echo(f"  left out: {count:,} {why}")


def _counted(count: int, one: str) -> str:
    return f"{count:,} {one}" + ("" if count == 1 else "s")


def _refuse(message: str) -> NoReturn:
    typer.echo(f"holdfast trace import: {message}", err=True)
    raise typer.Exit(2)
