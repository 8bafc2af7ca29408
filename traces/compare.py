"""Judge recorded runs by two settings: what would have changed?"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..guards.facts import ToolSpec
from ..guards.guard import Guard
from .audit import Audited, audit_run, judged_file
from .files import Progress
from .recording import Recording
from .toolbook import NO_TOOLS, Toolbook
from .values import Unread


@dataclass(frozen=True, slots=True)
class Compared:
    """A recorded run as two settings judge it.

    Attributes:
        one: By the first.
        other: By the second.
    """

    one: Audited
    other: Audited

    @property
    def parts(self) -> bool:
        """Whether the run would have gone another way: another end, or other calls not run."""
        return (self.one.ending, self.one.cut, self.one.blocked) != (
            self.other.ending,
            self.other.cut,
            self.other.blocked,
        )

    @property
    def differs(self) -> bool:
        """Whether it would have gone another way, or is judged otherwise on the same way."""
        return self.parts or bool(self.judged_otherwise)

    @property
    def judged_otherwise(self) -> list[tuple[str, str]]:
        """The guards and what they found where the rung or the number of trips differs."""
        names = {**self.one.kinds, **self.other.kinds}
        return [name for name in names if self.one.kinds.get(name) != self.other.kinds.get(name)]

    def line(self) -> str:
        """Return the run as one line of JSON: `id`, `reward`, and both judgements."""
        both = {"set": _judged(self.one), "against": _judged(self.other)}
        data: dict[str, Any] = {
            "id": self.one.id,
            "reward": self.one.reward,
            "differs": self.differs,
            **both,
        }
        if self.one.traces:
            data |= {"thread": self.one.thread, "traces": list(self.one.traces)}
        return json.dumps(data, ensure_ascii=False) + "\n"


def _judged(run: Audited) -> dict[str, Any]:
    return {
        "ending": run.ending,
        "severest": run.severest,
        "blocked": run.blocked,
        "cut": run.cut._asdict() if run.cut else None,
        "verdicts": list(run.verdicts),
    }


def compare_run(
    run: Recording,
    guards: Sequence[Guard],
    others: Sequence[Guard],
    *,
    tools: Mapping[str, ToolSpec] | None = None,
) -> Compared:
    """Return what two sets of guards find in a run.

    Raises:
        MessageError: An item of the run is no message.
    """
    return Compared(audit_run(run, guards, tools=tools), audit_run(run, others, tools=tools))


def compare_file(
    path: Path,
    guards: Sequence[Guard],
    others: Sequence[Guard],
    *,
    book: Toolbook = NO_TOOLS,
    progress: Progress | None = None,
) -> Iterator[Compared | Unread]:
    """Yield what two sets of guards find in each run of a file, and what could not be read.

    Raises:
        AuditInputError: The file cannot be opened, or no run in it could be judged.
    """
    return judged_file(
        path,
        lambda run: compare_run(run, guards, others, tools=book.tools_of(run)),
        progress=progress,
    )
