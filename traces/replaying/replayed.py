"""What came out of a replay."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..store.model import RecordedCall
from .divergence import Divergence
from .watch import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A replay: where it got, and where it left its record.

    Attributes:
        run: Id of the recorded run.
        state: What the graph returned, or the last state it was seen in.
        error: What the graph raised, as it did then; None if it ended.
        interrupts: The questions that it ended with.
        steps: The nodes that ran, in the order they began; of all runs of the thread.
        divergence: The first thing it did that its record does not have; None: it did the same.
        changed: Names of the channels whose values are not those of the record.
        unused: Recorded calls that nobody made.
        guessed: Numbers of answers that were given to another request, in loose mode.
        real_calls: How many calls were really made; none unless it was live.
        stopped: Whether it stopped before its end: at a divergence, or where it was told to.
    """

    run: str
    state: Any = None
    error: BaseException | None = field(default=None, compare=False)
    interrupts: tuple[Any, ...] = ()
    steps: Sequence[Visit] = ()
    divergence: Divergence | None = None
    changed: Sequence[str] = ()
    unused: Sequence[RecordedCall] = ()
    guessed: Sequence[int] = ()
    real_calls: int = 0
    stopped: bool = False

    @property
    def same(self) -> bool:
        """Whether it did all that was recorded, nothing else, and came to the same."""
        return not (self.divergence or self.changed or self.unused or self.guessed or self.stopped)

    @property
    def path(self) -> list[str]:
        """The nodes of the outermost graph in the order they ran."""
        return [visit.node for visit in self.steps if "|" not in visit.namespace]

    @property
    def ending(self) -> str:
        """How the run ended, in Holdfast's word; empty for a graph that says none."""
        said = self.state.get("ending") if isinstance(self.state, dict) else None
        return str(said or "")
