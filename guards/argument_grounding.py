"""Say which values of a proposed call the run has neither seen nor implied."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .digest import preview
from .ledger import Call, Ledger
from .sources import seen_in

if TYPE_CHECKING:
    from .grounding import Policy, UngroundedArgument

_SHOWN = 3  # values of one call that its answer names
_LONG = 60  # characters of a value that are shown


def is_judged(ledger: Ledger, call: Call, *, everything: bool) -> bool:
    """Return whether a call's arguments are to be grounded: all, or those with a policy."""
    if call.kind != "tool" or call.error is not None or not isinstance(call.args, Mapping):
        return False
    return everything or bool(ledger.facts(call.name).arguments)


def has_seen(ledger: Ledger) -> bool:
    """Return whether there is anything that arguments could have come from."""
    return any(source.text.strip() for source in ledger.sources)


def ungrounded(ledger: Ledger, call: Call, *, everything: bool) -> str:
    """Return a sentence on the arguments of a call that came from nowhere; empty if none did.

    Args:
        ledger: The run, with what it has seen.
        call: The proposed call.
        everything: Whether to judge all arguments; else those with a policy in the tool's facts.

    Cost: see `ground_arguments`; what was seen is indexed once for a whole view.
    """
    if not is_judged(ledger, call, everything=everything):
        return ""
    from .grounding import ground_arguments  # heavy: imported by who grounds

    spec = ledger.tools.get(call.name) if ledger.tools else None
    found = ground_arguments(
        call.name,
        call.args,
        seen_in(ledger.sources),
        spec.parameters if spec else None,
        policy=_policy(ledger, call, everything),
        exists=ledger.exists.get(call.id),
    )
    return _sentence(call, found) if found else ""


def lookups(ledger: Ledger, call: Call) -> list[tuple[str, Any, Callable[..., bool]]]:
    """Return what a call's facts ask to be looked up: path, value, and who knows.

    A guard calls nothing: a node looks, and puts the answers into `Ledger.exists`.
    """
    if not isinstance(call.args, Mapping):
        return []
    asked = [(n, rule) for n, rule in ledger.facts(call.name).arguments.items() if callable(rule)]
    if not asked:
        return []
    from .grounding import values_of

    return [
        (path, value, rule) for name, rule in asked for path, value in values_of(call.args, name)
    ]


def _policy(ledger: Ledger, call: Call, everything: bool) -> "dict[str, Policy]":
    said = ledger.facts(call.name).arguments
    rules: dict[str, Policy] = {} if everything else dict.fromkeys(map(str, call.args), "free")
    rules.update({name: "exists" if callable(rule) else rule for name, rule in said.items()})
    return rules


def _sentence(call: Call, found: "list[UngroundedArgument]") -> str:
    lines = [_line(each) for each in found[:_SHOWN]]
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return (
        f"The call of {preview(call.name, _LONG)!r} rests on what this run has not seen: "
        f"{'; '.join(lines)}{more}. Use values that the user or a tool gave, look them up first, "
        "or ask the user."
    )


def _line(each: "UngroundedArgument") -> str:
    near = ", ".join(repr(preview(value, _LONG)) for value in each.nearest)
    seen = f" (the nearest seen: {near})" if near else ""
    return f"{preview(each.path, _LONG)} = {preview(repr(each.value), _LONG)}{seen}"
