"""Sending what was recorded to LangSmith, OpenTelemetry and datasets."""

import importlib
import typing

from .errors import ExportConfigError

if typing.TYPE_CHECKING:
    from .dead_letters import Dead, read_dead
    from .evaluators import evaluators_from
    from .examples import examples_from, upload_examples
    from .export import Export, Exporting
    from .langsmith_export import LangSmith
    from .late import Destination, Sent, export_store
    from .otel_export import OpenTelemetry

__all__ = [
    "Dead",
    "Destination",
    "Export",
    "ExportConfigError",
    "Exporting",
    "LangSmith",
    "OpenTelemetry",
    "Sent",
    "evaluators_from",
    "examples_from",
    "export_store",
    "read_dead",
    "upload_examples",
]

_LAZY = {
    "Dead": "dead_letters",
    "Destination": "late",
    "Export": "export",
    "Exporting": "export",
    "LangSmith": "langsmith_export",
    "OpenTelemetry": "otel_export",
    "Sent": "late",
    "evaluators_from": "evaluators",
    "examples_from": "examples",
    "export_store": "late",
    "read_dead": "dead_letters",
    "upload_examples": "examples",
}
"""What is imported where it is first asked for, and from where: stores, clients."""


def __getattr__(name: str) -> typing.Any:
    if name in _LAZY:
        return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
