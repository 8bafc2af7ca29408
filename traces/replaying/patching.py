"""Put the leaf methods of models and tools aside, and back."""

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.language_models.llms import BaseLLM
from langchain_core.tools import BaseTool

_OF_A_MODEL = ("_generate", "_agenerate", "_stream", "_astream")
_OF_A_TOOL = ("_run", "_arun")
_LEAVES: dict[type, tuple[str, ...]] = {
    BaseChatModel: _OF_A_MODEL,
    BaseLLM: _OF_A_MODEL,
    BaseTool: _OF_A_TOOL,
}
_HOOK = "__pydantic_init_subclass__"  # called by pydantic once a subclass is complete
_put_aside: list[tuple[type, str, Any]] = []


def patch() -> None:
    """Have the leaf methods of all subclasses ask a tape first; again for those that are new."""
    for base in _LEAVES:
        if _HOOK not in base.__dict__:
            _put_aside.append((base, _HOOK, None))
            setattr(base, _HOOK, classmethod(_on_subclass))
        waiting = [base]
        while waiting:
            each = waiting.pop()
            _patch_one(each, base)
            waiting += each.__subclasses__()


def unpatch() -> None:
    """Put every method back."""
    while _put_aside:
        owner, name, method = _put_aside.pop()
        if method is None:
            delattr(owner, name)
        else:
            setattr(owner, name, method)


def _on_subclass(cls: type[Any], /, **_: Any) -> None:
    for base in _LEAVES:
        if issubclass(cls, base):
            for each in cls.__mro__:
                _patch_one(each, base)


def _patch_one(owner: type, base: type) -> None:
    """Wrap the methods that a class defines itself; a mixin's too, if it stands in a subclass."""
    if owner is base or owner in _LEAVES:
        return
    for name in _LEAVES[base]:
        method = owner.__dict__.get(name)
        if method is None or hasattr(method, "_holdfast_leaf") or not callable(method):
            continue
        if getattr(method, "__isabstractmethod__", False):
            continue
        _put_aside.append((owner, name, method))
        setattr(owner, name, _wrapped(method, name))


def _wrapped(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    # Chosen by name: `ChatOpenAI._stream` is a plain function that returns a generator.
    wrapper = functools.wraps(method)(_WRAPPERS.get(name, _whole)(method, name))
    wrapper._holdfast_leaf = True  # type: ignore[attr-defined]  # noqa: SLF001 - our own mark
    return wrapper


def _whole(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    from .calling import call_whole
    from .leaf import call_here, tape_here

    def leaf(self: Any, *args: Any, **kwargs: Any) -> Any:
        tape = tape_here()
        call = call_here(self, name, args, kwargs) if tape is not None else None
        if tape is None or call is None:
            return method(self, *args, **kwargs)
        return call_whole(tape, call, lambda: method(self, *args, **kwargs))

    return leaf


def _awaited(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    from .calling import acall_whole
    from .leaf import call_here, tape_here

    async def leaf(self: Any, *args: Any, **kwargs: Any) -> Any:
        tape = tape_here()
        call = call_here(self, name, args, kwargs) if tape is not None else None
        if tape is None or call is None:
            return await method(self, *args, **kwargs)
        return await acall_whole(tape, call, lambda: method(self, *args, **kwargs))

    return leaf


def _streamed(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    from .calling import call_stream
    from .leaf import call_here, tape_here

    def leaf(self: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        tape = tape_here()
        call = call_here(self, name, args, kwargs) if tape is not None else None
        if tape is None or call is None:
            yield from method(self, *args, **kwargs)
        else:
            yield from call_stream(tape, call, lambda: method(self, *args, **kwargs))

    return leaf


def _streamed_and_awaited(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    from .calling import acall_stream
    from .leaf import call_here, tape_here

    async def leaf(self: Any, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        tape = tape_here()
        call = call_here(self, name, args, kwargs) if tape is not None else None
        made = (
            method(self, *args, **kwargs)
            if tape is None or call is None
            else acall_stream(tape, call, lambda: method(self, *args, **kwargs))
        )
        async for chunk in made:
            yield chunk

    return leaf


_WRAPPERS = {"_agenerate": _awaited, "_arun": _awaited, "_stream": _streamed}
_WRAPPERS["_astream"] = _streamed_and_awaited
