"""The parsers that are compared, each as a function from a text to a value.

A peer that is not installed is left out of the tables. Each runs as its own documentation shows it
for this use: partial JSON where it has such a mode, its tolerant reader otherwise.
"""

import importlib
import json
from collections.abc import Callable
from typing import Any

from holdfast.guards.repairs import repair

Parser = Callable[[str], Any]


def holdfast(text: str) -> Any:
    return repair(text, allow_truncated=True).value


def _attribute(module: str, name: str) -> Callable[..., Any] | None:
    try:
        return getattr(importlib.import_module(module), name)
    except ImportError:
        return None


def _jiter() -> Parser | None:
    read = _attribute("jiter", "from_json")
    return read and (lambda text: read(text.encode(), partial_mode="trailing-strings"))


def _langchain() -> Parser | None:
    read = _attribute("langchain_core.utils.json", "parse_json_markdown")
    return read and (lambda text: read(text))


def _demjson() -> Parser | None:
    read = _attribute("demjson3", "decode")
    return read and (lambda text: read(text, strict=False))


def peers() -> dict[str, Parser]:
    """Return the peers that are installed, by name; ours first."""
    found: dict[str, Parser | None] = {
        "holdfast": holdfast,
        "json-repair": _attribute("json_repair", "loads"),
        "partial-json-parser": _attribute("partial_json_parser", "loads"),
        "jiter (partial)": _jiter(),
        "LangChain": _langchain(),
        "json5": _attribute("json5", "loads"),
        "dirtyjson": _attribute("dirtyjson", "loads"),
        "demjson3": _demjson(),
        "hjson": _attribute("hjson", "loads"),
        "json": json.loads,
    }
    return {name: parser for name, parser in found.items() if parser is not None}
