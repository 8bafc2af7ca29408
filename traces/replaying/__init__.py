"""Answering a graph's calls from a record."""

import importlib
import typing

if typing.TYPE_CHECKING:
    from .divergence import Divergence
    from .edits import Edit
    from .effects import effect
    from .forking import fork
    from .leaf import intercepting
    from .recorded_run import ReplayError
    from .recording_tape import RecordingTape
    from .replayed import Replayed
    from .replayer import replay
    from .tape import LeafCall, Tape
    from .testing import WrittenTest, to_test
    from .ways import Stability, stability

__all__ = [
    "Divergence",
    "Edit",
    "LeafCall",
    "RecordingTape",
    "ReplayError",
    "Replayed",
    "Stability",
    "Tape",
    "WrittenTest",
    "effect",
    "fork",
    "intercepting",
    "replay",
    "stability",
    "to_test",
]

_LAZY = {
    "Divergence": "divergence",
    "Edit": "edits",
    "LeafCall": "tape",
    "RecordingTape": "recording_tape",
    "ReplayError": "recorded_run",
    "Replayed": "replayed",
    "Stability": "ways",
    "Tape": "tape",
    "WrittenTest": "testing",
    "effect": "effects",
    "fork": "forking",
    "intercepting": "leaf",
    "replay": "replayer",
    "stability": "ways",
    "to_test": "testing",
}
"""What is imported where it is first asked for, and from where: LangChain and LangGraph."""


def __getattr__(name: str) -> typing.Any:
    if name in _LAZY:
        return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
