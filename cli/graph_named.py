"""Find the graph that a command line names."""

import importlib
import sys
from pathlib import Path
from typing import Any

from ..guards.digest import preview

_FORM = "name a compiled graph as module:name, such as shop.agent:graph"


class NoSuchGraphError(ValueError):
    """A command line names no graph; says what it named, and how to name one."""


def graph_named(target: str) -> Any:
    """Return the compiled graph that `module:name` names, found from the working folder too.

    A graph that is not compiled is compiled; a function without parameters is called for it.

    Raises:
        NoSuchGraphError: There is none, or its module cannot be imported.
    """
    return _compiled(named(target), target)


def named(target: str) -> Any:
    """Return what `module:name` names, as it is.

    Raises:
        NoSuchGraphError: There is none, or its module cannot be imported.
    """
    module, colon, name = target.partition(":")
    if not module or not colon or not name:
        raise NoSuchGraphError(f"{target!r}: {_FORM}")
    if module.endswith(".py"):
        raise NoSuchGraphError(f"{target!r}: {module!r} is a file: {_instead(module, name)}")
    if not all(part.isidentifier() for part in module.split(".")):
        raise NoSuchGraphError(f"{target!r}: {module!r} is a file, or no module's name: {_FORM}")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    return _found(target, _imported(target, module), name)


def _instead(file: str, name: str) -> str:
    """Return how to name a graph whose file was named, where that can be told from it."""
    parts = Path(file).with_suffix("").parts
    known = all(part.isidentifier() for part in parts)
    return f"name its module, {'.'.join(parts)}:{name}" if known else _FORM


def one_line(error: BaseException) -> str:
    """Return what was raised, and where, as one redacted line: its class, its text, the file."""
    trace = error.__traceback__
    where = ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith("<"):
            where = f" ({Path(code.co_filename).name}, line {trace.tb_lineno})"
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        where = f" ({Path(error.filename or '').name}, line {error.lineno})"
    text = preview(error.msg if isinstance(error, SyntaxError) else str(error))
    return f"{type(error).__name__}: {text}{where}"


def _imported(target: str, module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module}.".startswith(f"{error.name}."):
            raise NoSuchGraphError(f"{target!r}: there is no module {module!r}: {_FORM}") from error
        raise _broken(target, error) from error  # it is there, and misses something of its own
    except (Exception, SystemExit) as error:  # whatever a module of the user's does
        raise _broken(target, error) from error


def _broken(target: str, error: BaseException) -> NoSuchGraphError:
    return NoSuchGraphError(f"{target!r} cannot be imported: {one_line(error)}")


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

    made = found
    try:
        if not isinstance(made, Pregel | StateGraph) and callable(made):
            made = made()
        if isinstance(made, StateGraph):
            made = made.compile()
    except Exception as error:
        raise NoSuchGraphError(f"{target!r} cannot be built: {one_line(error)}") from error
    if not isinstance(made, Pregel):
        raise NoSuchGraphError(f"{target!r} is a {type(made).__name__}: {_FORM}")
    return made
