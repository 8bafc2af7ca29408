"""Sending what was recorded to LangSmith, OpenTelemetry and datasets."""

import typing

from ...guards import first_use
from .errors import ExportConfigError

if typing.TYPE_CHECKING:
    from .courier import command_for
    from .dead_letters import Dead, read_dead
    from .evaluators import evaluators_from
    from .examples import examples_from, upload_examples
    from .export import Export, Exporting
    from .langsmith_export import LangSmith
    from .late import Destination, Sent, export_store
    from .otel_export import OpenTelemetry
else:
    # What is imported where it is first asked for, and from where: stores, clients.
    __getattr__, __dir__ = first_use.names_of(
        __name__,
        {
            "courier": ("command_for",),
            "dead_letters": ("Dead", "read_dead"),
            "evaluators": ("evaluators_from",),
            "examples": ("examples_from", "upload_examples"),
            "export": ("Export", "Exporting"),
            "langsmith_export": ("LangSmith",),
            "late": ("Destination", "Sent", "export_store"),
            "otel_export": ("OpenTelemetry",),
        },
    )

__all__ = [
    "Dead",
    "Destination",
    "Export",
    "ExportConfigError",
    "Exporting",
    "LangSmith",
    "OpenTelemetry",
    "Sent",
    "command_for",
    "evaluators_from",
    "examples_from",
    "export_store",
    "read_dead",
    "upload_examples",
]
