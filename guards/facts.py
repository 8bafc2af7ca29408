"""What is known of a tool: said once, read by every guard that needs it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal, TypeVar, get_args

from .digest import preview
from .errors import GuardConfigError
from .references import lost_reference
from .settings import check_switches

T = TypeVar("T")

ArgumentPolicy = Literal["seen", "derivable", "free"] | Callable[..., bool]
"""Where an argument's value may come from; a callable says whether a value exists."""

WhenUnknown = Literal["tell", "ask", "retry"]
"""What becomes of a call whose process died in the middle of it."""

_POLICIES = ("seen", "derivable", "free")
_SWITCHES = ("idempotent", "poller", "free", "failing_is_normal")
_ATTRIBUTE = "__holdfast_facts__"


@dataclass(frozen=True, slots=True)
class ToolFacts:
    """What is known of a tool beyond its schema.

    Attributes:
        effects: Whether it changes something outside the run; None when nobody said.
        idempotent: Whether doing it twice is the same as doing it once.
        dependency: The service it needs, for breakers; None: the tool is its own.
        fallback: A tool to offer when this one's dependency is down.
        volatile: Arguments that change with every call and mean nothing (a time stamp).
        poller: Whether it is meant to be asked again and again.
        free: Whether repeating it is no loop, whatever it returns (a clock, scrolling a page).
        failing_is_normal: Whether its failures are news, not faults (a shell, a test run).
        arguments: For each argument, where its value may come from.
        claims: Phrases by which an answer claims that it ran ("booked").
        approval: Whether a person must approve each call before it runs; or a function of its
            arguments that says so (``lambda args: args["eur"] > 100``).
        unknown: What becomes of a call that had begun when its process died, so that nobody knows
            whether it took effect: `tell` the model so, `ask` a person, or `retry` under the same
            idempotency key, for tools that hand it to a service which honours it. Calls of
            `idempotent` tools are made again.
    """

    effects: bool | None = None
    idempotent: bool = False
    dependency: str | None = None
    fallback: Any = None
    volatile: tuple[str, ...] = ()
    poller: bool = False
    free: bool = False
    failing_is_normal: bool = False
    arguments: Mapping[str, ArgumentPolicy] = field(default_factory=dict)
    claims: tuple[str, ...] = ()
    approval: bool | Callable[[Mapping[str, Any]], bool] = False
    unknown: WhenUnknown = "tell"

    def __post_init__(self) -> None:
        for name in ("volatile", "claims"):
            if isinstance(given := getattr(self, name), str):
                raise GuardConfigError(f"{name}={given!r}: give a tuple, ({given!r},)")
        said = {name: getattr(self, name) for name in _SWITCHES}
        check_switches(
            "tool_facts", effects=self.effects if self.effects is not None else False, **said
        )
        if self.unknown not in get_args(WhenUnknown):
            raise GuardConfigError(f"unknown={self.unknown!r}: use 'tell', 'ask' or 'retry'")
        if not isinstance(self.arguments, Mapping):
            raise GuardConfigError(
                f"arguments={self.arguments!r}: give a mapping, for example {{'id': 'seen'}}"
            )
        for argument, policy in self.arguments.items():
            if not callable(policy) and policy not in _POLICIES:
                raise GuardConfigError(
                    f"arguments[{argument!r}]={policy!r}: use one of {', '.join(_POLICIES)}, "
                    "or a callable that says whether a value exists"
                )
        if not (isinstance(self.approval, bool) or callable(self.approval)):
            raise GuardConfigError(
                f"approval={self.approval!r}: use True, False, or a function of the arguments"
            )

    def needs_approval(self, arguments: Any) -> bool:
        """Return whether a person must approve a call with these arguments before it runs."""
        if callable(self.approval):
            return bool(self.approval(arguments if isinstance(arguments, Mapping) else {}))
        return self.approval


NO_FACTS = ToolFacts()
FACT_NAMES = tuple(f.name for f in fields(ToolFacts))


