"""A short name for a graph and its state, which changes when either does."""

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, get_type_hints

from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from pydantic import BaseModel, PydanticSchemaGenerationError, PydanticUserError

from .fields import adapter_of_field, takes_messages

KEY = "holdfast_graph"
"""Under which key a checkpoint's metadata holds the fingerprint."""
_LENGTH = 12  # characters: enough to tell the versions of a graph apart


def fingerprint(graph: Any) -> str:
    """Return what tells a graph and its state from an earlier version of it: 12 hex digits.

    It covers the nodes by name, which of them are graphs themselves, the edges, and the fields
    with their types, defaults and reducers; what a node does is not in it.

    Args:
        graph: A `StateGraph`, or a compiled one.

    Raises:
        TypeError: It is neither.

    Cost: some milliseconds for a type of state, and some microseconds a node.
    """
    builder = graph.builder if isinstance(graph, CompiledStateGraph) else graph
    if not isinstance(builder, StateGraph):
        raise TypeError(f"fingerprint({type(graph).__name__}): give a StateGraph or a compiled one")
    text = json.dumps(_described(builder), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def _described(builder: StateGraph[Any, Any, Any, Any]) -> dict[str, Any]:
    waiting = sorted([list(map(str, edge)) for edge in builder.waiting_edges])
    ways = {
        source: {name: sorted(map(str, (way.ends or {}).values())) for name, way in found.items()}
        for source, found in builder.branches.items()
    }
    return {
        "nodes": {name: list(_inside(node.runnable)) for name, node in builder.nodes.items()},
        "edges": [sorted(builder.edges), waiting],
        "ways": ways,
        "fields": _fields(builder.state_schema),  # type: ignore[arg-type]
        "channels": {name: _channel(found) for name, found in builder.channels.items()},
    }


def _inside(runnable: Any) -> Iterator[str]:
    """Yield the fingerprints of the graphs in a node."""
    if isinstance(runnable, CompiledStateGraph):
        yield fingerprint(runnable)
        return
    for one in getattr(runnable, "deps", None) or ():
        yield from _inside(one)


def _channel(channel: Any) -> list[str]:
    reducer = getattr(channel, "reducer", None) or getattr(channel, "operator", None)
    return [type(channel).__name__, getattr(reducer, "__qualname__", str(type(reducer)))]


@lru_cache(maxsize=256)
def _fields(schema: type) -> str:
    """Return the types of a state's fields; some milliseconds, so once for a type."""
    plain = get_type_hints(schema)
    fields = {
        # by name with its module: whence a checkpoint makes an object again
        name: [str(plain[name]), _schema(schema, name, hint), _optional(schema, name)]
        for name, hint in get_type_hints(schema, include_extras=True).items()
    }
    return json.dumps(fields, sort_keys=True, default=str)


def _schema(schema: type, name: str, hint: Any) -> Any:
    """Return a field's type as JSON schema, or None where it has none."""
    if takes_messages(hint):
        return None
    try:
        return adapter_of_field(schema, name, hint).json_schema()
    except (PydanticUserError, PydanticSchemaGenerationError, TypeError, ValueError):
        return None


def _optional(schema: type, name: str) -> bool:
    if issubclass(schema, BaseModel):
        return not schema.model_fields[name].is_required()
    return name not in getattr(schema, "__required_keys__", {name})
