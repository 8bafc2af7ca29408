"""What a node's update says happened: verdicts, steps, what a person decided."""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import orjson

from ..store.model import EventKind

CUSTOM: Final = "holdfast."
"""What the names of the custom events begin with that Holdfast's nodes send."""
_KINDS: Final[Mapping[str, EventKind]] = {
    "repair": "repair",
    "breaker": "breaker",
    "budget": "budget",
    "verdict": "verdict",
    "escalation": "escalation",
    "answer": "answer",
}
_TELLING: Final = frozenset(("verdicts", "ledger", "decision"))
_OF_BUDGETS: Final = {"nudge": "warning"}
"""What a budget's event is called, where it is not by its verdict's rung."""
_STOPPING: Final = ("block", "wrap_up", "escalate", "stop")


class Happening(NamedTuple):
    """Something that happened.

    Attributes:
        kind: What sort of thing.
        name: The guard, the tool, the actor.
        data: What is said of it.
    """

    kind: EventKind
    name: str
    data: Mapping[str, Any]

    @property
    def mark(self) -> str:
        """What it is known by again, where an outer node hands up what an inner one did."""
        said = {key: self.data[key] for key in self.data if key not in _OF_PLACE}
        try:
            told = orjson.dumps([self.kind, said], default=str, option=_SORTED)
        except (TypeError, ValueError, RecursionError):  # text that is no Unicode, endless depth
            told = f"{self.kind} {id(self.data)}".encode()
        return blake2b(told, digest_size=12).hexdigest()

    @property
    def is_urgent(self) -> bool:
        """Whether it must be on the disk before the run goes on."""
        return self.kind == "verdict" and self.data.get("action") in _STOPPING


_OF_PLACE = ("n", "at", "step", "use")
"""Of what happened, what differs or is left out where it is handed up."""
_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def may_tell(outputs: Any) -> bool:
    """Tell whether a node's output may say that something happened; most say nothing."""
    return type(outputs) is not dict or not _TELLING.isdisjoint(outputs)


def happenings_in(outputs: Any) -> Iterator[Happening]:
    """Yield what a node's output says, whether it is an update, a command, or several of them."""
    if type(outputs) in (list, tuple):
        for each in outputs:
            yield from _in_update(each)
    else:
        yield from _in_update(outputs)


def _in_update(update: Any) -> Iterator[Happening]:
    if not isinstance(update, Mapping):
        update = None if hasattr(update, "content") else getattr(update, "update", None)
    if not isinstance(update, Mapping):
        return
    if isinstance(verdicts := update.get("verdicts"), list):
        yield from _verdicts(verdicts)
    ledger = update.get("ledger")
    for each in ledger if isinstance(ledger, list) else (ledger,):
        if isinstance(each, Mapping):
            yield from _ledger(each)
    if isinstance(decision := update.get("decision"), str) and decision:
        yield Happening("answer", decision, {"decision": decision})


def _verdicts(verdicts: list[Any]) -> Iterator[Happening]:
    for each in verdicts:
        if isinstance(each, Mapping) and "guard" in each and "outcome" in each:
            yield Happening("verdict", str(each["guard"]), each)
            if isinstance(use := each.get("use"), Mapping):
                action = str(each.get("action"))
                yield Happening("budget", _OF_BUDGETS.get(action, action), use)


def _ledger(update: Mapping[str, Any]) -> Iterator[Happening]:
    for key in ("before", "steps"):
        for step in update.get(key) or ():
            if isinstance(step, Mapping) and "kind" in step:
                yield Happening("step", str(step.get("name", "")), step)
    for ruling in update.get("rulings") or ():
        if isinstance(ruling, Mapping):
            yield Happening("answer", "ruling", ruling)
    if isinstance(grant := update.get("grant"), Mapping) and grant:
        use = update.get("use")
        yield Happening("budget", "grant", {**grant, "use": use} if use else grant)


def happening_of(name: str, data: Any) -> Happening:
    """Return what a custom event says."""
    said = data if isinstance(data, Mapping) else {"value": data}
    if not name.startswith(CUSTOM):
        return Happening("custom", name, said)
    short = name[len(CUSTOM) :]
    kind = _KINDS.get(short.partition(".")[0])
    if kind is None:
        return Happening("custom", name, said)
    about = said.get("guard") or said.get("actor") or said.get("dependency") or short
    return Happening(kind, str(about), said)
