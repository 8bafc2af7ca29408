"""`holdfast demo`: one support desk, one misbehaving model, two harnesses side by side."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from ..drills.desk import Report, Ticket

_KEYS = {"openai": "OPENAI_API_KEY"}
_EXTRAS = {"openai": "'holdfast[openai]'"}
_PATIENCE = 60  # seconds for one reply of a real model


def demo(
    model: Annotated[
        str | None,
        typer.Option(
            metavar="PROVIDER:NAME", help="A real model, openai:gpt-5-mini say; else a script."
        ),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the real model is served.")
    ] = None,
    tickets: Annotated[
        list[int] | None,
        typer.Option("--ticket", metavar="N", help="Run only this ticket; may be repeated."),
    ] = None,
) -> None:
    """Run a support desk on plain LangGraph and on Holdfast, side by side.

    The model is a script that fails as models do, and recovers only where what it is told would
    help a model. Nothing leaves the machine, unless a real model is asked for.
    """
    chosen = _chosen(tickets or [])
    made = _model(model, base_url)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    from rich.console import Console

    console = Console(highlight=False)
    reports = _run(console, chosen, made)
    _show(console, chosen, reports, scripted=model is None)


def _chosen(numbers: Sequence[int]) -> "list[tuple[int, Ticket]]":
    from ..drills.desk import TICKETS

    for number in numbers:
        if not 1 <= number <= len(TICKETS):
            _refuse(f"--ticket {number}: there are tickets 1 to {len(TICKETS)}")
    return [(n, t) for n, t in enumerate(TICKETS, 1) if not numbers or n in numbers]


def _model(name: str | None, base_url: str | None) -> Any:
    if name is None:
        if base_url is not None:
            _refuse("--base-url goes with --model; the scripted model is served nowhere")
        from ..drills.desk import desk_model

        return desk_model()
    try:
        from langchain.chat_models import init_chat_model
    except ImportError:
        _refuse(f"a real model needs LangChain: pip install {_extra_of(name)}")
    key = _KEYS.get(name.partition(":")[0])
    if key and not os.environ.get(key):
        _refuse(f"--model {name} needs a key: set the environment variable {key}")
    wanted: dict[str, Any] = {"timeout": _PATIENCE, "max_retries": 2}
    if base_url:
        wanted["base_url"] = base_url
    try:
        return init_chat_model(name, **wanted)
    except ImportError as error:
        _refuse(f"--model {name}: {error}; pip install {_extra_of(name)}")
    except ValueError as error:
        _refuse(f"--model {name}: {error}")


def _extra_of(name: str) -> str:
    return _EXTRAS.get(name.partition(":")[0], "'holdfast[langchain]'")


def _run(console: "Console", chosen: "Sequence[tuple[int, Ticket]]", model: Any) -> "list[Report]":
    from ..drills.desk import run_ticket
    from .demo_progress import Progress

    reports: list[Report] = []
    with Progress(console, chosen) as progress:
        for _, ticket in chosen:
            for harness in ("plain", "holdfast"):
                watch = progress.begin(ticket.key, harness)
                reports.append(run_ticket(ticket, harness, model, watch=watch))
                if not reports[0].events:
                    _refuse(f"the model gave no answer: {reports[0].ending}: {reports[0].reason}")
                progress.end(reports[-1])
    return reports


def _show(
    console: "Console",
    chosen: "Sequence[tuple[int, Ticket]]",
    reports: "Sequence[Report]",
    *,
    scripted: bool,
) -> None:
    from ..drills.desk import Database, desk_model, desk_tools, guarded_graph
    from .demo_table import print_reports
    from .drawing import drawing_of

    database = Database()
    console.print(
        drawing_of(guarded_graph(desk_model(), desk_tools(database)), "the Holdfast desk")
    )
    database.close()
    print_reports(console, chosen, reports, scripted=scripted)


def _refuse(message: str) -> NoReturn:
    typer.echo(f"holdfast demo: {message}", err=True)
    raise typer.Exit(2)
