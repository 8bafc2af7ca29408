"""Where in a graph a call is made, told from the config of the runnable that makes it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from langchain_core.runnables.config import var_child_runnable_config

_NO_CONFIG: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a graph.

    Attributes:
        namespace: The checkpoint namespace without task ids, outermost first, `|` between.
        path: LangGraph's path of the task, as JSON, or empty outside of a graph.
        node: The node, or empty.
        step: The super-step, or None.
        run: Id of the nearest run that callbacks know of, or empty.
    """

    namespace: str = ""
    path: str = ""
    node: str = ""
    step: int | None = None
    run: str = ""


def config_here() -> Mapping[str, Any]:
    """Return the config of the runnable that the code that asks runs in; empty outside of all."""
    return var_child_runnable_config.get() or _NO_CONFIG


def place_here() -> Place:
    """Return where the code that asks runs; an empty place outside of every runnable."""
    return place_in(config_here())


def place_in(config: Mapping[str, Any]) -> Place:
    """Return the place that a config was made for."""
    return place_of(config.get("metadata") or {}, run_in(config))


def outer_in(config: Mapping[str, Any]) -> UUID | None:
    """Return the id of the run that a config belongs to, if callbacks know of one."""
    found = getattr(config.get("callbacks"), "parent_run_id", None)
    return found if isinstance(found, UUID) else None


def run_in(config: Mapping[str, Any]) -> str:
    """Return the id of the run that a config belongs to, or nothing."""
    return str(getattr(config.get("callbacks"), "parent_run_id", None) or "")


def place_of(metadata: Mapping[str, Any], run: str = "") -> Place:
    """Return the place that the metadata of a LangGraph task names."""
    step = metadata.get("langgraph_step")
    return Place(
        namespace=without_tasks(str(metadata.get("langgraph_checkpoint_ns") or "")),
        path=path_text(metadata.get("langgraph_path")),
        node=str(metadata.get("langgraph_node") or ""),
        step=step if isinstance(step, int) else None,
        run=run,
    )


@lru_cache(maxsize=4096)
def without_tasks(namespace: str) -> str:
    """Return a checkpoint namespace without the ids of its tasks: they change from run to run.

    >>> without_tasks("team:7c1f|search:90ab")
    'team|search'
    """
    return "|".join(part.split(":", 1)[0] for part in namespace.split("|"))


def path_text(path: Any) -> str:
    """Return the path of a task as JSON; it holds the index of a `Send`, which tells equal ones.

    >>> path_text(("__pregel_push", 4, False))
    '["__pregel_push", 4, false]'
    """
    if not path:
        return ""
    try:
        return _path_text(path)
    except TypeError:  # a list: not from LangGraph itself
        return json.dumps(_plain(path))


@lru_cache(maxsize=4096)
def _path_text(path: Any) -> str:
    return json.dumps(_plain(path))


def _plain(part: Any) -> Any:
    if isinstance(part, list | tuple):
        return [_plain(each) for each in part]
    if isinstance(part, bool | int):
        return part
    return without_tasks(part) if isinstance(part, str) else type(part).__name__
