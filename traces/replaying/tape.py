"""What the interception of calls talks to: a tape that keeps calls, or answers them."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from uuid import UUID

from ...guards.timekeeping import Read
from ..store.model import CallKind
from .place import Place

Outcome = Mapping[str, Any]
"""What became of a call, as live objects: one of `messages` (with `info` and `llm_output`),
`chunks`, `value`; besides, or instead, `error` or `interrupt`; and how many answers to interrupts
it took (`answered`)."""


class LeafCall:
    """A call of a model, a tool or a named effect, as it is about to be made.

    Attributes:
        kind: What is called.
        method: The method: `_generate`, `_astream`, `_run` and so on.
        name: The model's class, the tool's name, the effect's name.
        owner: The model or the tool; None for an effect.
        args: The positional arguments.
        kwargs: The arguments by name.
        inside: The call that it is made inside of, or None.
        began: When it began, in nanoseconds since the Unix epoch.
        run: Id of its own run where the call is told of it, or None.
        outer: Id of the nearest run around it that callbacks know of, or None.
    """

    __slots__ = (
        "_place", "args", "began", "inside", "kind", "kwargs", "method", "name", "outer", "owner",
        "run",
    )  # fmt: skip

    def __init__(
        self,
        kind: CallKind,
        method: str,
        name: str,
        owner: Any,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        place: Place | Callable[[], Place],
        run: UUID | None = None,
        outer: UUID | None = None,
        inside: "LeafCall | None" = None,
        began: int = 0,
    ) -> None:
        """Take a call; its place may be a function, which is asked when the place is wanted."""
        self.kind: CallKind = kind
        self.method = method
        self.name = name
        self.owner = owner
        self.args = args
        self.kwargs = kwargs
        self.run = run
        self.outer = outer
        self.inside = inside
        self.began = began
        self._place = place

    @property
    def place(self) -> Place:
        """Where in the graph it is made."""
        if not isinstance(self._place, Place):
            self._place = self._place()
        return self._place

    @property
    def span(self) -> str:
        """Id of its own run, or empty."""
        return str(self.run or "")


class Tape(Protocol):
    """Keeps calls, or answers them.

    Its methods are called in the thread of the call and must be quick. What `keep` is given is
    changed by its owner later on: it must be encoded or copied before the method returns.
    """

    def answer(self, call: LeafCall) -> Outcome | None:
        """Return what becomes of a call without making it, or None to have it made."""
        ...

    def time(self, clock: str, read: Read) -> float:
        """Return the time of a clock that a node of Holdfast's reads, in seconds."""
        ...

    def keep(self, call: LeafCall, outcome: Outcome) -> None:
        """Take what became of a call that was made."""
        ...
