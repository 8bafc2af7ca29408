"""Where values that several threads or processes change are kept, each change in one piece."""

import json
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, Protocol

from ..guards.errors import BackendError

Plain = Mapping[str, Any]
"""Plain data that goes through JSON unchanged."""
Change = Callable[[Plain | None], Plain]
"""Returns the new value for the old one; pure, since it may be called more than once."""


class Backend(Protocol):
    """What breakers need of a store: to read, and to change a value in one piece.

    LangGraph's `BaseStore` cannot be one: it has no compare-and-set, and loses updates.
    """

    def update(self, key: str, change: Change) -> Plain:
        """Change a value and return the new one; nobody else changes it in between.

        Where the change returns an equal value, nothing need be written.

        Raises:
            BackendError: It cannot be reached.
        """
        ...

    def read(self, keys: Sequence[str]) -> list[Plain | None]:
        """Return the values of some keys, in their order; None where there is none.

        Raises:
            BackendError: It cannot be reached.
        """
        ...


class MemoryBackend:
    """Values shared by the threads of one process. A change costs some 10 microseconds."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[str, str] = {}

    def update(self, key: str, change: Change) -> Plain:
        """Change a value in one piece; see `Backend`."""
        with self._lock:
            new = change(decoded(self._kept.get(key)))
            self._kept[key] = encoded(new)
            return new

    def read(self, keys: Sequence[str]) -> list[Plain | None]:
        """Return some values; see `Backend`."""
        with self._lock:
            return [decoded(self._kept.get(key)) for key in keys]


def encoded(value: Plain) -> str:
    """Return a value as the text that is stored."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def decoded(text: str | bytes | None) -> Plain | None:
    """Return a stored text as a value.

    Raises:
        BackendError: It is none; somebody else writes there.
    """
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BackendError("a stored value is no JSON: give breakers a place of their own") from (
            error
        )
    if not isinstance(value, dict):
        raise BackendError("a stored value is no object: give breakers a place of their own")
    return value
