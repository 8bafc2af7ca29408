"""Find tool calls in a text, in the notations that models use for them.

Known are: objects with a name and arguments under any of their usual keys, `{tool: {...}}`,
`[tool, {...}]`, Python calls, and lists, tags, fences and prose around all of these.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from typing_extensions import TypedDict

from .coerce import Coercion, Extra
from .extract import body_of, find_candidates
from .front import accepted, decoded
from .report import Edit, FieldError, Repaired, RepairError, quoted
from .scalars import loose
from .targets import target_of

NAME_KEYS = ("name", "function", "tool", "tool_name", "function_name", "action", "api", "func")
ARGUMENT_KEYS = (
    "arguments", "parameters", "params", "args", "kwargs", "input", "inputs", "action_input",
    "tool_input", "tool_arguments", "function_arguments", "properties", "argument", "parameter",
)  # fmt: skip
DEPTH = 20
"""Containers around a call, at most. Chosen."""


class ToolCall(TypedDict):
    """One call, with the keys that LangChain uses."""

    name: str
    args: dict[str, Any]


class Tools:
    """The tools that may be called, by any spelling of their names.

    Args:
        tools: The schema of each tool's arguments, by the tool's name.
    """

    def __init__(self, tools: Mapping[str, Any]) -> None:
        self.schemas = tools
        self._by_loose = {loose(name): name for name in tools}

    def name(self, given: object) -> str | None:
        """Return the tool that is meant, whatever its case and punctuation."""
        if not isinstance(given, str) or not given:
            return None
        # Some models put the name of a namespace before that of the tool: `functions.search`.
        inner = given.partition(".")[2]
        return self._by_loose.get(loose(given)) or (
            self._by_loose.get(loose(inner)) if inner else None
        )

    def only_fitting(self, arguments: Any) -> str | None:
        """Return the tool whose arguments these are, if they can be no other's."""
        fitting = [name for name in self.schemas if _fits(arguments, self.schemas[name])]
        return fitting[0] if len(fitting) == 1 else None


def _fits(arguments: Any, schema: Any) -> bool:
    target = target_of(schema)
    names = target.shape.get("properties", {})
    if not isinstance(arguments, dict) or not arguments or not arguments.keys() <= names.keys():
        return False
    return not Coercion(target.shape).fit(arguments, target.shape).errors


def calls_in(value: Any, tools: Tools, depth: int = 0) -> Iterator[ToolCall]:
    """Yield the calls in a plain JSON value, in its order."""
    if depth > DEPTH:
        return
    if isinstance(value, dict):
        yield from _in_object(value, tools, depth)
    elif isinstance(value, list):
        yield from _in_list(value, tools, depth)
    elif isinstance(value, str) and any(opener in value for opener in "{(["):
        for one in find_candidates(body_of(value), keep_calls=True):
            if isinstance(one.value, dict | list) and not one.truncated:
                yield from calls_in(one.value, tools, depth + 5)


def _in_object(value: dict[str, Any], tools: Tools, depth: int) -> Iterator[ToolCall]:
    is_definition = "description" in value and _is_schema(value.get("parameters"))
    for key in () if is_definition else NAME_KEYS:
        if name := tools.name(value.get(key)):
            yield ToolCall(name=name, args=_arguments(value, key, name, tools))
            return
    named = {key: name for key in value if (name := tools.name(key))}
    for key, part in value.items():
        if key in named and isinstance(part, dict | list | str | None):
            yield ToolCall(name=named[key], args=_as_arguments(part, named[key], tools))
        elif isinstance(part, dict | list | str):
            yield from calls_in(part, tools, depth + 1)


def _is_schema(value: Any) -> bool:
    """Whether a model repeated what a tool looks like instead of calling it."""
    return isinstance(value, dict) and isinstance(value.get("properties"), dict)


def _in_list(value: list[Any], tools: Tools, depth: int) -> Iterator[ToolCall]:
    name = tools.name(value[0]) if value else None
    if name and len(value) == 2 and isinstance(value[1], dict):
        yield ToolCall(name=name, args=value[1])
        return
    for item in value:
        yield from calls_in(item, tools, depth + 1)


