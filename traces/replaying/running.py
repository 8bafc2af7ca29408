"""Run a compiled graph once, in whichever of its two forms fits, up to a step."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from .divergence import DivergedError

_INTERRUPTS = "__interrupt__"


@dataclass(frozen=True, slots=True)
class Ran:
    """How an invocation of a graph came out.

    Attributes:
        state: What it returned, or the last state it was seen in; None if it never was in one.
        interrupts: The questions it stopped at.
        error: What it raised, or None.
        stopped: Whether it was stopped: at a divergence, or after the last step wanted.
    """

    state: Any = None
    interrupts: tuple[Any, ...] = ()
    error: BaseException | None = None
    stopped: bool = False


def run_once(
    app: Any,
    given: Any,
    config: Any,
    *,
    awaited: bool,
    until: int | None,
    extra: Mapping[str, Any],
    over: Callable[[], None] = lambda: None,
) -> Ran:
    """Run a graph to its end, an interrupt, an error, or the end of a super-step.

    `over` is called when it has come there, before the loop of an async one is closed.
    """
    seen: list[Any] = []
    try:
        if awaited:
            stopped = _in_a_loop(
                lambda: _until_over(_arun(app, given, config, until, seen, extra), over)
            )
        else:
            stopped = _run(app, given, config, until, seen, extra)
    except DivergedError:
        return Ran(_state(seen), _questions(seen), stopped=True)
    except Exception as error:  # noqa: BLE001 - how the run came out; told, not handled
        return Ran(_state(seen), _questions(seen), error)
    return Ran(_state(seen), _questions(seen), stopped=stopped)


def _run(
    app: Any, given: Any, config: Any, until: int | None, seen: list[Any], extra: Mapping[str, Any]
) -> bool:
    stream = app.stream(given, config, **_asked(app, until), **extra)
    for mode, part in stream:
        if _is_beyond(mode, part, until):
            stream.close()
            return True
        seen.append((mode, part))
    return False


async def _arun(
    app: Any, given: Any, config: Any, until: int | None, seen: list[Any], extra: Mapping[str, Any]
) -> bool:
    stream = app.astream(given, config, **_asked(app, until), **extra)
    async for mode, part in stream:
        if _is_beyond(mode, part, until):
            await stream.aclose()
            return True
        seen.append((mode, part))
    return False


async def _until_over(run: Awaitable[bool], over: Callable[[], None]) -> bool:
    try:
        return await run
    finally:
        over()


def _asked(app: Any, until: int | None) -> dict[str, Any]:
    """Return what makes a stream tell what an invocation returns, and the steps if wanted."""
    modes = ["values", "updates", *(["debug"] if until is not None else [])]
    return {"stream_mode": modes, "output_keys": app.output_channels}


def _is_beyond(mode: str, part: Any, until: int | None) -> bool:
    return mode == "debug" and until is not None and part["step"] > until


def _state(seen: list[Any]) -> Any:
    return next((part for mode, part in reversed(seen) if mode == "values"), None)


def _questions(seen: list[Any]) -> tuple[Any, ...]:
    asked = [part.get(_INTERRUPTS, ()) for mode, part in seen if mode == "updates" and part]
    return tuple(question for each in asked for question in each)


def _in_a_loop(make: Callable[[], Any]) -> Any:
    """Await something in a loop of its own; in another thread where a loop runs already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(make())
    context = contextvars.copy_context()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(context.run, lambda: asyncio.run(make())).result()


def invoked(app: Any, given: Any, config: Any, **extra: Any) -> Any:
    """Return what a graph comes to, invoked in the form in which its nodes and tools can run."""
    if is_awaited(app):
        return _in_a_loop(lambda: app.ainvoke(given, config, **extra))
    return app.invoke(given, config, **extra)


def is_awaited(app: Any) -> bool:
    """Return whether a graph has a node, or a tool, that runs in an async invocation only."""
    inner = [graph for _, graph in app.get_subgraphs(recurse=True)]
    nodes = [node for graph in [app, *inner] for node in graph.nodes.values()]
    return any(_is_async_only(node.bound) for node in nodes)


def _is_async_only(runnable: Any) -> bool:
    if steps := getattr(runnable, "steps", None):
        return any(map(_is_async_only, steps))
    tools = getattr(runnable, "tools_by_name", None) or {}  # of LangGraph's ToolNode
    if any(getattr(tool, "coroutine", None) and not tool.func for tool in tools.values()):
        return True
    has_async = getattr(runnable, "afunc", None) is not None
    return has_async and getattr(runnable, "func", None) is None
