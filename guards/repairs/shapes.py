"""See a Python type as a JSON Schema that also remembers Python's names.

Imported only for a Python type whose value needs coercion: it imports Pydantic's schema generator.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from .targets import NAMES


class _Named(GenerateJsonSchema):
    """Keeps enum members' names and accepts what JSON Schema cannot say."""

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        shape = super().enum_schema(schema)
        members = {member.name: getattr(member, "value", member) for member in schema["members"]}
        return {**shape, NAMES: members}

    def handle_invalid_for_json_schema(
        self, schema: core_schema.CoreSchema, error_info: str
    ) -> JsonSchemaValue:
        del schema, error_info
        return {}


def shape_of(adapter: TypeAdapter[Any]) -> Mapping[str, Any]:
    """Return the JSON Schema of a type.

    Where a field has an alias, the field's own name is kept under `NAMES`. A type that has no JSON
    Schema at all is seen as one that takes anything: its validator still decides.
    """
    try:
        by_alias = adapter.json_schema(by_alias=True, schema_generator=_Named)
        by_name = adapter.json_schema(by_alias=False, schema_generator=_Named)
    except PydanticInvalidForJsonSchema:
        return {}
    _keep_names(by_alias, by_name)
    return by_alias


def _keep_names(by_alias: Any, by_name: Any) -> None:
    """Walk two equal schemas whose properties differ in name only."""
    if isinstance(by_alias, list) and isinstance(by_name, list):
        for one, other in zip(by_alias, by_name, strict=False):
            _keep_names(one, other)
    if not isinstance(by_alias, dict) or not isinstance(by_name, dict):
        return
    aliases, names = by_alias.get("properties"), by_name.get("properties")
    if isinstance(aliases, dict) and isinstance(names, dict) and aliases.keys() != names.keys():
        by_alias.setdefault(NAMES, dict(zip(names, aliases, strict=False)))
    for one, other in zip(list(by_alias.values()), list(by_name.values()), strict=False):
        _keep_names(one, other)
