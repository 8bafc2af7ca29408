"""Read the two notations in which the typed cases state their schema, as Python types.

A schema is a list of `class` and `enum` blocks; a target is an expression over their names.
"""

# ruff: noqa: UP007, UP045  (types are made at run time, of parts that know no `|`)
import re
from collections.abc import Mapping
from enum import Enum
from types import NoneType
from typing import Any, ForwardRef, Literal, Optional, Union

from pydantic import BaseModel, Field, create_model

_BLOCK = re.compile(r"\b(class|enum)\s+(\w+)\s*\{(.*?)\n?\s*\}", re.DOTALL)
_COMMENT = re.compile(r"//[^\n]*")
_LONG_TEXT = re.compile(r'#"(.*?)"#', re.DOTALL)
_ALIAS = re.compile(r"@alias\(\s*(?:\"([^\"]*)\"|([^)]*))\s*\)")
_ATTRIBUTE = re.compile(r"@\w+(?:\([^)]*\))?")
_TOKEN = re.compile(r'\s*(\[\]|"[^"]*"|[\w.-]+|[|?<>(),])')
_PRIMITIVES = {"string": str, "int": int, "float": float, "bool": bool, "null": NoneType}


def types_of(schema: str) -> dict[str, Any]:
    """Return the types that a schema declares, by name."""
    schema = _COMMENT.sub("", _LONG_TEXT.sub('""', schema))
    types: dict[str, Any] = {}
    for kind, name, body in _BLOCK.findall(schema):
        types[name] = _enum(name, body) if kind == "enum" else _model(name, body)
    for found in types.values():
        if issubclass(found, BaseModel):
            found.model_rebuild(_types_namespace=types)
    return types


def _lines(body: str) -> list[tuple[str, str | None]]:
    lines = []
    for line in body.split("\n"):
        alias = _ALIAS.search(line)
        text = _ATTRIBUTE.sub("", line).strip()
        if text:
            lines.append((text, (alias[1] or alias[2]) if alias else None))
    return lines


def _enum(name: str, body: str) -> type[Enum]:
    return Enum(name, {member: alias or member for member, alias in _lines(body)})


def _model(name: str, body: str) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for text, alias in _lines(body):
        field, _, notation = text.partition(" ")
        found = _Notation(notation).union()
        default = None if NoneType in getattr(found, "__args__", ()) else ...
        fields[field] = (found, Field(default, alias=alias))
    return create_model(name, **fields)


class _Notation:
    """A reader of `string?`, `(int | Foo)[]`, `map<string, int>`."""

    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(text)

    def take(self, token: str) -> bool:
        if self.tokens[:1] == [token]:
            self.tokens.pop(0)
            return True
        return False

    def union(self) -> Any:
        parts = [self.one()]
        while self.take("|"):
            parts.append(self.one())
        return Union[tuple(parts)]

    def one(self) -> Any:
        found = self.atom()
        while self.tokens[:1] in (["[]"], ["?"]):
            found = list[found] if self.tokens.pop(0) == "[]" else Optional[found]
        return found

    def atom(self) -> Any:
        if self.take("("):
            found = self.union()
            self.take(")")
            return found
        word = self.tokens.pop(0)
        if word == "map":
            self.take("<")
            key = self.union()
            self.take(",")
            value = self.union()
            self.take(">")
            return dict[key, value]
        if word.startswith('"'):
            return Literal[word[1:-1]]
        return _PRIMITIVES.get(word) or ForwardRef(word)


_NAME = re.compile(r'\(\s*"([^"]+)"')
_WORD = re.compile(r"(?:FieldType|TypeValue|LiteralValue)::")
_NOISE = re.compile(r"\.to_string\(\)|\.into\(\)|\bvec!")


def target_of(expression: str, types: Mapping[str, Any]) -> Any:
    """Return the Python type that a target expression means."""
    return _Target(_NOISE.sub("", _WORD.sub("", expression)), types).read()


class _Target:
    def __init__(self, text: str, types: Mapping[str, Any]) -> None:
        self.tokens = re.findall(r'"[^"]*"|\.?[\w-]+|[()\[\],]', text)
        self.types = types

    def take(self, *wanted: str) -> None:
        while self.tokens and self.tokens[0] in wanted:
            self.tokens.pop(0)

    def read(self) -> Any:
        found = self.atom()
        while self.tokens and self.tokens[0].startswith("."):
            found = {".as_list": list[found], ".as_optional": Optional[found]}[self.tokens.pop(0)]
            self.tokens = self.tokens[2:]
        return found

    def atom(self) -> Any:
        word = self.tokens.pop(0).lower()
        if word in _PRIMITIVES:
            self.tokens = self.tokens[2:] if self.tokens[:2] == ["(", ")"] else self.tokens
            return _PRIMITIVES[word]
        self.tokens.pop(0)
        found = self.inside(word)
        self.tokens.pop(0)
        return found

    def inside(self, word: str) -> Any:
        if word in ("class", "enum"):
            return self.types[self.tokens.pop(0)[1:-1]]
        if word == "literal":
            return self.literal()
        if word == "primitive":
            return self.read()
        parts = []
        self.take("[")
        while self.tokens[0] not in ")]":
            parts.append(self.read())
            self.take(",")
        self.take("]")
        if word == "map":
            return dict[parts[0], parts[1]]
        return {"list": lambda: list[parts[0]], "optional": lambda: Optional[parts[0]]}.get(
            word, lambda: Union[tuple(parts)]
        )()

    def literal(self) -> Any:
        kind = self.tokens.pop(0)
        self.tokens.pop(0)
        text = self.tokens.pop(0)
        self.tokens.pop(0)
        value = {"Bool": text == "true", "Int": text}.get(kind, text.strip('"'))
        return Literal[int(text) if kind == "Int" else value]


def plain(value: Any) -> Any:
    """Return an instance as the cases state it: enum members by name, all fields of a class."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value
