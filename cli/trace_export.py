"""`holdfast trace export`: send recorded runs to LangSmith or to an OpenTelemetry collector."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from .reading import why_no_store
from .since import time_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..traces.exporting import Dead, Destination, Sent


_ALL = "all"  # names every run of which something was refused


class Place(StrEnum):
    """Where recorded runs can be sent."""

    langsmith = "langsmith"
    otlp = "otlp"


class Older(StrEnum):
    """What becomes of runs that the hosted service would refuse for their age."""

    shift = "shift"
    drop = "drop"
    keep = "keep"


def export(
    store: Annotated[Path, typer.Argument(help="The store of recorded runs.", show_default=False)],
    to: Annotated[Place, typer.Option("--to", help="Where they go.")] = Place.langsmith,
    project: Annotated[
        str | None, typer.Option(help="LangSmith's project; else LANGSMITH_PROJECT.")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="The address; else LANGSMITH_ENDPOINT or OTEL's.")
    ] = None,
    since: Annotated[
        str, typer.Option(help="Only runs begun since: 24h, 7d, 2026-05-01.", show_default=False)
    ] = "",
    follow: Annotated[bool, typer.Option("--follow", help="Stay, and send what comes.")] = False,
    sample: Annotated[
        float, typer.Option(help="The share to send; failed and guarded runs always go.")
    ] = 1.0,
    older: Annotated[
        Older, typer.Option(help="Runs older than 23 hours: moved, left out, or as they are.")
    ] = Older.shift,
    patience: Annotated[
        float, typer.Option(help="Seconds to wait for a place that takes nothing.")
    ] = 60.0,
    unfinished: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", help="Seconds of silence after which a killed run is sent as it is."
        ),
    ] = 3_600.0,
    dead: Annotated[
        bool, typer.Option("--dead", help="Show what was refused for good; send nothing.")
    ] = False,
    again: Annotated[
        str | None,
        typer.Option(
            "--again",
            metavar="RUN",
            help="Send again what was refused of a run, or of all; nothing new.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say it as JSON.")] = False,
) -> None:
    """Send recorded runs that were not sent yet; nothing is lost, nothing doubled.

    Exits with 0 when all has arrived, 1 when some waits (run it again), has not ended (see
    --unfinished) or was refused (see --dead), 2 when it cannot work as it is set.
    """
    from ..guards.errors import HoldfastError

    if why := why_no_store(store):
        _refuse(why)
    if again is not None and (dead or follow or since):
        _refuse("--again sends only what was refused: leave out --dead, --follow and --since")
    try:
        if dead:
            _show_dead(store, as_json=as_json)
            return
        place = _place(to, project, endpoint, sample, older, unfinished)
        once_more = None if again is None else _once_more(store, again)
        sent = _send(store, place, _when(since), patience, once_more, follow=follow, quiet=as_json)
    except HoldfastError as error:
        _refuse(str(error))
    if again is not None and not sent.found and not as_json:
        typer.echo(f"{sent.place}: nothing that was refused is left to be sent again")
    else:
        _tell(sent, as_json=as_json)
    raise typer.Exit(1 if sent.counts.waiting or sent.refused or sent.unended else 0)


def _place(
    to: Place,
    project: str | None,
    endpoint: str | None,
    sample: float,
    older: Older,
    unfinished: float,
) -> "Destination":
    from ..traces.exporting import LangSmith, OpenTelemetry

    if to is Place.langsmith:
        return LangSmith(
            project=project,
            url=endpoint,
            sample=sample,
            older=older.value,
            unfinished_seconds=unfinished,
        )
    return OpenTelemetry(endpoint=endpoint, sample=sample, unfinished_seconds=unfinished)


def _once_more(store: Path, run: str) -> list[str]:
    """Return the ids of the traces whose letters are sent again; none stands for all."""
    from ..traces.store import Store

    if run == _ALL:
        return []
    with Store(store) as opened:
        return [opened.trace(run).id]


def _send(
    store: Path,
    place: "Destination",
    since: int,
    patience: float,
    again: "Sequence[str] | None",
    *,
    follow: bool,
    quiet: bool,
) -> "Sent":
    from ..traces.exporting import Sent, export_store

    latest = Sent("")

    with _progress(quiet=quiet) as show:

        def tell(sent: Sent) -> None:
            nonlocal latest
            latest = sent
            show(sent)

        try:
            return export_store(
                store, place, since=since, follow=follow, patience=patience, again=again, tell=tell
            )
        except KeyboardInterrupt:
            return latest


@contextmanager
def _progress(*, quiet: bool) -> "Iterator[Callable[[Sent], None]]":
    from rich.console import Console

    if quiet:
        yield lambda sent: None
        return
    with Console(stderr=True).status("Looking for runs to send") as status:
        yield lambda sent: status.update(
            f"{_counted(sent.arrived, 'item', 'items')} sent, "
            + _counted(sent.counts.waiting, "run waits", "runs wait")
            + (" (it takes nothing for now)" if sent.why else "")
        )


def _tell(sent: "Sent", *, as_json: bool) -> None:
    counts = sent.counts
    if as_json:
        told: dict[str, object] = {
            "place": sent.place,
            "arrived": sent.arrived,
            "refused": sent.refused,
        }
        told["unended"] = sent.unended
        typer.echo(json.dumps({**told, "traces": counts._asdict(), "why": sent.why}))
        return
    there = _counted(counts.sent, "run is", "runs are")
    typer.echo(f"{sent.place}: {_counted(sent.arrived, 'item', 'items')} arrived, {there} there")
    for count, one, many, why in (
        (counts.skipped, "run", "runs", "left out: by --sample, or replayed, or from there"),
        (counts.dropped, "run", "runs", "left out: too old, or no longer in the store"),
        (counts.dead, "item", "items", "refused for good: see --dead, and --again"),
        (counts.waiting, "run waits", "runs wait", "for the next time this is run"),
    ):
        if count:
            typer.echo(f"  {_counted(count, one, many)} {why}")
    if sent.unended:
        runs = _counted(sent.unended, "run has", "runs have")
        what = "it" if sent.unended == 1 else "them"
        typer.echo(f"  {runs} not ended: --unfinished SECONDS sends {what} too")
    if counts.waiting and sent.why:
        typer.echo(f"  it takes nothing for now: {sent.why[:300]}", err=True)


def _counted(count: int, one: str, many: str) -> str:
    return f"1 {one}" if count == 1 else f"{count:,} {many}"


def _show_dead(store: Path, *, as_json: bool) -> None:
    from ..guards.redact import redact
    from ..traces.exporting import command_for, read_dead
    from ..traces.store import Store

    Store(store).close()  # brings an older one up to this version
    found = read_dead(store)
    if as_json:
        for each in found:
            typer.echo(json.dumps(each._asdict()))
        return
    typer.echo(f"{_counted(len(found), 'item was', 'items were')} refused for good")
    for each in found:
        typer.echo(_line(each))
    for place in dict.fromkeys(each.place for each in found):
        typer.echo(f"once mended: {redact(command_for(store, place, '--again', _ALL))}")


def _line(dead: "Dead") -> str:
    when = datetime.fromtimestamp(dead.time / 1e9, UTC).isoformat(" ", "seconds")
    return f"{when}  {dead.kind} {dead.id} of trace {dead.trace}: {dead.status} {dead.why[:200]}"


def _when(text: str) -> int:
    try:
        return time_of(text)
    except ValueError as error:
        _refuse(str(error))


def _refuse(message: str) -> NoReturn:
    typer.echo(f"holdfast trace export: {message}", err=True)
    raise typer.Exit(2)
