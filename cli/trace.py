"""`holdfast trace`: what a store of recorded runs holds, and what can be done with it.

Each group of its commands is a file of its own, `trace_*.py`; here they get their names.
"""

import typer

from .help_text import wrapping
from .trace_dataset import to_dataset
from .trace_diff import diff
from .trace_export import export
from .trace_import import import_
from .trace_keep import compact, prune, verify
from .trace_replay import replay, to_test
from .trace_show import list_, show

trace = typer.Typer(
    name="trace",
    help="Look at recorded runs, replay them, export them, keep their store in order.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # it prints local variables: texts of runs among them
)


@trace.callback()
def _front() -> None:
    """Look at recorded runs, replay them, export them, keep their store in order."""


trace.command()(diff)
trace.command()(compact)
trace.command("export")(export)
trace.command("import")(import_)
trace.command("list")(list_)
trace.command()(prune)
trace.command()(replay)
trace.command()(show)
trace.command("to-test")(to_test)
trace.command("to-dataset")(to_dataset)
trace.command()(verify)
wrapping(trace)
