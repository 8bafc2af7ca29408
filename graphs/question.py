"""The open questions of a thread, and the answers that are already on their way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import TypedDict

from ..guards.escalation import is_escalation

ANSWER = "__holdfast_answer__"
"""The channel of a pending write that says that a question is being answered.

No graph has it, so LangGraph hands the write to nobody. Savers keep the first write of a task and
a place (SQLite: `INSERT OR IGNORE`, Postgres: `ON CONFLICT DO NOTHING`, the one in memory too), so
of two who answer at the same time exactly one is the first, whatever process they are in.
"""
WRONG = "__holdfast_wrong_answer__"
"""The channel of a pending write that says that an answer did not fit: the question is open."""
_INTERRUPT = "__interrupt__"
_CONTROL = frozenset({_INTERRUPT, "__resume__", "__error__", "__error_source_node__"})

Writes = Sequence[tuple[str, str, Any]]
"""A checkpoint's pending writes: task, channel, value."""


class Claim(TypedDict):
    """An answer on its way.

    Attributes:
        token: Whose it is.
        at: Unix time at which it was given.
        answer: The answer.
    """

    token: str
    at: float
    answer: Any


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a person in a thread that waits for the answer.

    Attributes:
        id: Id of the interrupt; an answer names it.
        value: What is asked: an `Escalation`, or whatever a node interrupted with.
        schema: JSON schema of the answer, or None where nobody said.
        thread: Id of the thread.
        checkpoint: Id of the checkpoint at which it waits.
        asked_at: When that was saved, in ISO format, or None.
        attempts: Answers that did not fit.
        claim: The answer on its way, or None: nobody has answered.
        place_in_turn: Which call of the newest turn its first action is, from 0; None: of none.
    """

    id: str
    value: Any
    schema: Mapping[str, Any] | None
    thread: str
    checkpoint: str
    asked_at: str | None = None
    attempts: int = 0
    claim: Claim | None = None
    place_in_turn: int | None = None

    @property
    def reason(self) -> str:
        """Why a person is asked, where the question says so."""
        if is_escalation(self.value):
            return str(self.value["reason"])
        return self.value if isinstance(self.value, str) else ""

    @property
    def deadline(self) -> float | None:
        """Unix time until which it can be answered; None: for ever."""
        return self.value.get("deadline") if is_escalation(self.value) else None

    def is_expired(self, now: float) -> bool:
        """Return whether its time has passed at some Unix time."""
        return self.deadline is not None and now > self.deadline

    @property
    def place(self) -> str:
        """The task under which the next answer is claimed."""
        return place_of(self.id, self.attempts)


def place_of(interrupt: str, attempt: int) -> str:
    """Return the task under which an answer is claimed."""
    return f"holdfast-{interrupt}-{attempt}"


def questions_in(saved: Any) -> list[Question]:
    """Return the open questions of a thread's newest checkpoint.

    Those about calls come in the order in which the newest turn proposed the calls.

    Args:
        saved: What a checkpointer keeps of it, a `CheckpointTuple`, or None.
    """
    if saved is None:
        return []
    writes: Writes = saved.pending_writes or ()
    known = saved.config["configurable"]
    places = _places(saved)
    found = [
        Question(
            id=one.id,
            value=one.value,
            schema=getattr(one, "response_schema", None),
            thread=str(known["thread_id"]),
            checkpoint=str(known["checkpoint_id"]),
            asked_at=saved.checkpoint.get("ts"),
            attempts=(tried := _attempts(writes, one.id)),
            claim=claim_in(writes, place_of(one.id, tried)),
            place_in_turn=_place(one.value, places),
        )
        for one in open_interrupts(writes)
    ]
    last = len(places)
    return sorted(found, key=lambda one: last if one.place_in_turn is None else one.place_in_turn)


def _places(saved: Any) -> dict[str, int]:
    """Return the calls of the newest turn by id, with their places in it."""
    messages = (saved.checkpoint.get("channel_values") or {}).get("messages")
    known: list[Any] = messages if isinstance(messages, list) else []
    for message in reversed(known):
        if calls := getattr(message, "tool_calls", None):
            return {call["id"]: place for place, call in enumerate(calls)}
    return {}


def _place(value: Any, places: Mapping[str, int]) -> int | None:
    actions = value.get("actions") if is_escalation(value) else None
    return places.get(actions[0]["call_id"]) if actions else None


def waiting_in(saved: Any) -> list[Question]:
    """Return the questions of a checkpoint that nobody has answered yet."""
    return [one for one in questions_in(saved) if one.claim is None]


def open_interrupts(writes: Writes) -> list[Any]:
    """Return the interrupts among pending writes whose tasks are not finished.

    A task is finished when it has written anything beside what it asked, what it was answered and
    what it raised.
    """
    ended = {task for task, channel, _ in writes if channel not in _CONTROL}
    found: dict[str, Any] = {}
    for task, channel, value in writes:
        if channel == _INTERRUPT and task not in ended:
            for one in value if isinstance(value, list | tuple) else [value]:
                found.setdefault(one.id, one)
    return list(found.values())


def asked_in(writes: Writes) -> Iterator[str]:
    """Yield the ids of all interrupts among pending writes, answered or not."""
    for _, channel, value in writes:
        if channel == _INTERRUPT:
            yield from (one.id for one in (value if isinstance(value, list | tuple) else [value]))


def claim_in(writes: Writes, place: str) -> Claim | None:
    """Return the answer that was the first at a place, or None."""
    for task, channel, value in writes:
        if task == place and channel == ANSWER:
            return value  # type: ignore[no-any-return]
    return None


def _attempts(writes: Writes, interrupt: str) -> int:
    prefix = f"holdfast-{interrupt}-"
    return sum(task.startswith(prefix) and channel == WRONG for task, channel, _ in writes)
