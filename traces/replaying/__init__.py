"""Answering a graph's calls from a record."""

import typing

from ...guards import first_use

if typing.TYPE_CHECKING:
    from .contexts import recorded_context
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
else:
    # What is imported where it is first asked for, and from where: LangChain and LangGraph.
    __getattr__, __dir__ = first_use.names_of(
        __name__,
        {
            "contexts": ("recorded_context",),
            "divergence": ("Divergence",),
            "edits": ("Edit",),
            "effects": ("effect",),
            "forking": ("fork",),
            "leaf": ("intercepting",),
            "recorded_run": ("ReplayError",),
            "recording_tape": ("RecordingTape",),
            "replayed": ("Replayed",),
            "replayer": ("replay",),
            "tape": ("LeafCall", "Tape"),
            "testing": ("WrittenTest", "to_test"),
            "ways": ("Stability", "stability"),
        },
    )

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
    "recorded_context",
    "replay",
    "stability",
    "to_test",
]
