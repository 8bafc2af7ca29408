"""Read the JSON schemas of the tools that recorded runs had."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..guards.errors import AuditInputError, GuardConfigError
from ..guards.facts import ToolSpec
from ..guards.messages import read_tools
from .recording import Recording

_WANTED = "give a list of tools' JSON schemas, or an object with such a list for each domain"


@dataclass(frozen=True, slots=True)
class Toolbook:
    """The tools of recorded runs, one set for all of them or one for each domain.

    Attributes:
        tools: The tools of every run, by name, or None when nobody said.
        domains: The tools of the runs of a domain, by the domain's name.
    """

    tools: Mapping[str, ToolSpec] | None = None
    domains: Mapping[str, Mapping[str, ToolSpec]] = field(default_factory=dict)

    def of(self, domain: str) -> Mapping[str, ToolSpec] | None:
        """Return the tools that a run of a domain had, or None when nobody said."""
        return self.domains.get(domain, self.tools)

    def tools_of(self, run: Recording) -> Mapping[str, ToolSpec] | None:
        """Return the tools that a run had: as its domain's are given here, else as recorded."""
        found = self.of(run.domain)
        return run.tools if found is None else found


NO_TOOLS = Toolbook()


def read_toolbook(path: Path) -> Toolbook:
    """Return the tools in a file: a list of JSON schemas, or such a list for each domain.

    A tool's facts stand under ``x-facts`` in its schema.

    Raises:
        AuditInputError: The file cannot be read, or holds something else.
        GuardConfigError: A schema has no name, is no JSON schema, or its facts do not fit it.
    """
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise AuditInputError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise AuditInputError(f"{path}: it is not valid JSON: {_WANTED}") from error
    if isinstance(data, list):
        return Toolbook(tools=_tools(path, data))
    if not isinstance(data, dict) or not all(isinstance(item, list) for item in data.values()):
        raise AuditInputError(f"{path}: it holds no list of tools: {_WANTED}")
    return Toolbook(domains={domain: _tools(path, data[domain]) for domain in data})


def _tools(path: Path, schemas: list[Any]) -> dict[str, ToolSpec]:
    try:
        specs = read_tools(schemas) or {}
        for spec in specs.values():
            _check(spec)
    except (GuardConfigError, AttributeError, TypeError) as error:
        raise GuardConfigError(f"{path}: {error}") from error
    return specs


def _check(spec: ToolSpec) -> None:
    """Refuse a schema now that would stop an audit on its way."""
    _ = spec.validator  # compiled when it is asked for, and refused then if it is none
