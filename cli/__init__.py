"""The `holdfast` command: a thin front, one file for each sub-command."""

from typing import Annotated

import typer

from .audit import audit
from .demo import demo
from .help_text import wrapping
from .inbox import inbox
from .repair import repair
from .trace import trace

app = typer.Typer(
    name="holdfast",
    help="Guards, budgets and evidence for LangGraph agents in production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # it prints local variables: texts of runs among them
)
app.command()(audit)
app.command()(demo)
app.command()(inbox)
app.command()(repair)
app.add_typer(trace)
wrapping(app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"holdfast {version('holdfast')}")
        raise typer.Exit


@app.callback()
def _front(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which it is.")
    ] = False,
) -> None:
    """Guards, budgets and evidence for LangGraph agents in production."""


def main() -> None:
    """Run the command."""
    app()


__all__ = ["app", "main"]
