"""Check, before anything runs, that a stored thread fits the graph that is to go on with it."""

import copy
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config, merge_configs
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from pydantic import ValidationError

from ..guards.errors import GuardConfigError, ThreadMismatchError
from ..guards.settings import shown
from .fingerprint import KEY, fingerprint
from .migrating import Migration, Migrations, check_migrations, migration_for, upgraded, values_of
from .thread_faults import App, fields_gone, fields_misfit, fields_missing, nodes_gone

_SAVER = "__pregel_checkpointer"  # where LangGraph tells a graph in a graph of its checkpointer
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read:
    """A wish to call a method of a checkpointer or a graph, or its async twin.

    Attributes:
        of: What has the method.
        method: Its name; the twin's begins with an `a`.
        args: What it is given.
        more: What it is given by name.
        lenient: Whether None stands for a state that cannot be read as its type.
    """

    of: Any
    method: str
    args: tuple[Any, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    lenient: bool = False


Steps = Generator[Read, Any, T]


def check_thread(app: App, config: RunnableConfig, *, migrations: Migrations = None) -> None:
    """Check that a stored thread fits a graph, and bring it up to date where it is told how.

    A `CheckedStateGraph` does so by itself whenever a thread is gone on with; for any other graph
    call it, or take a `lease`. Threads that the same graph wrote, and new threads, pass. So do
    changes that harm nothing: a node more, a field more that has a default, an edge less. What
    does not: a node that is to run next and is no more, a field that holds something and is no
    more, a value that its field's type does not take, a field that is needed and has no value.

    Args:
        app: A compiled graph with a checkpointer.
        config: The thread, and the checkpoint when it is not the last.
        migrations: For the fingerprint of an older graph (empty for one that noted none), a
            function from the thread's values to those it should have, or to a `Command` with
            these as `update` and the node to go on at as `goto`; or one function for all. The
            checkpoint is rewritten, so that open questions and finished work stay.

    Raises:
        ThreadMismatchError: It does not fit; it names each node and field. Nothing has run.
        GuardConfigError: A migration is no function.

    Cost: one read of the checkpoint; where another graph wrote it, also the values.
    """
    check_migrations("check_thread", migrations)
    sync(thread_check(app, config, fingerprint(app), migrations, ()))


async def acheck_thread(app: App, config: RunnableConfig, *, migrations: Migrations = None) -> None:
    """Check a stored thread as `check_thread` does, awaited."""
    check_migrations("acheck_thread", migrations)
    await awaited(thread_check(app, config, fingerprint(app), migrations, ()))


def sync(steps: Steps[T]) -> T:
    """Return what some steps come to."""
    sent: Any = None
    while True:
        try:
            wish = steps.send(sent)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        try:
            sent = getattr(wish.of, wish.method)(*wish.args, **wish.more)
        except ValidationError:
            if not wish.lenient:
                raise
            sent = None


async def awaited(steps: Steps[T]) -> T:
    """Return what some steps come to, awaited."""
    sent: Any = None
    while True:
        try:
            wish = steps.send(sent)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        call: Callable[..., Awaitable[Any]] = getattr(wish.of, f"a{wish.method}")
        try:
            sent = await call(*wish.args, **wish.more)
        except ValidationError:
            if not wish.lenient:
                raise
            sent = None


def named_in(config: Any) -> Mapping[str, Any]:
    """Return what a config says of its thread.

    Raises:
        GuardConfigError: It is no config, or names no thread.
    """
    known = config.get("configurable") if isinstance(config, Mapping) else None
    if not isinstance(known, Mapping) or known.get("thread_id") in (None, ""):
        raise GuardConfigError(
            f'config={shown(config)}: it names no thread; use {{"configurable": {{"thread_id": '
            '"42"}}'
        )
    return known


def saver_of(app: Any, config: RunnableConfig) -> BaseCheckpointSaver[Any] | None:
    """Return the checkpointer that an invocation would use, or None."""
    own = getattr(app, "checkpointer", None)
    if isinstance(own, BaseCheckpointSaver):
        return own
    inherited = (config.get("configurable") or {}).get(_SAVER)
    return inherited if own is not False and isinstance(inherited, BaseCheckpointSaver) else None


def whole_config(app: Any, config: RunnableConfig | None) -> RunnableConfig:
    """Return a config with what is bound to a graph, and what it inherits in a node."""
    return merge_configs(ensure_config(getattr(app, "config", None)), config)


def thread_check(
    app: App,
    config: RunnableConfig | None,
    now: str,
    migrations: Migrations,
    given: Collection[str],
) -> Steps[None]:
    """Check a thread; see `check_thread`.

    Args:
        app: The graph.
        config: The thread.
        now: The graph's fingerprint.
        migrations: How older threads are brought up to date.
        given: Fields that the input brings.
    """
    whole = whole_config(app, config)
    saver = saver_of(app, whole)
    known = whole.get("configurable") or {}
    if saver is None or not known.get("thread_id"):
        return  # nothing is kept, or LangGraph will say what is missing
    place = _place(known, known.get("checkpoint_id"))
    stored: CheckpointTuple | None = yield Read(saver, "get_tuple", (place,))
    if stored is None or stored.metadata.get(KEY) == now:
        return
    was = str(stored.metadata.get(KEY) or "")
    thread = str(known["thread_id"])
    values = yield from _values(app, saver, stored)
    if (migration := migration_for(migrations, was)) is not None:
        yield from _migrate(app, saver, stored, values, migration, (thread, was, now))
        return
    faults = _faults(app, stored, values, given)
    if not faults:
        faults = yield from _inner_faults(app, saver, place)
    if faults:
        raise ThreadMismatchError(thread, was, now, faults)


def _place(known: Mapping[str, Any], checkpoint: str | None) -> RunnableConfig:
    place = {"thread_id": known["thread_id"], "checkpoint_ns": known.get("checkpoint_ns", "")}
    return {"configurable": place | ({"checkpoint_id": checkpoint} if checkpoint else {})}


def _values(
    app: App, saver: BaseCheckpointSaver[Any], stored: CheckpointTuple
) -> Steps[dict[str, Any]]:
    """Return what a thread holds, by field; also of fields that the graph does not have."""
    kept = stored.checkpoint["channel_values"]
    values = {
        name: value for name, value in kept.items() if not name.startswith("__") and ":" not in name
    }
    added = {
        name: channel
        for name, channel in app.channels.items()
        if isinstance(channel, DeltaChannel)
        and name in stored.checkpoint["channel_versions"]
        and name not in kept
    }
    if added:
        wanted = {"config": stored.config, "channels": list(added)}
        found = yield Read(saver, "get_delta_channel_history", more=wanted)
        values |= {name: _replayed(channel, found[name]) for name, channel in added.items()}
    return {name: _bare(value) for name, value in values.items()}


def _replayed(channel: DeltaChannel[Any], history: Any) -> Any:
    """Return what a channel holds, of which a checkpoint stores additions."""
    filled = channel.from_checkpoint(history.get("seed", channel.typ()))
    filled.replay_writes(history["writes"])
    return filled.get()


def _bare(value: Any) -> Any:
    return value.value if type(value).__name__ == "_DeltaSnapshot" else value


def _faults(
    app: App, stored: CheckpointTuple, values: Mapping[str, Any], given: Collection[str] = ()
) -> list[str]:
    kept = stored.checkpoint["channel_values"]
    versions = stored.checkpoint["channel_versions"]
    started = any(name in versions for name in app.channels if not name.startswith("__"))
    return [
        *nodes_gone(app, kept),
        *fields_gone(app, versions, kept),
        *fields_misfit(app, values),
        *(fields_missing(app, versions, given) if started else ()),
    ]


def _inner_faults(
    app: App, saver: BaseCheckpointSaver[Any], place: RunnableConfig
) -> Steps[list[str]]:
    """Return what is wrong in the graphs inside of the nodes that are to go on."""
    if place["configurable"]["checkpoint_ns"]:
        return []
    snapshot = yield Read(app, "get_state", (place,), lenient=True)
    faults = []
    for task in snapshot.tasks if snapshot else ():  # else: what the input brings is missing yet
        for _, inner in _graphs_in(app, task.name):
            where = {**place["configurable"], "checkpoint_ns": f"{task.name}:{task.id}"}
            where.pop("checkpoint_id", None)
            found = yield Read(saver, "get_tuple", ({"configurable": where},))
            if found is not None:
                kept = found.checkpoint["channel_values"]
                faults += [f"in node {task.name!r}: {one}" for one in nodes_gone(inner, kept)]
    return faults


def _graphs_in(app: App, node: str) -> list[tuple[str, App]]:
    found: list[Any] = list(app.get_subgraphs(namespace=node))
    return [(name, inner) for name, inner in found if hasattr(inner, "builder")]


def _migrate(
    app: App,
    saver: BaseCheckpointSaver[Any],
    stored: CheckpointTuple,
    values: dict[str, Any],
    migration: Migration,
    about: tuple[str, str, str],
) -> Steps[None]:
    """Rewrite a checkpoint as a migration wants it, once it is seen to fit."""
    thread, was, now = about
    wanted = migration(copy.deepcopy(values))
    new, versions = upgraded(saver, stored, values, wanted)
    faults = _faults(app, new, values_of(wanted))
    if faults:
        raise ThreadMismatchError(thread, was, now, [*faults, "(after its migration)"])
    new.metadata[KEY] = now  # type: ignore[literal-required]
    before = (new.parent_config or {}).get("configurable", {}).get("checkpoint_id")
    place = _place(stored.config["configurable"], before)
    yield Read(saver, "put", (place, new.checkpoint, new.metadata, versions))
