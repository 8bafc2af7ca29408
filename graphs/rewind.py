"""Go back to before a loop, and on from there with a note."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StateSnapshot

from ..guards.channel import LedgerState, LedgerUpdate, extend_ledger, spend_since
from ..guards.digest import digest
from ..guards.errors import NoCheckpointerError, RewindError
from ..guards.ledger import Done, Step, no_spend
from ..guards.message import read_message
from ..guards.messages import read_new
from ..guards.verdict import Verdict
from ..nodes.told import note as told_note

App = CompiledStateGraph[Any, Any, Any, Any]
MARKED = "rewind"
_LINES = 20  # completed calls that the note lists


def rewind(
    app: App,
    config: RunnableConfig,
    *,
    before: Verdict,
    note: str | None = None,
    messages: str = "messages",
) -> Any:
    """Go back to the checkpoint before a loop, and on from there with a note.

    It goes back to the newest checkpoint that holds nothing of the verdict's first step of
    evidence: not the step, and not the message that asked for it. From there the thread goes on as
    a fork; the old way stays in its history. The note says what went round in circles. What cannot
    be taken back comes along: what the loop cost stays on the bill, and state-changing calls that
    succeeded since stay done, and are listed in the note.

    Args:
        app: A compiled graph with a checkpointer, in which a node of Holdfast keeps the ledger.
        config: The thread; its last checkpoint is where the loop is.
        before: The verdict, from the state's `verdicts`.
        note: What the model is told; None: the verdict's own reason.
        messages: The channel of the messages.

    Returns:
        The graph's output, as `app.invoke` returns it.

    Raises:
        NoCheckpointerError: There are no checkpoints to go back to.
        RewindError: The verdict has no evidence, the graph keeps no ledger, or every checkpoint
            that is kept lies after the loop's begin.
    """
    _check(app, before)
    now = app.get_state(config)
    way = _Way.of(now, before, note, messages)
    target = way.target(app.get_state_history(_thread(config)))
    return app.invoke(way.command(target), _at(config, target))


async def arewind(
    app: App,
    config: RunnableConfig,
    *,
    before: Verdict,
    note: str | None = None,
    messages: str = "messages",
) -> Any:
    """Go back to the checkpoint before a loop, and on from there with a note; see `rewind`."""
    _check(app, before)
    now = await app.aget_state(config)
    way = _Way.of(now, before, note, messages)
    history = [snapshot async for snapshot in app.aget_state_history(_thread(config))]
    target = way.target(history)
    return await app.ainvoke(way.command(target), _at(config, target))


def _check(app: App, verdict: Verdict) -> None:
    if not app.checkpointer:
        raise NoCheckpointerError(
            "rewind(app): the graph has no checkpointer, so there is nothing to go back to; "
            "compile it with one"
        )
    if not verdict["steps"]:
        raise RewindError(
            f"rewind(before=...): the verdict of {verdict['guard']!r} names no steps as evidence, "
            "so nobody knows where the loop began; give a trip of the loop guard"
        )


def _known(config: RunnableConfig | None) -> dict[str, Any]:
    return dict((config or {}).get("configurable") or {})


def _thread(config: RunnableConfig) -> RunnableConfig:
    """Return the config of a whole thread, whichever checkpoint was named."""
    known = _known(config)
    known.pop("checkpoint_id", None)
    return {"configurable": known}


def _at(config: RunnableConfig, target: StateSnapshot) -> RunnableConfig:
    return {**config, "configurable": {**_known(config), **_known(target.config)}}


@dataclass(frozen=True, slots=True)
class _Way:
    """The way back: where the thread is, what to look for, and what to say."""

    now: StateSnapshot
    first: int
    asked: Step | None
    text: str
    messages: str

    @classmethod
    def of(cls, now: StateSnapshot, verdict: Verdict, note: str | None, messages: str) -> "_Way":
        if not _value(now, "ledger"):
            raise RewindError(
                "rewind(app, config): the thread holds no ledger, so its checkpoints cannot be "
                "told apart by steps; name a thread in which a node of Holdfast has judged"
            )
        first = min(verdict["steps"])
        steps: Sequence[Step] = _value(now, "ledger").get("recent") or ()
        asked = next((step for step in steps if step["n"] == first), None)
        said = (
            note or f"The run was taken back to here, since it went in circles. {verdict['reason']}"
        )
        return cls(now, first, asked, said, messages)

    def target(self, history: Iterable[StateSnapshot]) -> StateSnapshot:
        """Return the newest checkpoint on the way here that holds nothing of the loop."""
        for snapshot in _ancestors(self.now, history):
            if self._is_before(snapshot):
                return snapshot
        raise RewindError(
            f"rewind(before=a trip at step {self.first}): no checkpoint from before that step is "
            "kept; begin a new thread, or keep checkpoints for longer"
        )

    def _is_before(self, snapshot: StateSnapshot) -> bool:
        if not snapshot.next or "__start__" in snapshot.next:
            return False  # the end of a run, or an input that nothing has read
        if (_value(snapshot, "ledger") or {}).get("n", 0) >= self.first:
            return False
        if _value(snapshot, "handoff"):
            return False  # whoever has the task would not read the note
        return not any(map(self._asks, _value(snapshot, self.messages) or ()))

    def _asks(self, item: Any) -> bool:
        """Return whether a message is where the first step of the loop was asked for, or said."""
        if self.asked is None:
            return False
        message, step = read_message(item), self.asked
        if step["kind"] == "model":
            return message.role == "assistant" and digest(message.text) == step["result"]
        ids = [call.id for call in message.calls]
        return bool(step["call_id"]) and step["call_id"] in ids

    def command(self, target: StateSnapshot) -> Command[Any]:
        """Return what the fork begins with: the note, the bill, and what is done."""
        now = _value(self.now, "ledger")
        read = self._unread(target)
        then = extend_ledger(_value(target, "ledger"), [read])
        cost = spend_since(now.get("thread") or no_spend(), then.get("thread") or no_spend())
        done = list(_done_since(now, then))
        lines = [f"- {item['line']}" for item in done[-_LINES:]]
        listed = ["These were done meanwhile and stay done:", *lines] if lines else []
        text = "\n".join([self.text, *listed])
        ledger: list[LedgerUpdate] = [*read, {"spent": cost, "done": done}]
        return Command(update={self.messages: [told_note(text, MARKED)], "ledger": ledger})

    def _unread(self, target: StateSnapshot) -> list[LedgerUpdate]:
        """Return what the ledger there has not read of the messages there.

        A run may begin in them, and a run that begins later would put the bill aside.
        """
        if _value(self.now, "ledger").get("cursor") is None:
            return []  # the graph's nodes write their steps themselves
        there = _value(target, "ledger") or LedgerState()
        update, _ = read_new(_value(target, self.messages) or (), there)
        return [update] if update else []


def _value(snapshot: StateSnapshot, name: str) -> Any:
    values = snapshot.values
    return values.get(name) if isinstance(values, Mapping) else getattr(values, name, None)


def _ancestors(now: StateSnapshot, history: Iterable[StateSnapshot]) -> Iterator[StateSnapshot]:
    """Yield the checkpoints that led to one, newest first; not those of abandoned forks."""
    wanted = _known(now.config).get("checkpoint_id")
    for snapshot in history:
        if _known(snapshot.config).get("checkpoint_id") == wanted:
            wanted = _known(snapshot.parent_config).get("checkpoint_id")
            yield snapshot


def _done_since(now: Mapping[str, Any], then: Mapping[str, Any]) -> Iterator[Done]:
    old, n = then.get("done") or {}, then.get("n", 0)
    for key, item in (now.get("done") or {}).items():
        if key not in old:
            yield cast("Done", {**item, "n": n})
