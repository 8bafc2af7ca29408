"""Let no failure to record reach the run."""

import functools
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

from .journal import Journal

Method = TypeVar("Method", bound=Callable[..., None])


class _Recording(Protocol):
    journal: Journal


def quietly(method: Method) -> Method:
    """Return a method of a recorder whose failure is counted, and said once."""

    @functools.wraps(method)
    def call(self: _Recording, *args: Any, **told: Any) -> None:
        try:
            method(self, *args, **told)
        except Exception as error:  # noqa: BLE001 - nothing of a graph's own is raised in here
            self.journal.failed(error)

    return cast("Method", call)
