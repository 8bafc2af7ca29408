"""Check that a team fits its state, before it runs."""

import types
from collections.abc import Iterable, Sequence
from typing import Any, Union, get_args, get_origin

from ..guards.errors import GuardConfigError
from ..nodes.specialist import Specialist
from .state import OWN_FIELDS, AgentState


def check_team(state: Any, specialists: Sequence[Specialist]) -> None:
    """Refuse a team that does not fit its state.

    Raises:
        GuardConfigError: It says what does not fit, and how to mend it.
    """
    if not (isinstance(state, type) and issubclass(state, AgentState)):
        shown = getattr(state, "__name__", type(state).__name__)
        raise GuardConfigError(
            f"supervised_graph({shown}): the state must be a subclass of AgentState"
        )
    if not isinstance(specialists, Sequence):
        raise GuardConfigError(
            f"specialists={type(specialists).__name__}: give a list, [Specialist(...)]"
        )
    if not specialists:
        raise GuardConfigError("supervised_graph(specialists=[]): give at least one specialist")
    for one in specialists:
        if not isinstance(one, Specialist):
            raise GuardConfigError(
                f"specialists: a {type(one).__name__} is none; "
                "give Specialist(name, model, tools=[...])"
            )
    names = [one.name for one in specialists]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise GuardConfigError(
            f"two specialists are named {twice[0]!r}: give each a name of its own"
        )
    for one in specialists:
        _check_fields(state, one)


def _check_fields(state: type[AgentState], one: Specialist) -> None:
    own = [name for name in state.model_fields if name not in OWN_FIELDS]
    for setting, names in (("reads", one.reads), ("into", [one.into] if one.into else [])):
        for name in names:
            if name not in state.model_fields or (setting == "into" and name in OWN_FIELDS):
                raise GuardConfigError(
                    f"specialist {one.name!r}: {setting}={name!r} is no field of "
                    f"{state.__name__}; it has {', '.join(own) or 'none of its own'}"
                )


def returns_of(state: type[AgentState], one: Specialist) -> Any:
    """Return the type of a specialist's result: its own, else that of the field it goes into."""
    if one.into is None:
        return one.returns
    field = state.model_fields[one.into].annotation
    if one.returns is None:
        return _bare(field)
    if not _fits(one.returns, field):
        raise GuardConfigError(
            f"specialist {one.name!r}: returns={_shown(one.returns)} does not fit "
            f"{state.__name__}.{one.into}, which is {_shown(field)}; make them the same"
        )
    return one.returns


def _members(annotation: Any) -> Iterable[Any]:
    union = get_origin(annotation) in (Union, types.UnionType)
    return get_args(annotation) if union else (annotation,)


def _bare(annotation: Any) -> Any:
    """Return an annotation without its None."""
    members = [one for one in _members(annotation) if one is not type(None)]
    return members[0] if len(members) == 1 else annotation


def _fits(returns: Any, field: Any) -> bool:
    if field is Any or returns == field:
        return True
    allowed = list(_members(field))
    return all(one in allowed or _is_subclass(one, allowed) for one in _members(returns))


def _is_subclass(one: Any, allowed: Sequence[Any]) -> bool:
    plain = [cls for cls in allowed if isinstance(cls, type) and not get_args(cls)]
    return isinstance(one, type) and not get_args(one) and issubclass(one, tuple(plain))


def _shown(annotation: Any) -> str:
    return (
        annotation.__name__
        if isinstance(annotation, type) and not get_args(annotation)
        else (str(annotation))
    )
