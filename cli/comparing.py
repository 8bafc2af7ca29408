"""`holdfast audit --set ... --against ...`: how the verdicts change between two settings."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

from .output import lines_into

if TYPE_CHECKING:
    from ..guards import Guard
    from ..traces import Compared, Progress, Toolbook, Unread

ProgressOf = Callable[[Path], "Progress | None"]
Tell = Callable[[Path, "Unread", int], None]


class Comparison:
    """Some files judged by two settings."""

    def __init__(
        self, guards: "Sequence[Guard]", others: "Sequence[Guard]", book: "Toolbook"
    ) -> None:
        from ..traces import Differences

        self.found: Differences = Differences()
        self.refused = False
        self._guards, self._others, self._book = guards, others, book

    def go_over(
        self, files: Sequence[Path], progress_of: ProgressOf, tell: Tell, out: Path | None
    ) -> None:
        """Judge each run of some files twice, and write a line for each where that is wanted."""
        with _opened(out) as text:
            for path in files:
                self._file(path, progress_of(path), tell, text)
            if not self.found.runs:
                raise typer.Exit(2)  # before the output takes its name

    def _file(
        self, path: Path, progress: "Progress | None", tell: Tell, text: TextIO | None
    ) -> None:
        from ..guards.errors import AuditInputError
        from ..traces import Unread, compare_file

        unread = 0
        runs = compare_file(path, self._guards, self._others, book=self._book, progress=progress)
        try:
            for found in runs:
                if isinstance(found, Unread):
                    unread += 1
                    self.found.unread += 1
                    tell(path, found, unread)
                    continue
                self._add(found, text)
        except AuditInputError as error:
            self.refused = True
            typer.echo(str(error), err=True)

    def _add(self, run: "Compared", text: TextIO | None) -> None:
        self.found.add(run)
        if text is not None:
            text.write(run.line())

    def report(self, settings: Sequence[str], against: Sequence[str]) -> None:
        """Print what differs."""
        from rich.console import Console

        from ..traces import print_differences

        names = (" ".join(settings) or "defaults", " ".join(against) or "defaults")
        print_differences(Console(highlight=False), self.found, names)


def _opened(out: Path | None) -> "AbstractContextManager[TextIO | None]":
    return nullcontext() if out is None else lines_into(out)
