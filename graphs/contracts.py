"""Check each update where it is written, before it reaches a checkpoint.

LangGraph validates a typed state when a node reads it, and so blames the next node for what the
last one wrote, after it was saved. Here the writer is named, and nothing wrong is saved.
"""

from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from typing import Any, TypeGuard, get_type_hints

from langgraph.types import Command, Overwrite, Send
from pydantic import BaseModel, TypeAdapter, ValidationError

from ..guards.digest import canonical, preview
from ..guards.errors import ContractError
from ..nodes.conversation import as_messages
from ..nodes.result import as_json
from .fields import adapter_of_field, has_reducer, is_reduced, name_of, takes_messages

_SHOWN = 120  # characters of a wrong value that a message quotes
_PLAIN = (str, int, float, bool, bytes, type(None))


class Contract:
    """What may be written to a graph's state.

    A field without a reducer takes values of its type; one with `operator.add` takes parts of it.
    Fields with another reducer take what that reducer takes, which only it can check.
    """

    def __init__(self, schema: type, own: frozenset[str] = frozenset()) -> None:
        """Read a state's fields.

        Args:
            schema: The graph's state: a Pydantic model, a TypedDict or a dataclass.
            own: Fields that Holdfast's nodes write, which are not checked.
        """
        hints = get_type_hints(schema, include_extras=True)
        self.schema = schema
        self.fields = frozenset(hints)
        self._parts = {name for name, hint in hints.items() if has_reducer(hint)}
        self._messages = {name for name, hint in hints.items() if takes_messages(hint)}
        self._checked = {
            name: adapter_of_field(schema, name, hint)
            for name, hint in hints.items()
            if name not in own and not is_reduced(hint)
        }

    def checked(self, writer: str, update: Mapping[str, Any], known: frozenset[str]) -> Any:
        """Return an update in canonical form.

        Args:
            writer: The node, for messages.
            update: The fields it writes.
            known: Further channels that the graph has.

        Raises:
            ContractError: A field is unknown, or its value is of a wrong type.

        Cost: validation of the fields that are written, and of no others.
        """
        return {key: self._value(writer, key, value, known) for key, value in update.items()}

    def check_whole(self, writer: str, given: Mapping[str, Any]) -> None:
        """Check a mapping that stands in the place of a state.

        Raises:
            ContractError: A field is of a wrong type; or, for a Pydantic state, which would drop
                the one and refuse the other when a node reads it, unknown or lacking.
        """
        for key in self._checked.keys() & given.keys():
            self._value(writer, key, given[key], self.fields)
        if not _takes_fields_only(self.schema):
            return
        needed = {name for name, field in self.schema.model_fields.items() if field.is_required()}
        unknown, lacking = sorted(given.keys() - self.fields), sorted(needed - given.keys())
        if unknown or lacking:
            what = f"the unknown {unknown[0]!r}" if unknown else f"no {lacking[0]!r}"
            raise ContractError(
                f"{writer} gives a {self.schema.__name__} {what}; "
                f"its fields are {', '.join(sorted(self.fields))}"
            )

    def _value(self, writer: str, key: str, value: Any, known: frozenset[str]) -> Any:
        if key not in self.fields and key not in known:
            raise ContractError(
                f"{writer} writes {key!r}, which {self.schema.__name__} does not have; "
                f"its fields are {', '.join(sorted(self.fields))}"
            )
        if key in self._messages:
            return self._conversation(writer, key, value)
        adapter = self._checked.get(key)
        if adapter is None:
            return value
        wrapped = isinstance(value, Overwrite)
        try:
            plain = _canonical(adapter, value.value if wrapped else value)
        except ValidationError as error:
            raise ContractError(self._message(writer, key, value, error)) from None
        # a channel without a reducer would keep the wrapper for a value
        return Overwrite(plain) if wrapped and key in self._parts else plain

    def _conversation(self, writer: str, key: str, value: Any) -> Any:
        """Return message objects: what is none would be found out after it was stored."""
        wrapped = isinstance(value, Overwrite)
        given = value.value if wrapped else value
        if wrapped and given is None:
            return value
        try:
            messages = as_messages(given)
        except (ValueError, TypeError, KeyError, NotImplementedError) as error:
            shown = preview(canonical(given), _SHOWN)
            raise ContractError(
                f"{writer} writes {key} = {shown}, a {type(given).__name__}; "
                f"{self.schema.__name__}.{key} takes messages, pairs of role and text, dicts with "
                f"role and content, texts, or a list of these ({type(error).__name__})"
            ) from None
        return Overwrite(messages) if wrapped else messages

    def _message(self, writer: str, key: str, value: Any, error: ValidationError) -> str:
        hint = get_type_hints(self.schema).get(key)
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        given = preview(canonical(value), _SHOWN)
        where = f" (at {key}.{place})" if place else ""
        count = error.error_count()
        more = f"; {count} faults in all" if count > 1 else ""
        return (
            f"{writer} writes {key} = {given}, a {type(value).__name__}; "
            f"{self.schema.__name__}.{key} takes {name_of(hint)}: {first['msg']}{where}{more}"
        )


