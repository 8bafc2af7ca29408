"""Say what a run would lose, should its process or its database go down, and what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig
from langgraph.prebuilt import ToolNode

from ..guards.facts import ToolSpec
from ..nodes.human import human_node
from ..nodes.specs import spec_of
from ..nodes.warning import warn_durability
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
            warn_durability(advice.text)


def _of_steps(app: Any, durability: str) -> Iterator[Advice]:
    effects = sorted(set(effects_of(app)))
    tools = f"tools with effects ({', '.join(effects)})"
    losses = [f"has {tools} run again from the beginning"] if effects else []
    if asks_people(app):
        losses.append("loses a person's answer and every step since the question")
    if durability == "exit" and losses:
        yield Advice(
            "exit",
            'with durability="exit" nothing is stored until a run ends or asks: a process that '
            f"dies before, also once a person has answered, {', and '.join(losses)}; use "
            'durability="sync"',
        )
    if durability == "async" and effects:
        yield Advice(
            "async",
            'with durability="async", LangGraph\'s default, steps run ahead of their checkpoints '
            "(by up to 57 where they are fast), and a process that dies repeats them, model calls "
            f"and what your own nodes do among them (calls of {tools} are recorded, and not made "
            'again, by tool_node, a Specialist or GuardMiddleware); use durability="sync"',
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
    """Return whether a graph, or one in it, asks a person: in a node, or about a tool's calls."""
    if any(
        getattr(app, place, None) for place in ("interrupt_before_nodes", "interrupt_after_nodes")
    ):
        return True
    if any(_module(function) == human_node.__module__ for function in _functions(app)):
        return True
    facts = [spec.facts for spec in _specs_of(app)]
    return any(one.approval is not False or one.unknown == "ask" for one in facts)


def effects_of(app: Any) -> Iterator[str]:
    """Yield the tools of a graph, and of those in it, whose facts say that they have effects."""
    return (spec.name for spec in _specs_of(app) if spec.facts.effects)


def _specs_of(app: Any) -> Iterator[ToolSpec]:
    """Yield the tools of `tool_node`, and of LangGraph's own node of tools, as guards see them."""
    for function in _functions(app):
        owner = getattr(function, "__self__", None)
        desk = getattr(getattr(getattr(owner, "act", None), "prepare", None), "__self__", None)
        yield from (getattr(desk, "specs", None) or {}).values()
        if isinstance(owner, ToolNode):  # that of `create_agent`
            yield from map(spec_of, owner.tools_by_name.values())


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
