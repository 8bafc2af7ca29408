"""Whether anything in this process sends runs away, which would make a promise void."""

import os
import sys
from collections.abc import Mapping
from typing import Final

from ...guards.errors import GuardConfigError

_SWITCHES: Final = (
    "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING", "LANGCHAIN_TRACING",
    "LANGSMITH_OTEL_ENABLED", "LANGSMITH_OTEL_ONLY", "LANGCHAIN_OTEL_ENABLED",
)  # fmt: skip
_PLACES: Final = (
    "LANGSMITH_RUNS_ENDPOINTS", "LANGCHAIN_RUNS_ENDPOINTS", "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER", "PHOENIX_COLLECTOR_ENDPOINT",
    "TRACELOOP_API_KEY", "LANGFUSE_SECRET_KEY",
)  # fmt: skip
_OFF: Final = ("", "0", "false", "no", "off", "none", "console")


def refuse_exports(environment: Mapping[str, str] | None = None) -> None:
    """Refuse to go on where a tracer other than ours is set to send runs away.

    LangChain exports whatever else is done as soon as `LANGSMITH_TRACING` says so.

    Args:
        environment: The variables to look at; None: this process's.

    Raises:
        GuardConfigError: One is; it names the variable, or the tracer.
    """
    variables = os.environ if environment is None else environment
    for name in (*_SWITCHES, *_PLACES):
        if variables.get(name, "").strip().lower() not in _OFF:
            raise GuardConfigError(
                f"on_premise=True, but the variable {name} is set, which sends runs away: unset it"
            )
    for found in (_langsmith_tracing(), _hooked_tracer(), _otel_provider()):
        if found:
            raise GuardConfigError(
                f"on_premise=True, but {found} is active, which sends runs away: switch it off"
            )


def _langsmith_tracing() -> str:
    from langsmith.utils import tracing_is_enabled

    return "LangSmith's tracing_context" if tracing_is_enabled() is True else ""


def _hooked_tracer() -> str:
    from langchain_core.tracers.base import BaseTracer
    from langchain_core.tracers.context import _configure_hooks

    for variable, _, kind, environment in _configure_hooks:
        handler = variable.get()
        if isinstance(handler, BaseTracer):
            return f"the tracer {type(handler).__name__}"
        if kind and environment and os.environ.get(environment, "") not in _OFF:
            return f"the tracer {kind.__name__} (variable {environment})"
    return ""


def _otel_provider() -> str:
    """Return the name of the provider of spans, if OpenTelemetry is in use and has a real one."""
    api = sys.modules.get("opentelemetry.trace")
    if api is None:
        return ""
    provider = getattr(api, "_TRACER_PROVIDER", None)
    return "" if provider is None else f"OpenTelemetry's {type(provider).__name__}"