def _arguments(value: dict[str, Any], name_key: str, name: str, tools: Tools) -> dict[str, Any]:
    rest = {key: part for key, part in value.items() if key not in (name_key, "id", "type")}
    held = [key for key in ARGUMENT_KEYS if key in rest]
    for key in held:
        if isinstance(rest[key], dict | list | str | None):
            arguments = _as_arguments(rest.pop(key), name, tools)
            # Some models close the arguments too early: what stands beside them belongs to them.
            return {
                **arguments,
                **{extra: part for extra, part in rest.items() if extra not in held},
            }
    return rest


def _as_arguments(given: Any, name: str, tools: Tools) -> dict[str, Any]:
    """Return arguments as an object; those given by position are named in the schema's order."""
    if isinstance(given, dict):
        return given
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], dict):
        return given[0]
    if isinstance(given, list):
        names = target_of(tools.schemas[name]).shape.get("properties", {})
        return dict(zip(names, given, strict=False))
    found = find_candidates(body_of(given)) if isinstance(given, str) else []
    return found[0].value if found and isinstance(found[0].value, dict) else {}


def read_calls(
    text: str | bytes, tools: Mapping[str, Any], *, allow_truncated: bool, extra: Extra
) -> Repaired[Any]:
    """Read a text as tool calls; the body of `repair.calls`, which see."""
    plain, edits = decoded(text)
    body, known = body_of(plain), Tools(tools)
    found = find_candidates(body, keep_calls=True)
    fenced = [call for one in found if one.is_fenced for call in calls_in(one.value, known)]
    calls = fenced or [call for one in found for call in calls_in(one.value, known)]
    if not calls:
        named = [(known.only_fitting(one.value), one.value) for one in found]
        calls = [ToolCall(name=name, args=value) for name, value in named if name]
    if not calls:
        reason = f"no call of {', '.join(tools)} is in {quoted(plain.strip())}; ask for a call"
        raise RepairError("no_value", reason, at=body.start)
    edits += body.edits + tuple(edit for one in found for edit in one.edits)
    if not found[-1].truncated:
        return _fitted(calls, tools, extra, edits)
    if not allow_truncated:
        raise _cut(calls, plain, edits)
    return _all_but_a_cut_one(calls, tools, extra, edits)


def _cut(calls: list[ToolCall], text: str, edits: tuple[Edit, ...]) -> RepairError:
    reason = "the text ends inside a call; let the model go on"
    return RepairError(
        "truncated", reason, at=len(text), nearest=calls, truncated=True, edits=edits
    )


def _all_but_a_cut_one(
    calls: list[ToolCall], tools: Mapping[str, Any], extra: Extra, edits: tuple[Edit, ...]
) -> Repaired[Any]:
    """The last call may be cut: without it if it does not fit. Half a call is not a call."""
    try:
        fitted = _fitted(calls, tools, extra, edits)
    except RepairError:
        if len(calls) < 2:
            raise
        fitted = _fitted(calls[:-1], tools, extra, edits)
    return Repaired(fitted.value, fitted.edits, truncated=True)


def _fitted(
    calls: list[ToolCall], tools: Mapping[str, Any], extra: Extra, edits: tuple[Edit, ...]
) -> Repaired[Any]:
    fitted, errors = list[ToolCall](), list[FieldError]()
    for call in calls:
        if call in fitted:
            continue
        path = (len(fitted), "args")
        try:
            repaired = accepted(call["args"], target_of(tools[call["name"]]), extra=extra)
        except RepairError as error:
            fitted.append({**call, "args": error.nearest})
            errors += [
                FieldError(path + one.path, one.message, one.given, one.is_missing)
                for one in error.errors
            ]
            continue
        fitted.append(ToolCall(name=call["name"], args=repaired.value))
        edits += tuple(Edit(one.layer, one.what, one.at, path + one.path) for one in repaired.edits)
    if errors:
        reason = "arguments do not fit their tools; correct these parts"
        raise RepairError("off_schema", reason, errors=tuple(errors), nearest=fitted, edits=edits)
    return Repaired(fitted, edits)
