"""Read off a graph's state what each of its fields takes."""

import operator
import warnings
from inspect import Parameter, signature
from typing import Annotated, Any, NotRequired, Required, get_args, get_origin

from langgraph.channels.base import BaseChannel
from langgraph.graph.message import add_messages
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    PydanticUserError,
    TypeAdapter,
    WrapValidator,
)
from pydantic.warnings import UnsupportedFieldAttributeWarning
from typing_extensions import ReadOnly

from ..nodes.conversation import Conversation

_KEY_MARKS = (Required, NotRequired, ReadOnly)  # of a TypedDict's keys, not of their values
_VALIDATORS: dict[str, tuple[Any, int]] = {
    "before": (BeforeValidator, 1),
    "after": (AfterValidator, 1),
    "plain": (PlainValidator, 1),
    "wrap": (WrapValidator, 2),
}
"""Pydantic's name for each mode, and how many arguments a validator takes that sees no others."""


def has_reducer(hint: Any) -> bool:
    """Return whether a field's channel has a reducer, or is of a kind of its own."""
    hint = _bare(hint)
    if get_origin(hint) is not Annotated:
        return False
    marks = get_args(hint)[1:]
    last = marks[-1]  # where LangGraph looks for a reducer
    return any(map(_is_channel, marks)) or (callable(last) and not isinstance(last, type))


def is_reduced(hint: Any) -> bool:
    """Return whether a channel has a reducer that takes something else than its own type."""
    return has_reducer(hint) and get_args(_bare(hint))[-1] is not operator.add


def takes_messages(hint: Any) -> bool:
    """Return whether a field's channel merges messages, as `add_messages` does."""
    hint = _bare(hint)
    marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return any(mark is add_messages or isinstance(mark, Conversation) for mark in marks)


def name_of(hint: Any) -> str:
    """Return an annotation as one reads it in code."""
    return hint.__name__ if isinstance(hint, type) else str(hint).replace("typing.", "")


def _is_channel(mark: Any) -> bool:
    mark = get_origin(mark) or mark
    return isinstance(mark, BaseChannel) or (
        isinstance(mark, type) and issubclass(mark, BaseChannel)
    )


def _bare(hint: Any) -> Any:
    while get_origin(hint) in _KEY_MARKS:
        hint = get_args(hint)[0]
    return hint


def adapter_of_field(schema: type, name: str, hint: Any) -> TypeAdapter[Any]:
    """Return what validates the values of a field: its type, its constraints, its validators.

    Args:
        schema: The state that has the field.
        name: The field.
        hint: Its annotation.
    """
    config = ConfigDict(arbitrary_types_allowed=True)
    hint = _bare(hint)
    if issubclass(schema, BaseModel) and name in schema.model_fields:
        found = schema.model_fields[name]
        hint = Annotated[(found.annotation, found, *_validators(schema, name))]
        config |= schema.model_config
    with warnings.catch_warnings():  # an alias is how a field is given, and no business of a value
        warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)
        try:
            return TypeAdapter(hint, config=config)
        except PydanticUserError:  # a model or a TypedDict brings its own
            return TypeAdapter(hint)


def _validators(schema: type[BaseModel], name: str) -> list[Any]:
    """Return the field validators of a model that judge a value by itself.

    One that looks at other fields can judge a whole state only, and is left to its reader.
    """
    found = []
    for decorator in schema.__pydantic_decorators__.field_validators.values():
        make, arguments = _VALIDATORS[decorator.info.mode]
        if {name, "*"} & set(decorator.info.fields) and _required(decorator.func) == arguments:
            found.append(make(decorator.func))
    return found


def _required(function: Any) -> int:
    parameters = signature(function).parameters.values()
    return sum(one.default is Parameter.empty for one in parameters)
