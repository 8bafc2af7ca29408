"""Change a thread's state from outside, under the contract that binds the nodes."""

from collections.abc import Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph

from ..guards.errors import ContractError
from ..guards.settings import shown
from .checked import CheckedStateGraph
from .contracts import Contract

_WRITER = "update_state"


def update_state(
    app: CompiledStateGraph[Any, Any, Any, Any],
    config: RunnableConfig,
    values: Mapping[str, Any],
    *,
    as_node: str | None = None,
) -> RunnableConfig:
    """Write to a thread's state as `app.update_state` does, checked before it is stored.

    Args:
        app: A compiled graph with a checkpointer; any graph with a typed state.
        config: The thread, and the checkpoint when it is not the last.
        values: The fields to write; they pass through the reducers.
        as_node: The node that is taken to have written them.

    Returns:
        The config of the new checkpoint.

    Raises:
        ContractError: A field is unknown, its value is of a wrong type, or there are no fields;
            nothing was stored.
    """
    checked = _checked(app, values)
    return app.update_state(config, checked, as_node)


async def aupdate_state(
    app: CompiledStateGraph[Any, Any, Any, Any],
    config: RunnableConfig,
    values: Mapping[str, Any],
    *,
    as_node: str | None = None,
) -> RunnableConfig:
    """Write to a thread's state as `app.aupdate_state` does; see `update_state`."""
    checked = _checked(app, values)
    return await app.aupdate_state(config, checked, as_node)


def _checked(app: CompiledStateGraph[Any, Any, Any, Any], values: Any) -> Any:
    if not isinstance(values, Mapping):
        raise ContractError(
            f"{_WRITER}(values={shown(values)}): a {type(values).__name__} was given; give the "
            "fields to write, {'field': value}"
        )
    return _contract(app).checked(_WRITER, values, frozenset(app.builder.channels))


def _contract(app: CompiledStateGraph[Any, Any, Any, Any]) -> Contract:
    if isinstance(app.builder, CheckedStateGraph):
        return app.builder.contract
    return Contract(app.builder.state_schema)
