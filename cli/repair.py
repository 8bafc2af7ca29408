"""`holdfast repair`: read what a model wrote as a value, and say what was changed."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from ..guards import Repaired, RepairError

_MOST = 80_000_000  # bytes read: four for each of the characters that repair looks at

Schema = Annotated[
    str | None,
    typer.Option(metavar="MODULE:NAME", help="What is wanted: a type, such as my.models:Flight."),
]
AllowTruncated = Annotated[
    bool, typer.Option("--allow-truncated", help="Take a value that the text ends in.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Write one JSON object: value, edits, truncated, or error.")
]


def repair(
    schema: Schema = None,
    allow_truncated: AllowTruncated = False,
    as_json: AsJson = False,
) -> None:
    """Read a text from standard input as a value: JSON to standard output, edits to error.

    Exits with 1 when there is no such value, saying what is wrong where; with 2 when the schema
    cannot be found.
    """
    from ..guards import GuardConfigError, RepairError
    from ..guards import repair as read

    wanted = _found(schema)
    text = sys.stdin.buffer.read(_MOST + 1)
    try:
        repaired = read(text, wanted, allow_truncated=allow_truncated)
    except GuardConfigError as error:
        _refuse(str(error))
    except RepairError as error:
        _tell_error(error, as_json=as_json)
        raise typer.Exit(1) from None
    _tell(repaired, _plain(repaired.value, wanted), as_json=as_json)


def _found(schema: str | None) -> Any:
    """Return the type that a name stands for; the working folder is looked into first."""
    if schema is None:
        return None
    module, colon, name = schema.partition(":")
    if not (module and colon and name):
        _refuse(f"--schema {schema}: write MODULE:NAME, such as my.models:Flight")
    from importlib import import_module
    from operator import attrgetter

    sys.path.insert(0, "")
    try:
        return attrgetter(name)(import_module(module))
    except ImportError as error:
        _refuse(f"--schema {schema}: {module} cannot be imported ({error})")
    except AttributeError:
        _refuse(f"--schema {schema}: {module} has no {name}")
    except Exception as error:  # noqa: BLE001 - a module of somebody else's
        _refuse(f"--schema {schema}: {module} failed when imported ({type(error).__name__})")


def _plain(value: Any, wanted: Any) -> Any:
    if wanted is None or isinstance(wanted, dict):
        return value
    from pydantic import TypeAdapter

    return TypeAdapter(wanted).dump_python(value, mode="json", warnings=False)


def _tell(repaired: "Repaired[Any]", value: Any, *, as_json: bool) -> None:
    edits = [_line(edit) for edit in repaired.edits]
    if as_json:
        _write({"value": value, "edits": edits, "truncated": repaired.truncated})
        return
    _write(value)
    for edit in edits:
        typer.echo(edit, err=True)
    if repaired.truncated:
        typer.echo("truncated: the text ends inside the value", err=True)


def _tell_error(error: "RepairError", *, as_json: bool) -> None:
    errors = [_line(fault) for fault in error.errors]
    if as_json:
        _write(
            {
                "error": error.why,
                "reason": _line(error.reason),
                "at": error.at,
                "errors": errors,
                "nearest": error.nearest,
                "truncated": error.truncated,
            }
        )
        return
    typer.echo(f"holdfast repair: {_line(error.reason)}", err=True)
    for line in errors:
        typer.echo(f"- {line}", err=True)


def _line(what: object) -> str:
    """Return one line of a report, without what would drive a terminal."""
    return "".join(char if char.isprintable() else " " for char in str(what))


def _write(value: Any) -> None:
    """Write JSON in which nothing drives a terminal, and every character comes back."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    text = json.dumps(value, indent=2, ensure_ascii=ascii_only)
    shown = (
        char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text
    )
    typer.echo("".join(shown))


def _refuse(message: str) -> NoReturn:
    typer.echo(f"holdfast repair: {message}", err=True)
    raise typer.Exit(2)
