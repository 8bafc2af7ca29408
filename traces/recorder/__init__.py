"""Recording: what a graph does, as it does it."""

import typing

from ...guards import first_use

if typing.TYPE_CHECKING:
    from .recorder import Recorder
    from .scope import record, record_always
else:
    # What is imported where it is first asked for, and from where: it brings LangGraph along.
    __getattr__, __dir__ = first_use.names_of(
        __name__,
        {
            "recorder": ("Recorder",),
            "scope": ("record", "record_always"),
        },
    )

__all__ = ["Recorder", "record", "record_always"]
