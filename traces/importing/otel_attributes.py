"""Read the attributes of OpenTelemetry's JSON."""

import base64
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

_SCALARS = ("stringValue", "boolValue", "doubleValue", "bytesValue")
_TRACE, _SPAN = 16, 8  # bytes of an id


def attributes(items: Any) -> dict[str, Any]:
    """Return attributes by name, their values plain.

    >>> attributes([{"key": "n", "value": {"intValue": "7"}}])
    {'n': 7}
    """
    if not isinstance(items, list):
        return {}
    return {
        str(item["key"]): plain(item.get("value"))
        for item in items
        if isinstance(item, Mapping) and "key" in item
    }


def plain(value: Any) -> Any:
    """Return a value of OTLP's as a plain one."""
    if not isinstance(value, Mapping):
        return value
    if "intValue" in value:
        return int(value["intValue"])
    if "arrayValue" in value:
        return [plain(each) for each in (value["arrayValue"] or {}).get("values") or ()]
    if "kvlistValue" in value:
        return attributes((value["kvlistValue"] or {}).get("values"))
    return next((value[name] for name in _SCALARS if name in value), None)


def first(held: Mapping[str, Any], names: Iterable[str]) -> Any:
    """Return the first of some attributes that is there and not empty, or None."""
    return next((found for name in names if (found := held.get(name)) not in (None, "")), None)


def structure(value: Any) -> Any:
    """Return what an attribute holds as JSON text; any other value as it is."""
    if not isinstance(value, str) or value[:1] not in ("[", "{", '"'):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def indexed(held: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Return the parts that attributes number: ``prefix.0.role`` is the role of the first.

    >>> indexed({"p.1.role": "b", "p.0.role": "a", "p.0.x.y": 1, "q": 2}, "p")
    [{'role': 'a', 'x.y': 1}, {'role': 'b'}]
    """
    parts: dict[int, dict[str, Any]] = {}
    for name, value in held.items():
        if not name.startswith(f"{prefix}."):
            continue
        number, _, rest = name[len(prefix) + 1 :].partition(".")
        if number.isdigit() and rest:
            parts.setdefault(int(number), {})[rest] = value
    return [parts[number] for number in sorted(parts)]


def id_bytes(given: Any) -> bytes:
    """Return an id of a trace or a span, which is hexadecimal, or base64 by some exporters.

    Raises:
        ValueError: It is neither.
    """
    text = str(given or "")
    try:
        return bytes.fromhex(text)
    except ValueError:
        found = base64.b64decode(text, validate=True)
    if len(found) not in (_TRACE, _SPAN):
        raise ValueError("an id has 8 or 16 bytes")
    return found


def trace_uuid(given: Any) -> str:
    """Return a trace's id as a UUID.

    Raises:
        ValueError: It is no id.
    """
    return str(uuid.UUID(bytes=id_bytes(given)))


def span_uuid(trace: str, given: Any) -> str | None:
    """Return a span's id, which is unique in its trace only, as a UUID; None of no id.

    Raises:
        ValueError: It is no id.
    """
    found = id_bytes(given) if given else b""
    return str(uuid.uuid5(uuid.UUID(trace), found.hex())) if any(found) else None
