"""What came out of a replay."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ...guards.digest import preview
from ..store.model import RecordedCall
from .divergence import Divergence
from .watch import Visit, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text

_SHOWN = 20  # unused calls that are named


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
        differences: For each of them the first thing that differs in it: where, what was recorded,
            what it is now.
        unused: Recorded calls that nobody made; of a live replay, before it went live.
        guessed: Numbers of answers that were given to another request, in loose mode.
        ignored: Numbers of answers that were given to a request which is the same but for what
            the replay was told to ignore.
        real_calls: How many calls were really made; none unless it was live.
        stopped: Whether it stopped before its end: at a divergence, where it was told to,
            or where its record ends.
        record_ended: Where and why the record ends before its run did: it was killed, cancelled
            or left. Empty where the record is whole.
    """

    run: str
    state: Any = None
    error: BaseException | None = field(default=None, compare=False)
    interrupts: tuple[Any, ...] = ()
    steps: Sequence[Visit] = ()
    divergence: Divergence | None = None
    changed: Sequence[str] = ()
    differences: Sequence[str] = ()
    unused: Sequence[RecordedCall] = ()
    guessed: Sequence[int] = ()
    ignored: Sequence[int] = ()
    real_calls: int = 0
    stopped: bool = False
    record_ended: str = ""

    @property
    def same(self) -> bool:
        """Whether it did all that was recorded, nothing else, and came to the same.

        Of a run that was broken off: up to where its record ends.
        """
        stopped = self.stopped and not self.record_ended
        return not (self.divergence or self.changed or self.unused or self.guessed or stopped)

    @property
    def path(self) -> list[str]:
        """The nodes of the outermost graph as they ran; those of one super-step by name."""
        return path_of(self.steps)

    @property
    def ending(self) -> str:
        """How the run ended, in Holdfast's word; empty for a graph that says none."""
        said = self.state.get("ending") if isinstance(self.state, dict) else None
        return str(said or "")

    def as_json(self) -> dict[str, Any]:
        """Return what came out, as plain data; of the state only which channels changed."""
        return {
            "run": self.run,
            "same": self.same,
            "ending": self.ending,
            "path": self.path,
            "error": None if self.error is None else _error_text(self.error),
            "interrupts": len(self.interrupts),
            "divergence": None if self.divergence is None else asdict(self.divergence),
            "changed": list(self.changed),
            "differences": list(self.differences),
            "unused": [_call_of(call) for call in self.unused],
            "guessed": list(self.guessed),
            "ignored": list(self.ignored),
            "real_calls": self.real_calls,
            "stopped": self.stopped,
            "record_ended": self.record_ended,
        }

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        yield from self._lines()

    def _lines(self) -> "Iterator[Text]":
        from rich.text import Text

        said = f": {self.ending}" if self.ending else ""
        calls = f"{self.real_calls} real call{'s' * (self.real_calls != 1)}"
        yield Text(f"run {self.run} replayed{said}; {calls}")
        yield Text(f"way: {preview(' > '.join(self.path), 400)}")
        if self.error is not None:
            yield Text(f"raised {_error_text(self.error)}")
        if self.divergence is not None:
            yield from _divergence_lines(self.divergence)
        elif self.record_ended:
            yield Text(self.record_ended, style="yellow")
        elif self.stopped:
            yield Text("stopped where it was told to")
        yield from self._others()

    def _others(self) -> "Iterator[Text]":
        from rich.text import Text

        for difference in self.differences[:_SHOWN]:
            yield Text(f"other value: {difference}", style="yellow")
        if self.guessed:
            told = f"guessed {len(self.guessed)} answers, recorded of other requests: calls"
            yield Text(f"{told} {_numbers(self.guessed)}", style="yellow")
        if self.ignored:
            told = "asked as recorded but for what is ignored: calls"
            yield Text(f"{told} {_numbers(self.ignored)}")
        for call in self.unused[:_SHOWN]:
            what = f"call #{call.n} of {preview(call.key.name)!r}"
            yield Text(f"never made: {what} in node {call.node!r}", style="yellow")
        if self.same:
            told = "the same up to there" if self.record_ended else "the same as recorded"
            yield Text(told, style="green")


def _numbers(calls: Sequence[int]) -> str:
    more = f" and {len(calls) - _SHOWN} more" if len(calls) > _SHOWN else ""
    return ", ".join(f"#{n}" for n in calls[:_SHOWN]) + more


def _divergence_lines(found: Divergence) -> "Iterator[Text]":
    from rich.text import Text

    head, *diff = str(found).splitlines()
    yield Text(f"first divergence: {head}", style="bold red")
    for line in diff:
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        yield Text(line, style=colour)


def _error_text(error: BaseException) -> str:
    return f"{type(error).__name__}: {preview(str(error))}"


def _call_of(call: RecordedCall) -> dict[str, Any]:
    return {"n": call.n, "name": call.key.name, "node": call.node, "step": call.step}
