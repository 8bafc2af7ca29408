"""Say what a run would lose, should its process or its database go down, and what to do."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig

from ..guards.errors import DurabilityWarning
from ..nodes.human import human_node
from .threads import saver_of, whole_config

Durability = Literal["sync", "async", "exit"]
Kind = Literal["exit", "async", "memory", "connection", "sqlite"]
_DURABILITY = "__pregel_durability"  # where LangGraph tells a graph in a graph of the outer one's


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that a run would lose.

    Attributes:
        kind: `exit` and `async`: how often checkpoints are written; `memory`, `connection` and
            `sqlite`: where they are.
        text: What would be lost, and what to do, for a person.
    """

    kind: Kind
    text: str


def durability_advice(
    app: Any,
    config: RunnableConfig | None = None,
    *,
    durability: Durability | None = None,
    processes: int = 1,
) -> list[Advice]:
    """Return what a run would lose when its process or its database goes down, worst first.

    Args:
        app: A compiled graph.
        config: What it is to be invoked with.
        durability: The same; None: as LangGraph's default, `async`.
        processes: How many processes are to share the database.
    """
    whole = whole_config(app, config)
    saver = saver_of(app, whole)
    if saver is None:
        return []
    wanted = durability or (whole.get("configurable") or {}).get(_DURABILITY) or "async"
    found = [*_of_saver(saver, app, processes)]
    if type(saver).__name__ != "InMemorySaver":  # it has nothing to lose but with the process
        found = [*_of_steps(app, wanted), *found]
    return found


def warn_of_durability(app: Any, config: RunnableConfig, durability: Any, told: set[str]) -> None:
    """Warn of what a run would lose, each kind once for a compiled graph.

    Of checkpoints in memory nothing is said: whoever tries a graph out knows.
    """
    place = f"{type(saver_of(app, config)).__name__} {durability}"
    if place in told:
        return
    told.add(place)
    for advice in durability_advice(app, config, durability=durability):
        if advice.kind != "memory" and advice.kind not in told:
            told.add(advice.kind)
            warnings.warn(f"durability: {advice.text}", DurabilityWarning, stacklevel=4)


def _of_steps(app: Any, durability: str) -> Iterator[Advice]:
    effects = sorted(set(effects_of(app)))
    tools = f"tools with effects ({', '.join(effects)})"
    if durability == "exit" and asks_people(app):
        yield Advice(
            "exit",
            'with durability="exit" nothing is stored until a run ends or asks: a process that '
            "dies after a person has answered loses the answer and every step since the "
            'question; use durability="sync"',
        )
    elif durability == "exit" and effects:
        yield Advice(
            "exit",
            'with durability="exit" nothing is stored until a run ends: a process that dies has '
            f'{tools} run again from the beginning; use durability="sync"',
        )
    if durability == "async" and effects:
        yield Advice(
            "async",
            'with durability="async", LangGraph\'s default, steps run ahead of their checkpoints '
            "(by up to 57 where they are fast), and a process that dies repeats them, model calls "
            f"and what your own nodes do among them (calls of {tools} are recorded, and not made "
            'again); use durability="sync"',
        )


def _of_saver(saver: Any, app: Any, processes: int) -> Iterator[Advice]:
    name, connection = type(saver).__name__, getattr(saver, "conn", None)
    library = type(connection).__module__.split(".")[0]
    if name.endswith("InMemorySaver") and asks_people(app):
        yield Advice(
            "memory",
            "checkpoints are kept in memory: an open question is lost with the process; use a "
            "checkpointer with a database",
        )
    if library == "psycopg":
        yield Advice(
            "connection",
            f"{name} has a single connection, which stays dead once the server was restarted; "
            "use postgres_saver(url), or a pool with check=ConnectionPool.check_connection",
        )
    if library == "psycopg_pool" and getattr(connection, "_check", connection) is None:
        yield Advice(
            "connection",
            f"the connection pool of {name} hands out dead connections once the server was "
            "restarted; give it check=ConnectionPool.check_connection",
        )
    if name.endswith("SqliteSaver") and processes > 1:
        yield Advice(
            "sqlite",
            f"{processes} processes share one SQLite file and wait for each other's writes "
            "(seconds, with two dozen); use PRAGMA synchronous=NORMAL and a timeout of 30 s, or "
            "Postgres",
        )


def asks_people(app: Any) -> bool:
    """Return whether a graph, or one in it, has a node that asks a person."""
    if any(
        getattr(app, place, None) for place in ("interrupt_before_nodes", "interrupt_after_nodes")
    ):
        return True
    return any(_module(function) == human_node.__module__ for function in _functions(app))


def effects_of(app: Any) -> Iterator[str]:
    """Yield the tools of a graph, and of those in it, whose facts say that they have effects."""
    for function in _functions(app):
        act = getattr(getattr(function, "__self__", None), "act", None)
        desk = getattr(getattr(act, "prepare", None), "__self__", None)
        for name, spec in (getattr(desk, "specs", None) or {}).items():
            if spec.facts.effects:
                yield name


def _module(function: Any) -> str:
    return str(getattr(function, "__module__", ""))


def _functions(app: Any) -> Iterator[Any]:
    builder = getattr(app, "builder", None)
    for node in getattr(builder, "nodes", {}).values():
        yield from _of_runnable(node.runnable)


def _of_runnable(runnable: Any) -> Iterator[Any]:
    if hasattr(runnable, "builder"):
        yield from _functions(runnable)
        return
    if (
        function := getattr(runnable, "func", None) or getattr(runnable, "afunc", None)
    ) is not None:
        yield function
    for inner in getattr(runnable, "deps", None) or ():
        if inner is not runnable:
            yield from _of_runnable(inner)
