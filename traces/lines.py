"""Write what an audit found as JSON Lines, one object a run."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from .audit import Audited


def line_of(run: Audited) -> str:
    """Return a run as one line of JSON: `id`, `ending`, `steps`, `verdicts` and more.

    `verdicts` are the trips, each with the `step` it was given at, oldest first; `left_off` says
    how many more there were than the 200 that are kept. `skips` says, for each guard that could
    not judge the run, why. `reward` is null for a run that carries none. `recorded` is there when
    guards found something while the run was recorded, and holds that; `thread` and `traces`, ids
    that `holdfast trace show` takes, are there for a run out of a store.
    """
    data: dict[str, Any] = {
        "id": run.id,
        "ending": run.ending,
        "steps": run.steps,
        "verdicts": list(run.verdicts),
        "left_off": run.left_off,
        "skips": dict(run.skips),
        "reward": run.reward,
    }
    if run.traces:
        data |= {"thread": run.thread, "traces": list(run.traces)}
    if run.recorded:
        data["recorded"] = list(run.recorded)
    return json.dumps(data, ensure_ascii=False) + "\n"


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Open a file to write, that takes its name only when all of it has been written.

    Raises:
        OSError: It cannot be written.
    """
    if path.exists() and not path.is_file():  # a pipe or a terminal, which cannot be renamed
        with path.open("w", encoding="utf-8", errors="replace") as text:
            yield text
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", errors="replace", newline="\n") as text:
            yield text
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