def _takes_fields_only(schema: type) -> TypeGuard[type[BaseModel]]:
    """Return whether a state is made of its fields, by their names, and of nothing else."""
    if not issubclass(schema, BaseModel) or schema.model_config.get("extra") == "allow":
        return False
    return not any(field.validation_alias for field in schema.model_fields.values())


def _canonical(adapter: TypeAdapter[Any], value: Any) -> Any:
    """Return a valid value as it is stored: what the type makes of it, containers as plain data."""
    made = adapter.validate_python(value)
    if isinstance(value, _PLAIN):
        return made
    try:
        same = bool(made == value) and type(made) is type(value)
    except Exception:  # noqa: BLE001 - values with an unusual == (arrays) are kept as given
        return value
    if same or not isinstance(value, dict | list | tuple | set):
        return value
    return as_json(adapter, made)


def check_output(
    contract: Contract, writer: str, output: Any, known: frozenset[str], nodes: frozenset[str]
) -> Any:
    """Return a node's output with each update in it checked, and each `goto` known.

    Raises:
        ContractError: What the node wants cannot be.
    """
    if isinstance(output, Command):
        return _checked_command(contract, writer, output, known, nodes)
    if isinstance(output, Mapping):
        return contract.checked(writer, output, known)
    if isinstance(output, list | tuple) and any(isinstance(item, Command) for item in output):
        return [check_output(contract, writer, item, known, nodes) for item in output]
    _refuse_whole(writer, output)
    return output


def _refuse_whole(writer: str, output: Any) -> None:
    if isinstance(output, BaseModel) or (is_dataclass(output) and not isinstance(output, type)):
        raise ContractError(
            f"{writer} returns a whole {type(output).__name__}, which would write every field "
            "again through its reducer; return a dict of the fields that change"
        )


def _checked_command(
    contract: Contract, writer: str, command: Command[Any], known: frozenset[str],
    nodes: frozenset[str],
) -> Command[Any]:  # fmt: skip
    if command.graph is not None:
        return command  # it speaks to another graph, with another contract
    check_goto(writer, command.goto, nodes)
    return replace(command, update=_checked_update(contract, writer, command.update, known))


def _checked_update(contract: Contract, writer: str, update: Any, known: frozenset[str]) -> Any:
    if update is None or isinstance(update, Mapping):
        return contract.checked(writer, update or {}, known)
    if isinstance(update, list | tuple) and all(isinstance(part, tuple) for part in update):
        return [
            item
            for part in update
            for item in contract.checked(writer, dict([part]), known).items()
        ]
    _refuse_whole(writer, update)
    raise ContractError(
        f"{writer} updates the state with a {type(update).__name__}; use a dict of its fields"
    )


def check_goto(writer: str, goto: Any, nodes: frozenset[str]) -> None:
    """Check where a node or a conditional edge goes.

    Raises:
        ContractError: There is no such node; LangGraph itself would end the run in silence.
    """
    for target in goto if isinstance(goto, list | tuple) else [goto]:
        name = getattr(target, "node", target)
        if isinstance(name, str) and name not in nodes:
            raise ContractError(
                f"{writer} goes to {preview(name, 60)!r}, which is no node; "
                f"there are: {', '.join(sorted(nodes))}"
            )


def check_route(writer: str, chosen: Any, ends: Mapping[Any, str], nodes: frozenset[str]) -> None:
    """Check what a routing function chose against the map it was given.

    Raises:
        ContractError: The map has no such way out, or there is no node to send to.
    """
    for label in chosen if isinstance(chosen, list | tuple) else [chosen]:
        if isinstance(label, Send):
            check_goto(writer, label, nodes)
        elif label not in ends:
            raise ContractError(
                f"{writer} chooses {preview(str(label), 60)!r}, which its map does not have; "
                f"it has: {', '.join(map(str, ends))}"
            )
