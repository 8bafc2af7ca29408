"""Objects of classes, by the class and the parts that make them up."""

import dataclasses
import enum
import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from .classes import class_at, module_of

MESSAGE: Final = "message"
"""The mark of a LangChain message."""
_IMPORTED: Final = ("langchain", "langchain_core", "langgraph", "holdfast")
_MOST_CLASSES: Final = 4_096
Parts = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Opaque:
    """Stands for an object that could not be kept, or whose class is not there to make it of.

    Attributes:
        name: Module and name of its class, `:` between.
        parts: What is known of it.
    """

    name: str
    parts: Any = None


class _Kind(NamedTuple):
    mark: str
    belongs: Callable[[type], bool]
    take: Callable[[Any], Parts]
    make: Callable[[type, Any], Any]


def name_of(kind: type) -> str:
    """Return the module and the name of a class."""
    return f"{module_of(kind)}:{kind.__qualname__}"


def parts_of(value: Any) -> tuple[str, Parts] | None:
    """Return an object's mark and its parts, or None where they do not make it up."""
    found = _kind_of(type(value))
    return (found.mark, found.take(value)) if found else None


def _kind_of(kind: type) -> _Kind | None:
    if kind not in _known:
        if len(_known) > _MOST_CLASSES:
            _known.clear()
        _known[kind] = next((each for each in _KINDS if each.belongs(kind)), None)
    return _known[kind]


def build(mark: str, name: str, parts: Parts) -> Any:
    """Return an object of the class of this name, without calling its constructor."""
    kind = next((each for each in _KINDS if each.mark == mark), None)
    found = _class_named(name)
    if kind is None or found is None or not kind.belongs(found):
        return Opaque(name, dict(parts))
    try:
        return kind.make(found, parts)
    except (AttributeError, KeyError, LookupError, TypeError, ValueError):
        return Opaque(name, dict(parts))


def _class_named(name: str) -> type | None:
    module, _, path = name.partition(":")
    if module not in sys.modules and module.split(".")[0] in _IMPORTED:
        try:
            importlib.import_module(module)
        except ImportError:
            return None
    return class_at(module, path)


def _is_model(kind: type) -> bool:
    return hasattr(kind, "__pydantic_fields__") and hasattr(kind, "model_fields")


def are_messages(values: Sequence[Any]) -> bool:
    """Tell whether all of some values are messages of LangChain's."""
    return all(map(_is_message, set(map(type, values))))


def is_message(kind: type) -> bool:
    """Tell whether a class is one of LangChain's messages."""
    return _is_message(kind)


@lru_cache(maxsize=_MOST_CLASSES)
def _is_message(kind: Any) -> bool:
    fields = getattr(kind, "__pydantic_fields__", {})
    return _is_model(kind) and {"content", "additional_kwargs", "type"} <= set(fields)


def _take_message(value: Any) -> Parts:
    extra = value.__pydantic_extra__
    return {"v": value.__dict__, "x": extra} if extra else {"v": value.__dict__}


def _take_model(value: Any) -> Parts:
    parts: dict[str, Any] = {"v": dict(value.__dict__)}
    given = value.__pydantic_fields_set__
    if given != set(parts["v"]):
        parts["s"] = sorted(given)
    if extra := value.__pydantic_extra__:
        parts["x"] = dict(extra)
    if private := value.__pydantic_private__:
        parts["p"] = dict(private)
    return parts


def _make_model(kind: type, parts: Parts) -> Any:
    made: Any = object.__new__(kind)
    fields = getattr(kind, "__pydantic_fields__", {})
    wants_extra = getattr(kind, "model_config", {}).get("extra") == "allow"
    private = parts.get("p") or ({} if getattr(kind, "__private_attributes__", None) else None)
    given = parts.get("s")
    values = dict(parts["v"])
    object.__setattr__(made, "__dict__", values)
    object.__setattr__(made, "__pydantic_extra__", parts.get("x") or ({} if wants_extra else None))
    object.__setattr__(made, "__pydantic_private__", private)
    object.__setattr__(
        made,
        "__pydantic_fields_set__",
        set(values) & set(fields) if given is None else set(given),
    )
    return made


def _take_fields(value: Any) -> Parts:
    names = [each.name for each in dataclasses.fields(value)]
    return {"v": {name: getattr(value, name) for name in names if hasattr(value, name)}}


def _make_fields(kind: type, parts: Parts) -> Any:
    made: Any = object.__new__(kind)
    for name, value in parts["v"].items():
        object.__setattr__(made, name, value)
    return made


def _is_send(kind: type) -> bool:
    return kind.__module__ == "langgraph.types" and kind.__name__ in ("Send", "Overwrite")


def _take_slots(value: Any) -> Parts:
    names = getattr(type(value), "__slots__", None) or vars(value)
    return {"v": {name: getattr(value, name) for name in names if hasattr(value, name)}}


def _take_enum(value: Any) -> Parts:
    named = value.name in type(value).__members__  # not so: several flags together
    return {"v": value.name} if named else {"n": value.value}


_KINDS = (
    _Kind(MESSAGE, is_message, _take_message, _make_model),
    _Kind("model", _is_model, _take_model, _make_model),
    _Kind(
        "enum",
        lambda kind: issubclass(kind, enum.Enum),
        lambda value: (
            {"v": value.name} if value.name in type(value).__members__ else {"n": value.value}
        ),
        lambda kind, parts: kind[parts["v"]] if "v" in parts else kind(parts["n"]),  # type: ignore[index]
    ),
    _Kind("fields", dataclasses.is_dataclass, _take_fields, _make_fields),
    _Kind("slots", _is_send, _take_slots, _make_fields),
    _Kind(
        "row",
        lambda kind: issubclass(kind, tuple) and hasattr(kind, "_fields"),
        lambda value: {"v": list(value)},
        lambda kind, parts: tuple.__new__(kind, parts["v"]),
    ),
)
_known: dict[type, _Kind | None] = {}
