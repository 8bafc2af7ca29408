"""Refuse the network to whatever a replay runs, and to nothing else in the process."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

from .place import Place, place_here

Refuse = Callable[[Place, str], None]
"""Is told of the place and the address; raises what stops the replay."""

_REFUSE: ContextVar[Refuse | None] = ContextVar("holdfast_offline", default=None)
_LOCK = Lock()
_in_use: list[tuple[Refuse, frozenset[threading.Thread]]] = []
_METHODS = ("connect", "connect_ex", "sendto")
_getaddrinfo = socket.getaddrinfo


@contextmanager
def offline(refuse: Refuse) -> Iterator[None]:
    """Refuse every connection that is opened in a block, and in threads that it starts."""
    used = (refuse, frozenset(threading.enumerate()))
    with _LOCK:
        if not _in_use:
            _close()
        _in_use.append(used)
    token = _REFUSE.set(refuse)
    try:
        yield
    finally:
        _REFUSE.reset(token)
        with _LOCK:
            _in_use.remove(used)
            if not _in_use:
                _open()


def _close() -> None:
    global _getaddrinfo
    for name in _METHODS:
        setattr(socket.socket, name, _refusing(getattr(socket.socket, name)))
    _getaddrinfo = socket.getaddrinfo
    socket.getaddrinfo = _resolve


def _open() -> None:
    for name in _METHODS:
        method = getattr(socket.socket, name).__wrapped__
        if method.__qualname__.startswith("socket."):
            delattr(socket.socket, name)  # it is inherited
        else:
            setattr(socket.socket, name, method)
    socket.getaddrinfo = _getaddrinfo


def _refusing(method: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *args: Any) -> Any:
        _check(str(args[-1] if args else ""))
        return method(self, *args)

    guarded.__wrapped__ = method  # type: ignore[attr-defined]
    return guarded


def _resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
    _check(f"{host}:{port}")
    return _getaddrinfo(host, port, *args, **kwargs)


def _check(address: str) -> None:
    refuse = _REFUSE.get()
    if refuse is not None:
        refuse(place_here(), address)
        return
    if len(_in_use) == 1 and threading.current_thread() not in _in_use[0][1]:
        try:
            _in_use[0][0](Place(), address)
        except BaseException as stopped:  # in a thread of its own it would stop nothing
            raise OSError(f"{address}: a replay does not reach the network") from stopped
