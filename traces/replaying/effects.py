"""What a node does that is neither a model nor a tool, named, so that a replay can answer it."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


def effect(name: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function whose result no replay could know: a clock, chance, an HTTP request.

    It is recorded like a tool, and a replay returns what it returned then, or raises what it
    raised, without calling it. Without a record or a replay, this is a plain call. A coroutine
    function gives a coroutine.

    Args:
        name: What it is found by, with its arguments and its place in the graph.
        function: What to call.
        *args: Its arguments.
        **kwargs: Its arguments by name.

    >>> import random
    >>> 0 <= effect("chance", random.random) < 1
    True
    """
    from .calling import acall_whole, call_whole
    from .leaf import effect_here, tape_here

    tape = tape_here()
    if tape is None:
        return function(*args, **kwargs)
    call = effect_here(name, args, kwargs)
    if inspect.iscoroutinefunction(function):
        made = cast("Callable[[], Awaitable[Any]]", lambda: function(*args, **kwargs))
        return cast("T", acall_whole(tape, call, made))
    return cast("T", call_whole(tape, call, lambda: function(*args, **kwargs)))
