"""`holdfast trace compact`, `prune` and `verify`: keep a store's file in order."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from .reading import why_no_store
from .since import time_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

Place = Annotated[Path, typer.Argument(help="The store of recorded runs.", show_default=False)]
_STAY = """
{:,} payloads of theirs stay for now: a recorder at work may count on them.
Run it again in two hours, or with --now while nothing records into the store."""
AsJson = Annotated[bool, typer.Option("--json", help="Say it as JSON.")]


def compact(store: Place, as_json: AsJson = False) -> None:
    """Make a store smaller: pack it tightly, and give free room back to the disk."""
    from ..traces.store.upkeep import compact as work

    found = _done("compact", store, lambda: work(store))
    _tell(found, f"{found.before:,} bytes -> {found.after:,} bytes", as_json=as_json)


def prune(
    store: Place,
    before: Annotated[
        str,
        typer.Option(help="Delete runs begun before: 30d, 12h, 2026-05-01.", show_default=False),
    ],
    keep_failed: Annotated[
        bool, typer.Option("--keep-failed", help="Keep runs that failed or were interrupted.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count them, delete nothing.")] = False,
    now: Annotated[
        bool, typer.Option("--now", help="Spare no payload; only while nothing records into it.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Delete runs that wait to be exported as well.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Delete old runs, and what only they had; `compact` then makes the file smaller.

    Payloads of the last two hours stay until it is run again: a recorder at work may count on them.
    """
    from ..traces.store.upkeep import prune as work

    when = _nanoseconds(before)
    how = {"keep_failed": keep_failed, "pretend": dry_run, "at_once": now, "force": force}
    found = _done("prune", store, lambda: work(store, before=when, **how))
    said = "would be deleted" if dry_run else f"deleted, with {found.payloads:,} payloads"
    stay = _STAY.format(found.staying) if found.staying else ""
    _tell(found, f"{found.traces:,} runs {said}{stay}", as_json=as_json)


def verify(
    store: Place,
    salvage: Annotated[
        Path | None,
        typer.Option(metavar="NEW", help="Write all that is whole into a new file.", exists=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every page, payload and reference of a store; exits with 1 where one is damaged."""
    from ..traces.store.salvaging import salvage as save
    from ..traces.store.verifying import verify as work

    found = _done("verify", store, lambda: work(store))
    lines = [f"{found.traces:,} runs and {found.payloads:,} payloads are whole", *found.damaged]
    if salvage is not None:
        new = salvage
        _done("verify", store, lambda: save(store, new))
        lines.append(f"What is whole is in {new}.")
    _tell(found, "\n".join(lines), as_json=as_json)
    if found.damaged:
        raise typer.Exit(1)


def _nanoseconds(text: str) -> int:
    try:
        return time_of(text)
    except ValueError as error:
        _refuse("prune", str(error).replace("--since", "--before"))


def _done(command: str, store: Path, work: "Callable[[], Any]") -> "Any":
    from ..guards.errors import HoldfastError

    if why := why_no_store(store):
        _refuse(command, why)
    try:
        return work()
    except HoldfastError as error:
        _refuse(command, str(error))


def _tell(found: "Any", text: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(asdict(found)) if as_json else text)


def _refuse(command: str, reason: str) -> NoReturn:
    typer.echo(f"holdfast trace {command}: {reason}", err=True)
    raise typer.Exit(2)
