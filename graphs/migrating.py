"""What a thread's checkpoint becomes when its values are brought up to date. Writes nothing."""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointTuple,
    empty_checkpoint,
)
from langgraph.types import Command

from ..guards.errors import ContractError, GuardConfigError
from ..guards.settings import shown
from .thread_faults import BRANCH, TASKS

Migration = Callable[[dict[str, Any]], Mapping[str, Any] | Command[Any]]
"""From a thread's values to those it should have, or to a `Command` that also says where to go."""
Migrations = Migration | Mapping[str, Migration] | None
"""A migration for each fingerprint, or one for all, or none."""


def check_migrations(where: str, migrations: Any) -> None:
    """Refuse what cannot bring a thread up to date.

    Raises:
        GuardConfigError: It is no function, and no mapping from fingerprints to functions.
    """
    given = migrations.values() if isinstance(migrations, Mapping) else [migrations]
    if migrations is not None and not all(map(callable, given)):
        raise GuardConfigError(
            f"{where}(migrations={shown(migrations)}): give a function from a thread's values to "
            "those it should have, or {fingerprint: function}"
        )


def migration_for(migrations: Migrations, was: str) -> Migration | None:
    """Return what brings a thread of an older graph up to date, or None."""
    return migrations.get(was) if isinstance(migrations, Mapping) else migrations


def upgraded(
    saver: BaseCheckpointSaver[Any],
    stored: CheckpointTuple,
    values: Mapping[str, Any],
    wanted: Mapping[str, Any] | Command[Any],
) -> tuple[CheckpointTuple, dict[str, Any]]:
    """Return a checkpoint with new values, and the versions that changed.

    It takes the place of the old one: so the answers to open questions stay, and the work of
    nodes that finished beside one that did not. Where it says at which node to go on, it comes
    after the old one, and the step that was broken off is forgotten.

    Args:
        saver: The checkpointer, which counts versions.
        stored: The checkpoint.
        values: What it holds.
        wanted: What the migration returned.

    Raises:
        ContractError: That was no values.
    """
    update = values_of(wanted)
    targets = _targets(wanted.goto) if isinstance(wanted, Command) else []
    old = stored.checkpoint
    kept, versions = {**old["channel_values"]}, {**old["channel_versions"]}
    for name in set(values) - set(update):
        kept.pop(name, None)
        versions.pop(name, None)
    for name in [name for name in kept if targets and name.startswith((BRANCH, TASKS))]:
        del kept[name]
    new = {
        name: value
        for name, value in update.items()
        if targets or name not in values or _unequal(values[name], value)
    } | {f"{BRANCH}{name}": None for name in targets}
    newest = saver.get_next_version(max(versions.values(), default=None), None)
    changed = dict.fromkeys(new, newest)
    checkpoint: Checkpoint = {
        **old, "channel_values": kept | new, "channel_versions": versions | changed,
    }  # fmt: skip
    metadata = copy(stored.metadata)
    if targets:
        checkpoint["id"] = empty_checkpoint()["id"]
        checkpoint["updated_channels"] = None  # with a list, LangGraph starts what is in it
        metadata.pop("counters_since_delta_snapshot", None)
        stored = stored._replace(parent_config=stored.config)
    return stored._replace(checkpoint=checkpoint, metadata=metadata), changed


def values_of(wanted: Any) -> Mapping[str, Any]:
    """Return the values that a migration returned.

    Raises:
        ContractError: It returned none.
    """
    update = wanted.update if isinstance(wanted, Command) else wanted
    if not isinstance(update, Mapping):
        raise ContractError(
            f"a migration returned a {type(update).__name__}; return all values that the thread "
            "should have, as a dict, or Command(update=values, goto=node)"
        )
    return update


def _targets(goto: Any) -> list[str]:
    return [str(one) for one in (goto if isinstance(goto, list | tuple) else [goto]) if one]


def _unequal(old: Any, new: Any) -> bool:
    if old is new:
        return False
    try:
        return bool(old != new) or type(old) is not type(new)
    except Exception:  # noqa: BLE001 - values with an unusual == are written again
        return True
