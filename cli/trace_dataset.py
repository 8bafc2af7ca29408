"""`holdfast trace to-dataset`: recorded runs as the examples of a LangSmith dataset."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from .output import STANDARD, lines_into, why_not_over
from .reading import why_no_store

if TYPE_CHECKING:
    from ..traces.store import Store, Trace


def to_dataset(
    store: Annotated[Path, typer.Argument(help="The store of recorded runs.", show_default=False)],
    runs: Annotated[
        list[str] | None,
        typer.Argument(help="Ids, parts of them, or `last`; else all.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write JSON Lines there; else standard output.")
    ] = None,
    upload: Annotated[
        str | None, typer.Option("--upload", metavar="DATASET", help="Put them into LangSmith.")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="Else LANGSMITH_ENDPOINT.")] = None,
) -> None:
    """Make LangSmith examples of recorded runs: what went in, and, of those that went well, out.

    One JSON object a line, as `Client.create_examples(examples=...)` takes them; for
    `evaluate(data=...)` make each one `langsmith.schemas.Example(**json.loads(line))`.
    """
    from ..guards.errors import HoldfastError
    from ..traces.exporting import examples_from
    from ..traces.store import Store

    if why := why_no_store(store):
        _refuse(why)
    if why := why_not_over(out, [store]):
        _refuse(why)
    try:
        with Store(store) as opened:
            examples = [*examples_from(opened, _chosen(opened, runs))]
            if upload:
                _upload(upload, endpoint, examples)
                return
    except HoldfastError as error:
        _refuse(str(error))
    _write(out, examples)


def _chosen(store: "Store", runs: Sequence[str] | None) -> "Iterator[Trace]":
    if not runs:
        yield from store.traces()
        return
    for run in runs:
        yield store.trace(run)


def _write(out: Path | None, examples: Sequence[dict[str, object]]) -> None:
    lines = (json.dumps(each, ensure_ascii=False, default=str) for each in examples)
    with lines_into(out or STANDARD) as text:
        text.writelines(f"{line}\n" for line in lines)
    if out not in (None, STANDARD):
        typer.echo(f"{_counted(len(examples))} in {out}")


def _upload(dataset: str, endpoint: str | None, examples: Sequence[dict[str, object]]) -> None:
    from langsmith.utils import LangSmithError

    from ..traces.exporting import LangSmith, upload_examples

    client = LangSmith(url=endpoint).client()
    try:
        count = upload_examples(client, dataset, examples)
    except LangSmithError as error:
        _refuse(f"LangSmith took no examples: {type(error).__name__}")
    finally:
        client.session.close()
    typer.echo(f"{_counted(count)} in LangSmith's dataset {dataset!r}")


def _counted(count: int) -> str:
    return "1 example is" if count == 1 else f"{count:,} examples are"


def _refuse(message: str) -> NoReturn:
    typer.echo(f"holdfast trace to-dataset: {message}", err=True)
    raise typer.Exit(2)
