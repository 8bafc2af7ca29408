"""Answering a graph's calls from a record."""

import importlib
import typing

if typing.TYPE_CHECKING:
    from .divergence import Divergence
    from .edits import Edit
    from .effect import effect
    from .leaf import intercepting
    from .recorded_run import ReplayError
    from .recording_tape import RecordingTape
    from .replay import replay
    from .replayed import Replayed
    from .tape import LeafCall, Tape

__all__ = [
    "Divergence",
    "Edit",
    "LeafCall",
    "RecordingTape",
    "ReplayError",
    "Replayed",
    "Tape",
    "effect",
    "intercepting",
    "replay",
]

_LAZY = {
    "Divergence": "divergence",
    "Edit": "edits",
    "LeafCall": "tape",
    "RecordingTape": "recording_tape",
    "ReplayError": "recorded_run",
    "Replayed": "replayed",
    "Tape": "tape",
    "effect": "effect",
    "intercepting": "leaf",
    "replay": "replay",
}
"""What is imported where it is first asked for, and from where: LangChain and LangGraph."""


def __getattr__(name: str) -> typing.Any:
    if name in _LAZY:
        return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
