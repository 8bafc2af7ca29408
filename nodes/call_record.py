"""What is kept of a tool call with effects, in the checkpointer: that it began, and what came."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeVar
from uuid import NAMESPACE_OID, uuid5

from langchain_core.runnables import RunnableConfig
from typing_extensions import TypedDict

from ..guards.errors import BackendError

T = TypeVar("T")

_CHANNEL = "holdfast_call"
_CHECKPOINTER = "__pregel_checkpointer"  # where LangGraph tells a task of its checkpointer,
_PARENTS = "checkpoint_map"  # of the checkpoints that it and the graphs around it are at,
_DURABILITY = "__pregel_durability"  # and of when they are written
_WAIT_SECONDS = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.05  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Save:
    """A wish to call the checkpointer.

    Attributes:
        method: The method's name; in async code the one with an `a` before it.
        args: Its arguments.
    """

    method: str
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """A wish to wait.

    Attributes:
        seconds: How long.
    """

    seconds: float


Saving = Generator[Save | Pause, Any, T]
"""Code that says what it wants of the checkpointer, and returns a result."""


class Entry(TypedDict):
    """One record of a call. Plain data, but for the messages in `update`.

    Attributes:
        call: Which call.
        n: Its number; those of a call go up.
        state: `begun`: the tool may have run; `paused`: it asked a person, and will begin again;
            `ended`: it is over.
        update: What came of it, or None.
    """

    call: str
    n: int
    state: Literal["begun", "paused", "ended"]
    update: Any


@dataclass(frozen=True, slots=True)
class CallRecord:
    """The records of one call.

    They are pending writes of the checkpoint that the call's task began from, under task ids that
    LangGraph does not know and passes over. So any checkpointer keeps them, they are written when
    asked for whatever the durability, they go where the thread goes, and a fork begins without.

    Attributes:
        saver: The graph's checkpointer.
        call: What the call is known by: its task and its id.
        places: The checkpoints that must be there for the task to be the same on resume, as
            configs; the last is the one that keeps the records.
    """

    saver: Any
    call: str
    places: tuple[RunnableConfig, ...]

    @classmethod
    def of(cls, config: RunnableConfig, call_id: str) -> Self | None:
        """Return the records of a task's call; None where nothing would outlive the process."""
        known: Mapping[str, Any] = config.get("configurable") or {}
        saver, parents = known.get(_CHECKPOINTER), known.get(_PARENTS) or {}
        task = str(known.get("checkpoint_ns") or "")
        own = task.rpartition("|")[0]
        if not hasattr(saver, "put_writes") or own not in parents:
            return None
        if known.get(_DURABILITY) == "exit":
            return None
        thread = known.get("thread_id")
        levels = [*(name for name in parents if name != own), own]
        places = tuple(_place(thread, name, parents[name]) for name in levels)
        return cls(saver, f"{task} {call_id}", places)

    def read(self) -> Saving[list[Entry]]:
        """Wait until the call's proposal is on disk, and return its records, oldest first.

        A run under `durability="async"`, and the first step of any graph under "sync" too, may be
        ahead of its checkpoints; a crash would then ask the model anew, and nobody would know the
        call again. Cost: one look at each checkpoint.

        Raises:
            BackendError: A checkpoint was not written for 30 seconds.
        """
        found: Any = None
        for place in self.places:
            found = yield from _wait_for(place)
        return self._own(found)

    def now(self) -> list[Entry]:
        """Return the records that are there, without waiting for any."""
        return self._own(self.saver.get_tuple(self.places[-1]))

    def _own(self, found: Any) -> list[Entry]:
        writes = (found.pending_writes if found else None) or ()
        kept = [value for _, channel, value in writes if channel == _CHANNEL]
        own: list[Entry] = [entry for entry in kept if entry["call"] == self.call]
        return sorted(own, key=lambda entry: entry["n"])

    def write(
        self, n: int, state: Literal["begun", "paused", "ended"], update: Any = None
    ) -> Saving[None]:
        """Write a record; it is on disk when this returns."""
        yield Save("put_writes", self.row(n, state, update))

    def row(
        self, n: int, state: Literal["begun", "paused", "ended"], update: Any = None
    ) -> tuple[Any, ...]:
        """Return a record as `put_writes` takes it."""
        entry = Entry(call=self.call, n=n, state=state, update=update)
        name = str(uuid5(NAMESPACE_OID, f"{self.call} {n}"))
        return self.places[-1], [(_CHANNEL, entry)], name


def _place(thread: Any, namespace: str, checkpoint: str) -> RunnableConfig:
    named = {"thread_id": thread, "checkpoint_ns": namespace, "checkpoint_id": checkpoint}
    return {"configurable": named}


def _wait_for(place: RunnableConfig) -> Saving[Any]:
    waited, pause = 0.0, _FIRST_PAUSE
    while (found := (yield Save("get_tuple", (place,)))) is None:
        if waited > _WAIT_SECONDS:
            raise BackendError(
                f"the checkpoint before this call was not written for {_WAIT_SECONDS:.0f} s, so "
                "a crash could repeat it; it was not made: look after the checkpointer"
            )
        yield Pause(pause)
        waited, pause = waited + pause, min(2 * pause, _LONGEST_PAUSE)
    return found
