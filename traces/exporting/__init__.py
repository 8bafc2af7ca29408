"""Sending what was recorded to LangSmith, OpenTelemetry and datasets."""

import importlib
import typing

from .errors import ExportConfigError

if typing.TYPE_CHECKING:
    from .export import Export, Exporting
    from .langsmith_export import LangSmith
    from .late import Destination, Sent, export_store
    from .otel_export import OpenTelemetry
    from .outbox import Dead, read_dead

__all__ = [
    "Dead",
    "Destination",
    "Export",
    "ExportConfigError",
    "Exporting",
    "LangSmith",
    "OpenTelemetry",
    "Sent",
    "export_store",
    "read_dead",
]

_LAZY = {
    "Dead": "outbox",
    "Destination": "late",
    "Export": "export",
    "Exporting": "export",
    "LangSmith": "langsmith_export",
    "OpenTelemetry": "otel_export",
    "Sent": "late",
    "export_store": "late",
    "read_dead": "outbox",
}
"""What is imported where it is first asked for, and from where: stores, clients."""


def __getattr__(name: str) -> typing.Any:
    if name in _LAZY:
        return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
