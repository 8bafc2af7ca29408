"""Find references in a JSON schema that lead out of it."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote


def lost_reference(schema: Any) -> str | None:
    """Return the first `$ref` that the schema itself does not hold, or None.

    A validator would follow it across the network, or fail in the middle of a run.
    """
    return next((ref for ref in _references(schema) if not _is_held(schema, ref)), None)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _references(item)
    elif isinstance(schema, Mapping):
        if isinstance(found := schema.get("$ref"), str):
            yield found
        yield from _references(list(schema.values()))


def _is_held(schema: Any, reference: str) -> bool:
    root, *path = reference.split("/")
    for part in path:
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        if not isinstance(schema, Mapping) or name not in schema:
            return False
        schema = schema[name]
    return root == "#"
