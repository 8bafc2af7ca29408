"""Find the graph that a command line names."""

import importlib
import sys
from pathlib import Path
from typing import Any

_FORM = "name a compiled graph as module:name, such as shop.agent:graph"


class NoSuchGraphError(ValueError):
    """A command line names no graph; says what it named, and how to name one."""


def graph_named(target: str) -> Any:
    """Return the compiled graph that `module:name` names, found from the working folder too.

    A graph that is not compiled is compiled; a function without parameters is called for it.

    Raises:
        NoSuchGraphError: There is none.
    """
    module, colon, name = target.partition(":")
    if not module or not colon or not name:
        raise NoSuchGraphError(f"{target!r}: {_FORM}")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    return _compiled(_found(target, _imported(target, module), name), target)


def _imported(target: str, module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # it is there, and misses something of its own
        raise NoSuchGraphError(f"{target!r}: there is no module {module!r}: {_FORM}") from error


def _found(target: str, module: Any, name: str) -> Any:
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise NoSuchGraphError(f"{target!r}: the module has no {part!r}: {_FORM}")
        found = getattr(found, part)
    return found


def _compiled(found: Any, target: str) -> Any:
    from langgraph.graph import StateGraph
    from langgraph.pregel import Pregel

    if not isinstance(found, Pregel | StateGraph) and callable(found):
        found = found()
    if isinstance(found, StateGraph):
        found = found.compile()
    if not isinstance(found, Pregel):
        raise NoSuchGraphError(f"{target!r} is a {type(found).__name__}: {_FORM}")
    return found
