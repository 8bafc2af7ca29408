"""The `context` that a graph was invoked with: made again for a replay."""

import dataclasses
from collections.abc import Callable, Mapping
from inspect import isclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pydantic import BaseModel

from ..store.codec import Opaque, Tree, decode
from .opening import opened_store
from .recorded_run import ReplayError
from .surroundings import SURROUNDINGS

if TYPE_CHECKING:
    from ..store import Store


class NotRecordedError(ReplayError):
    """A replay needs a part of its context that no record can hold."""


class NotRecorded:
    """Stands in a context for a connection, a client or the like; all use of it is an error."""

    __slots__ = ("_message",)

    def __init__(self, message: str) -> None:
        object.__setattr__(self, "_message", message)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise NotRecordedError(object.__getattribute__(self, "_message"))

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # whoever asks only looks whether it is there
            raise AttributeError(name)
        self._refuse()

    def __bool__(self) -> bool:
        return True

    __call__ = __getitem__ = __iter__ = __len__ = __enter__ = __aenter__ = _refuse


def recorded_context(run: str, app: Any, *, store: "Store | str | Path | None" = None) -> Any:
    """Return the `context` that a run was recorded with, made again; None where it had none.

    Args:
        run: Id of the run, a part of it, `last` or `last-failed`.
        app: The compiled graph.
        store: The store that has the run, or its file; None: `traces.db` of the working folder.

    Raises:
        NoSuchTraceError: The store has no such run.
        ReplayError: The context's class cannot be found, or is not the graph's.
    """
    with opened_store(store) as opened:
        trace = opened.trace(run).id
        for call in opened.calls(trace):
            if call.key.name == SURROUNDINGS:
                found = opened.decode(call.outcome)["value"]
                return context_again(found.get("context"), trace, app)
    return None


def context_again(tree: Tree, run: str, app: Any) -> Any:
    """Return the context that a run was given, made again; None where it was given none.

    Args:
        tree: The context, as it was recorded.
        run: Id of the run.
        app: The compiled graph.

    Raises:
        ReplayError: Its class cannot be found, or is not the graph's.
    """
    if tree is None:
        return None
    schema: Any = getattr(app, "context_schema", None)
    context = decode(tree)
    if isinstance(context, Opaque):
        raise ReplayError(
            f"run {run}: its context is of class {context.name}, which is not imported: "
            "import it, or give context="
        )
    is_plain = isinstance(context, Mapping)
    if _makes_objects(schema) and not is_plain and not isinstance(context, schema):
        raise ReplayError(
            f"run {run}: its context is a {type(context).__name__}, but the graph's "
            f"context_schema is {schema.__name__}: give context="
        )
    return _usable(context, f"run {run}: its context", "")


def _makes_objects(schema: Any) -> bool:
    return isclass(schema) and (issubclass(schema, BaseModel) or dataclasses.is_dataclass(schema))


def _usable(value: Any, of: str, at: str) -> Any:
    """Return a value in which every part that could not be kept says so when it is used."""
    if isinstance(value, Opaque):
        return NotRecorded(
            f"{of} holds {at.lstrip('.')} of class {value.name}, which no record can keep, and the "
            "graph uses it: give context="
        )
    if isinstance(value, dict):
        return {key: _usable(each, of, f"{at}.{key}") for key, each in value.items()}
    if isinstance(value, list):
        return [_usable(each, of, f"{at}.{n}") for n, each in enumerate(value)]
    _each_field(value, lambda name, each: _usable(each, of, f"{at}.{name}"))
    return value


def _each_field(value: Any, change: Callable[[str, Any], Any]) -> None:
    """Exchange the fields of a dataclass or a Pydantic model, frozen ones too."""
    if isinstance(value, BaseModel):
        value.__dict__.update({name: change(name, each) for name, each in vars(value).items()})
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            if hasattr(value, field.name):
                each = getattr(value, field.name)
                object.__setattr__(value, field.name, change(field.name, each))
