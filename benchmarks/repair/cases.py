"""The labelled cases, read from beside the checkout."""

import gzip
import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[3] / "shared" / "data" / "repair"

Case = dict[str, Any]


def load(name: str) -> list[Case]:
    lines = gzip.decompress((DATA / name).read_bytes()).decode().split("\n")
    return [json.loads(line) for line in lines if line]


def clear(cases: list[Case], *kinds: str) -> list[Case]:
    """Return the cases of some kinds that have one right answer and no options."""
    return [
        case
        for case in cases
        if case["kind"] in kinds and not case.get("ambiguous") and not case.get("options")
    ]


_TYPES = {"dict": "object", "float": "number", "tuple": "array", "string": "string"}


def json_schema(parameters: Any) -> Any:
    """Return a function's parameters, stated in Python's type names, as a JSON Schema."""
    if isinstance(parameters, list):
        return [json_schema(part) for part in parameters]
    if not isinstance(parameters, dict):
        return parameters
    shape = {key: json_schema(part) for key, part in parameters.items() if key != "default"}
    kind = shape.get("type")
    if kind == "any":
        del shape["type"]
    elif isinstance(kind, str):
        shape["type"] = _TYPES.get(kind, kind)
    return shape
