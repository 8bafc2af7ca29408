"""The help of commands: paragraphs that wrap to the terminal, not at a docstring's own lines."""

from inspect import getdoc

import typer


def wrapping(app: typer.Typer) -> None:
    """Have the help of all commands of an app wrap where the terminal ends."""
    for command in app.registered_commands:
        paragraphs = (getdoc(command.callback) or "").split("\n\n")
        command.help = "\n\n".join(" ".join(each.split()) for each in paragraphs)
