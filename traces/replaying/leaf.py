"""Intercept calls where they leave a graph: the leaf methods of models and tools.

Models and tools reach a graph in closures, bound, in sequences and in agents, so they cannot be
exchanged from outside; but each call of one ends in a handful of methods, whoever made it. While a
tape is in use, those methods of every subclass, also of classes that are defined later, ask the
tape first. Without one they are put back.

Which tape is a `ContextVar`: calls of other threads, tasks and graphs are not touched. A thread
that a node starts by hand has lost its context; its calls go to the tape if there is only one. The
tape of a recorder that is alone hears graphs of other threads too, as its callbacks do.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from threading import Lock, Thread, current_thread
from threading import enumerate as alive
from typing import Any

from ...guards.timekeeping import Read, listen
from .patching import patch, unpatch
from .place import config_here, outer_in, place_here, place_in
from .tape import LeafCall, Tape

_TAPE: ContextVar[Tape | None] = ContextVar("holdfast_tape", default=None)
_INSIDE: ContextVar[LeafCall | None] = ContextVar("holdfast_call", default=None)
_SCOPED: list[tuple[Tape, frozenset[Thread]]] = []  # with the threads before it
_ALONE: list[Tape] = []
_EVERYWHERE: list[Tape] = []
_listening: list[Callable[[], None]] = []
_LOCK = Lock()


@contextmanager
def intercepting(tape: Tape, *, everywhere: bool = False, alone: bool = False) -> Iterator[Tape]:
    """Have the calls of models and tools that are made in a block go through a tape.

    Args:
        tape: Keeps them, or answers them.
        everywhere: Whether calls of all threads of the process do, as far as no other tape is in
            use there; else those of this context, and of what it starts.
        alone: The same, only as long as there is no other such tape.
    """
    held: list[Any] = _EVERYWHERE if everywhere else _ALONE if alone else _SCOPED
    used = tape if everywhere or alone else (tape, frozenset(alive()))
    with _LOCK:
        held.append(used)
        patch()
        if not _listening:
            _listening.append(listen(_time))
    token = _TAPE.set(tape)
    try:
        yield tape
    finally:
        with suppress(ValueError):  # closed by another thread or task than the one that opened it
            _TAPE.reset(token)
        with _LOCK:
            held.remove(used)
            if not _SCOPED and not _ALONE and not _EVERYWHERE:
                unpatch()
                _listening.pop()()


def tape_here() -> Tape | None:
    """Return the tape that a call made here goes to, if any."""
    tape = _TAPE.get()
    if tape is None and len(_SCOPED) == 1:
        used, before = _SCOPED[0]
        if current_thread() not in before and not place_here().namespace:
            return used  # a thread that a node started by hand
    if tape is None and len(_ALONE) == 1:
        return _ALONE[0]
    return tape or (_EVERYWHERE[-1] if _EVERYWHERE else None)


def _time(clock: str, read: Read) -> float:
    tape = tape_here()
    return read() if tape is None else tape.time(clock, read)


def call_inside() -> LeafCall | None:
    """Return the call that is being made here, if any."""
    return _INSIDE.get()


def call_here(
    owner: Any, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> LeafCall | None:
    """Return a call about to be made; None if it is a part of the same one further out."""
    inside = _INSIDE.get()
    if inside is not None and inside.owner is owner:
        return None  # `_arun` that hands over to `_run`, a method that calls its parent's
    is_tool = method in ("_run", "_arun")
    config = config_here()
    return LeafCall(
        "tool" if is_tool else "model",
        method,
        str(owner.name) if is_tool else type(owner).__name__,
        owner,
        args,
        kwargs,
        partial(place_in, config),
        getattr(kwargs.get("run_manager"), "run_id", None),
        outer_in(config),
        inside,
        time.time_ns(),
    )


def effect_here(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> LeafCall:
    """Return the call of an effect about to be had."""
    config = config_here()
    outer = outer_in(config)
    place, inside = place_in(config), _INSIDE.get()
    return LeafCall(
        "effect", "effect", name, None, args, kwargs, place, None, outer, inside, time.time_ns()
    )


class being_made:  # noqa: N801 - it is used like a function
    """Mark that a call is being made; never held across a `yield` of a stream."""

    __slots__ = ("_call", "_token")

    def __init__(self, call: LeafCall) -> None:
        self._call = call

    def __enter__(self) -> None:
        self._token = _INSIDE.set(self._call)

    def __exit__(self, *_: object) -> None:
        _INSIDE.reset(self._token)