def tool_facts(tool: T, **facts: Any) -> T:
    """Say once what is known of a tool, and return that same tool.

    Facts said before and not named again stay.

    Args:
        tool: A LangChain tool or a function that will become one.
        **facts: Any field of `ToolFacts`.

    Raises:
        GuardConfigError: A fact has no such name, or not the form it needs.

    >>> def book(flight: str) -> str: "Book a flight."
    >>> facts_of(tool_facts(book, effects=True)).effects
    True
    """
    before = facts_of(tool)
    merged = _facts({name: getattr(before, name) for name in FACT_NAMES} | facts)
    try:
        object.__setattr__(tool, _ATTRIBUTE, merged)  # pydantic tools refuse plain assignment
    except AttributeError as error:
        raise GuardConfigError(
            f"tool_facts({preview(repr(tool), 80)}): a {type(tool).__name__} cannot carry facts; "
            "make it a tool or a function first, or put them under 'x-facts' of its schema"
        ) from error
    return tool


def _facts(said: Mapping[str, Any]) -> ToolFacts:
    if unknown := [name for name in said if name not in FACT_NAMES]:
        raise GuardConfigError(
            f"tool_facts({', '.join(unknown)}): no such fact; use {', '.join(FACT_NAMES)}"
        )
    return ToolFacts(**said)


def facts_of(tool: Any) -> ToolFacts:
    """Return what was said of a tool, or of the function it was made from."""
    for holder in (tool, getattr(tool, "func", None), getattr(tool, "coroutine", None)):
        found = getattr(holder, _ATTRIBUTE, None)
        if isinstance(found, ToolFacts):
            return found
    return NO_FACTS


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


@dataclass(frozen=True)
class ToolSpec:
    """A tool as guards see it.

    Attributes:
        name: Its name.
        description: What its users are told of it.
        parameters: The JSON schema of its arguments, an object schema.
        facts: What else is known of it.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    facts: ToolFacts = NO_FACTS

    def __post_init__(self) -> None:
        parameters = self.parameters
        known = parameters.get("properties") if isinstance(parameters, Mapping) else ()
        if known is not None and not isinstance(known, Mapping):
            raise GuardConfigError(
                f"the parameters of tool {self.name!r} are {preview(repr(parameters), 80)}: they "
                "must be a JSON schema of an object, {'type': 'object', 'properties': {...}}"
            )
        named = [*self.facts.volatile, *self.facts.arguments]
        if known and (unknown := [name for name in named if _top(name) not in known]):
            raise GuardConfigError(
                f"facts of tool {self.name!r} name the argument {unknown[0]!r}; "
                f"it has {', '.join(known)}"
            )

    @cached_property
    def validator(self) -> Any:
        """The schema, compiled once: about a millisecond, and 0.1 s the very first time.

        Raises:
            GuardConfigError: It is no valid JSON schema, or refers to something outside.
        """
        from jsonschema import Draft202012Validator  # 0.15 s to import: paid by who validates
        from jsonschema.exceptions import SchemaError

        try:
            Draft202012Validator.check_schema(dict(self.parameters))
        except SchemaError as error:
            raise GuardConfigError(
                f"tool {self.name!r} has no valid JSON schema: {preview(error.message)} at "
                f"{error.json_path}; mend the schema"
            ) from error
        if lost := lost_reference(self.parameters):
            raise GuardConfigError(
                f"the parameters of tool {self.name!r} refer to {preview(lost)!r}, which they do "
                "not hold: use '#/$defs/...' and put it there"
            )
        return Draft202012Validator(dict(self.parameters))

    @classmethod
    def from_schema(cls, schema: Mapping[str, Any]) -> "ToolSpec":
        """Read a tool's JSON schema, in OpenAI's form or bare, with facts under ``x-facts``.

        Raises:
            GuardConfigError: The schema has no name, or is no object.
        """
        inner = schema.get("function", schema) if isinstance(schema, Mapping) else None
        if not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str):
            raise GuardConfigError(
                "a tool's schema needs a name: {'name': ..., 'description': ..., "
                "'parameters': {...}}, or that under 'function'"
            )
        parameters = inner.get("parameters") or inner.get("input_schema") or {}
        said: dict[str, Any] = {}
        for found in (schema.get("x-facts", {}), inner.get("x-facts", {})):
            if not isinstance(found, Mapping):
                raise GuardConfigError(f"'x-facts' is {found!r}: give facts by name, {{name: ...}}")
            said |= found
        facts = {k: tuple(v) if isinstance(v, list) else v for k, v in said.items()}
        return cls(
            name=inner["name"],
            description=str(inner.get("description") or ""),
            parameters=parameters,
            facts=_facts(facts) if facts else NO_FACTS,
        )
