"""Where a command may write: never over what it reads, nor over a store of recorded runs."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TextIO

STANDARD = Path("-")
"""Names standard output, where a command takes it."""


def why_not_over(out: Path | None, inputs: Sequence[Path] = ()) -> str:
    """Return why a file must not be written, or nothing where it may.

    >>> why_not_over(None)
    ''
    """
    from ..traces.files import is_store

    if out is None or out == STANDARD:
        return ""
    if any(_is_same(out, path) for path in inputs):
        return f"{out}: it is an input too: write somewhere else"
    if is_store(out):
        return f"{out}: a store of recorded runs would be lost: write somewhere else"
    return ""


def lines_into(out: Path) -> AbstractContextManager[TextIO]:
    """Return what lines are written into: a file, whole or not at all, or standard output."""
    from ..traces import whole_file

    return nullcontext(sys.stdout) if out == STANDARD else whole_file(out)


def _is_same(one: Path, other: Path) -> bool:
    if one.resolve() == other.resolve():
        return True
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there
        return False
