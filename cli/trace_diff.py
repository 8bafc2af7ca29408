"""`holdfast trace diff`: two recorded runs side by side."""

from pathlib import Path
from typing import Annotated

import typer

from .trace_show import STORE, JsonOut, StoreFile, opened, print_json, refuse, wide_console


def diff(
    run_a: Annotated[str, typer.Argument(metavar="A", help="Id of a run, a part of it, or last.")],
    run_b: Annotated[str, typer.Argument(metavar="B", help="Id of the run to compare it with.")],
    store: StoreFile = STORE,
    other: Annotated[
        Path | None, typer.Option("--in", metavar="FILE", help="The store of B, if another.")
    ] = None,
    as_json: JsonOut = False,
) -> None:
    """Lay two recorded runs side by side: where they part first, their ways, tokens, cost."""
    from ..guards.errors import HoldfastError
    from ..traces import diff as compared
    from ..traces.viewing import StoredTrace

    with opened("diff", store) as first, opened("diff", other or store) as second:
        try:
            found = compared(StoredTrace.of(first, run_a), StoredTrace.of(second, run_b))
        except HoldfastError as error:
            refuse("diff", str(error))
        if as_json:
            print_json(found.data())
        else:
            wide_console().print(found)
