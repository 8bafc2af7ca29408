"""Recording: what a graph does, as it does it."""

import importlib
import typing

if typing.TYPE_CHECKING:
    from .recorder import Recorder
    from .scope import record, record_always

__all__ = ["Recorder", "record", "record_always"]

_LAZY = {"Recorder": "recorder", "record": "scope", "record_always": "scope"}
"""What is imported where it is first asked for, and from where: it brings LangGraph along."""


def __getattr__(name: str) -> typing.Any:
    if name in _LAZY:
        return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
