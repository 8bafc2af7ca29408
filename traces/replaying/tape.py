"""What the interception of calls talks to: a tape that keeps calls, or answers them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...guards.timekeeping import Read
from ..store.model import CallKind
from .place import Place

Outcome = Mapping[str, Any]
"""What became of a call, as live objects: one of `messages` (with `info` and `llm_output`),
`chunks`, `value`; besides, or instead, `error` or `interrupt`; and how many answers to interrupts
it took (`answered`)."""


@dataclass(frozen=True, slots=True, eq=False)
class LeafCall:
    """A call of a model, a tool or a named effect, as it is about to be made.

    Attributes:
        kind: What is called.
        method: The method: `_generate`, `_astream`, `_run` and so on.
        name: The model's class, the tool's name, the effect's name.
        owner: The model or the tool; None for an effect.
        args: The positional arguments.
        kwargs: The arguments by name.
        place: Where in the graph it is made.
        span: Id of its own run where the call is told of it, or empty.
        inside: The call that it is made inside of, or None.
        began: When it began, in nanoseconds since the Unix epoch.
    """

    kind: CallKind
    method: str
    name: str
    owner: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    place: Place
    span: str = ""
    inside: "LeafCall | None" = None
    began: int = field(default=0)


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
