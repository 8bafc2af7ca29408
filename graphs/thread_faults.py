"""Say why a stored thread does not fit the graph that is to go on with it. Reads only."""

import warnings
from collections.abc import Collection, Iterator, Mapping
from typing import Any, get_type_hints

import pydantic_core
from langgraph.graph.state import CompiledStateGraph
from pydantic import BaseModel, TypeAdapter, ValidationError

from ..guards.digest import canonical, preview
from .fields import adapter_of_field, name_of, takes_messages
from .state import OWN_FIELDS, AgentState

BRANCH, _JOIN = "branch:to:", "join:"  # how LangGraph names the channels that start a node
TASKS = "__pregel_tasks"  # where it keeps `Send`s
_SHOWN = 80  # characters of a stored value that a message quotes
_EMPTY: tuple[Any, ...] = (None, "", [], {}, ())

App = CompiledStateGraph[Any, Any, Any, Any]


def pending(stored: Mapping[str, Any]) -> Iterator[str]:
    """Yield the nodes that a checkpoint's values say are to run next."""
    for channel in stored:
        if channel.startswith(BRANCH):
            yield channel.removeprefix(BRANCH)
    for send in stored.get(TASKS) or ():
        yield send.node


def nodes_gone(app: App, stored: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the nodes that are to run next.

    Args:
        app: The graph that is to go on.
        stored: The checkpoint's own values, LangGraph's channels among them.
    """
    known = sorted(name for name in app.nodes if not name.startswith("__"))
    for name in dict.fromkeys(pending(stored)):
        if name not in app.nodes:
            yield f"node {name!r} is to run next and is no more (there are: {', '.join(known)})"
    for channel, waited in stored.items():
        if channel.startswith(_JOIN) and waited and channel not in app.channels:
            sources, _, target = channel.removeprefix(_JOIN).rpartition(":")
            yield f"the join of {sources} into {target!r} is half done and is no more"


def fields_gone(app: App, versions: Collection[str], stored: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields that hold something, and that the state does not have any more.

    Args:
        app: The graph that is to go on.
        versions: The channels that were ever written.
        stored: The checkpoint's own values; what is not among them may be stored as additions.
    """
    for name in versions:
        ours = name.startswith(("__", "branch:", _JOIN, "start:"))
        if ours or name in app.channels or stored.get(name, ...) in _EMPTY:
            continue
        held = f"holds {_shown(stored[name])}" if name in stored else "holds something"
        yield f"field {name!r} {held}, and {_schema(app).__name__} has no such field any more"


def fields_misfit(app: App, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields whose stored values the state's types do not take.

    Args:
        app: The graph that is to go on.
        values: What the thread holds, by field.
    """
    schema = _schema(app)
    hints = get_type_hints(schema, include_extras=True)
    own = OWN_FIELDS if issubclass(schema, AgentState) else frozenset()
    for name, value in values.items():
        if name not in hints or name in own or takes_messages(hints[name]):
            continue
        adapter = adapter_of_field(schema, name, hints[name])
        if (fault := _misfit(adapter, value, typed=issubclass(schema, BaseModel))) is not None:
            takes = name_of(get_type_hints(schema)[name])
            yield (
                f"field {name!r} holds {_shown(value)} ({type(value).__name__}); "
                f"{schema.__name__}.{name} takes {takes}: {fault}"
            )


def fields_missing(app: App, versions: Collection[str], given: Collection[str]) -> Iterator[str]:
    """Yield the fields that are needed and that the thread does not have.

    Args:
        app: The graph that is to go on.
        versions: The channels that were ever written.
        given: Fields that the input brings.
    """
    schema = _schema(app)
    if not issubclass(schema, BaseModel):
        return  # in a TypedDict, what was never written is absent in a new thread as well
    for name, field in schema.model_fields.items():
        if field.is_required() and name not in versions and name not in given:
            yield (
                f"field {name!r} of {schema.__name__} is needed and the thread has none: "
                "give it a default"
            )


def _schema(app: App) -> type:
    return app.builder.state_schema


def _shown(value: Any) -> str:
    return preview(canonical(value), _SHOWN)


def _misfit(adapter: TypeAdapter[Any], value: Any, *, typed: bool) -> str | None:
    """Return why a stored value is not of a type, or None.

    Strictly: where a number became a text, lax validation would go on with another value.
    A typed state makes objects of plain data when a node reads it; another one gives them as is.
    """
    try:
        if not _is_of(adapter, value):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # pydantic's, of what it cannot serialise well
                plain = pydantic_core.to_json(value)
            adapter.validate_json(plain, strict=True)
        if not typed and _is_plain(value, adapter.validate_python(value)):
            return "nodes would get a dict for an object"
    except ValidationError as error:
        return error.errors(include_input=False, include_url=False)[0]["msg"]
    except (pydantic_core.PydanticSerializationError, ValueError, TypeError) as error:
        return type(error).__name__
    return None


def _is_of(adapter: TypeAdapter[Any], value: Any) -> bool:
    try:
        adapter.validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _is_plain(value: Any, made: Any) -> bool:
    """Return whether plain data stands where a type makes an object."""
    if isinstance(value, Mapping) != isinstance(made, Mapping):
        return True
    if isinstance(value, Mapping):
        return any(key in made and _is_plain(value[key], made[key]) for key in value)
    if isinstance(value, list | tuple) and isinstance(made, list | tuple):
        return any(_is_plain(*pair) for pair in zip(value, made, strict=False))
    return False
