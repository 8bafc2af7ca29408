"""Have LangGraph tell a recorder of interrupts and resumes, with their checkpoints.

LangGraph tells only the handlers of the config that a graph is invoked with, and those that came
down to a graph inside of another. A recorder that LangChain finds for itself is in none of them:
while one is at work, it is put among them where LangGraph collects them.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any

from langgraph.callbacks import GraphCallbackHandler
from langgraph.pregel import main

_COLLECTING = (
    "get_sync_graph_callback_manager_for_config",
    "get_async_graph_callback_manager_for_config",
)
_lock = Lock()
_put_aside: dict[str, Any] = {}
_at_work = 0


def begin_telling(who: Callable[[], GraphCallbackHandler | None]) -> None:
    """Have graphs tell whom they are to tell; each call is ended by one of `end_telling`.

    Args:
        who: Gives the handler of this context, or None. The same in all calls.
    """
    global _at_work
    with _lock:
        _at_work += 1
        if _put_aside:
            return
        for name in _COLLECTING:
            if callable(collect := getattr(main, name, None)):
                _put_aside[name] = collect
                setattr(main, name, _with(collect, who))


def end_telling() -> None:
    """Have them tell only their own handlers again, once nobody is told any more."""
    global _at_work
    with _lock:
        _at_work -= 1
        if _at_work == 0:
            while _put_aside:
                setattr(main, *_put_aside.popitem())


def _with(
    collect: Callable[..., Any], who: Callable[[], GraphCallbackHandler | None]
) -> Callable[..., Any]:
    def collected(*args: Any, **known: Any) -> Any:
        manager = collect(*args, **known)
        handler = who()
        if handler is not None and handler not in manager.handlers:
            manager.add_handler(handler, inherit=False)
        return manager

    return collected
