"""The bytes of HTTP calls, as they went over the wire, of every client that is built on httpx."""

import contextlib
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar
from threading import Lock
from typing import Any, Final

from .exchange import Exchange

Listener = Callable[[Exchange], None]
"""Is told of an exchange when all of its answer has been read, or it failed."""

_LISTENER: Final[ContextVar[Listener | None]] = ContextVar("holdfast_wire", default=None)
_MODULES = ("httpx", "httpx2")
_users = 0
_lock = Lock()
_originals: list[tuple[type, str, Any]] = []


def listen(listener: Listener | None) -> None:
    """Tell a listener of the exchanges that are begun from here on in this context."""
    _LISTENER.set(listener)


@contextlib.contextmanager
def intercepted() -> Iterator[None]:
    """Have the transports of httpx tell their listeners, while anybody wants it."""
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            _patch()
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _unpatch()


def _patch() -> None:
    for name in _MODULES:
        try:
            module: Any = importlib.import_module(name)
        except ImportError:
            continue
        _put(module.HTTPTransport, "handle_request", _sync(module))
        _put(module.AsyncHTTPTransport, "handle_async_request", _async(module))


def _put(kind: type, method: str, wrap: Callable[[Any], Any]) -> None:
    original = kind.__dict__[method]
    _originals.append((kind, method, original))
    setattr(kind, method, wrap(original))


def _unpatch() -> None:
    while _originals:
        setattr(*_originals.pop())


def _sync(module: Any) -> Callable[[Any], Any]:
    tee = _sync_tee(module.SyncByteStream)

    def wrap(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def handle_request(self: Any, request: Any) -> Any:
            listener = _LISTENER.get()
            if listener is None:
                return original(self, request)
            exchange = Exchange.begun(request)
            try:
                response = original(self, request)
            except BaseException:
                exchange.tell(listener)
                raise
            exchange.answered(response)
            response.stream = tee(response.stream, exchange, listener)
            return response

        return handle_request

    return wrap


def _async(module: Any) -> Callable[[Any], Any]:
    tee = _async_tee(module.AsyncByteStream)

    def wrap(original: Callable[[Any, Any], Awaitable[Any]]) -> Callable[[Any, Any], Any]:
        async def handle_async_request(self: Any, request: Any) -> Any:
            listener = _LISTENER.get()
            if listener is None:
                return await original(self, request)
            exchange = Exchange.begun(request)
            try:
                response = await original(self, request)
            except BaseException:
                exchange.tell(listener)
                raise
            exchange.answered(response)
            response.stream = tee(response.stream, exchange, listener)
            return response

        return handle_async_request

    return wrap


def _sync_tee(base: Any) -> Any:
    class Tee(base):  # type: ignore[misc]
        """Hands on what comes, and remembers it."""

        def __init__(self, stream: Any, exchange: Exchange, done: Listener) -> None:
            self._stream, self._exchange, self._done = stream, exchange, done

        def __iter__(self) -> Iterator[bytes]:
            for part in self._stream:
                self._exchange.came(part)
                yield part

        def close(self) -> None:
            self._stream.close()
            self._exchange.tell(self._done)

    return Tee


def _async_tee(base: Any) -> Any:
    class Tee(base):  # type: ignore[misc]
        """Hands on what comes, and remembers it."""

        def __init__(self, stream: Any, exchange: Exchange, done: Listener) -> None:
            self._stream, self._exchange, self._done = stream, exchange, done

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for part in self._stream:
                self._exchange.came(part)
                yield part

        async def aclose(self) -> None:
            await self._stream.aclose()
            self._exchange.tell(self._done)

    return Tee
