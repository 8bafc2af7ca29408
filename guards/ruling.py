"""What a person has said of a proposed call, and that it stays said."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import TypedDict

from .digest import preview
from .verdict import Verdict, severity, tripped

if TYPE_CHECKING:
    from .ledger import Call, Ledger

PERSON = "person"
"""The guard that verdicts of people name."""
RULINGS_KEPT = 1_000
"""Rulings kept; each of them took a person."""

_CANNOT_RUN = frozenset({"unknown_tool", "unreadable_arguments", "invalid_arguments"})
_REASON_SHOWN = 300
_ENDS = {
    "aborted": "A person ended this run",
    "taken_over": "A person ended this run, and does the rest",
    "late": "This run ended because nobody answered in time",
}


Says = Literal["approved", "edited", "rejected", "open"]


class Ruling(TypedDict):
    """A person's word on one call: that tool with those arguments.

    Attributes:
        key: What the call is known by, see `done_key`.
        n: Number of the last step when it was said, given by the reducer.
        tool: The tool's name.
        says: `rejected`: it may not run, whoever proposes it again. `approved`: it may run once,
            as the call of that id, whatever guards object to. `edited`: a person has made it, as
            the call of that id, and guards judge it. `open`: an earlier word is taken back, and
            the call is judged like any other.
        reason: Why, in the person's words; bounded, redacted.
        call_id: Id of the call it was said of.
    """

    key: str
    n: int
    tool: str
    says: Says
    reason: str
    call_id: str


def make_ruling(call: "Call", says: Says, reason: str = "") -> Ruling:
    """Return a person's word on a call; the reducer will number it."""
    return Ruling(
        key=call.key,
        n=0,
        tool=call.name,
        says=says,
        reason=preview(reason, _REASON_SHOWN),
        call_id=call.id,
    )


def kept_rulings(known: dict[str, Ruling], new: Iterable[Ruling], n: int) -> dict[str, Ruling]:
    """Return the rulings with new ones, the newest last; for the reducer of the ledger."""
    kept = dict(known)
    for ruling in new:
        kept.pop(ruling["key"], None)
        if ruling["says"] != "open":
            kept[ruling["key"]] = {**ruling, "n": n}
    while len(kept) > RULINGS_KEPT:
        kept.pop(next(iter(kept)))
    return kept


def rulings_since(state: Mapping[str, Any], step: int) -> list[Ruling]:
    """Return what people have said of calls after a step, out of a stored ledger."""
    return [one for one in (state.get("rulings") or {}).values() if one["n"] > step]


def lifted(rulings: Mapping[str, Ruling] | None, tools: Sequence[str] = ()) -> list[Ruling]:
    """Return the rulings that take standing rejections back.

    Args:
        rulings: Those that stand, by key.
        tools: Whose calls may be proposed again; none: all tools'.
    """
    return [
        {**one, "says": "open"}
        for one in (rulings or {}).values()
        if one["says"] == "rejected" and (not tools or one["tool"] in tools)
    ]


def rejection_of(ledger: "Ledger", call: "Call") -> Ruling | None:
    """Return the standing rejection of a call, or None."""
    said = ledger.rulings.get(call.key) if ledger.rulings else None
    return said if said is not None and said["says"] == "rejected" else None


def is_approved(ledger: "Ledger", call: "Call") -> bool:
    """Return whether a person has approved this very call."""
    said = ledger.rulings.get(call.key) if ledger.rulings else None
    return said is not None and said["says"] == "approved" and said["call_id"] == call.id


def is_of_person(ledger: "Ledger", call: "Call") -> bool:
    """Return whether a person has approved this very call, or made it."""
    said = ledger.rulings.get(call.key) if ledger.rulings else None
    return said is not None and said["says"] != "rejected" and said["call_id"] == call.id


def ended_by_person(verdicts: Iterable[Mapping[str, Any]] | None, after: int) -> str:
    """Return why nothing of a run runs any more, where a person ended it; else nothing.

    A deadline's default ends a run as well: `abort` in that person's place.

    Args:
        verdicts: Those that state keeps, each with the step it was given at.
        after: Number of the last step before the run.
    """
    for one in reversed([*(verdicts or ())]):
        if one["guard"] == PERSON and one["kind"] in _ENDS and one["step"] > after:
            return f"{_ENDS[one['kind']]}; nothing of it runs any more."
    return ""


def under_rulings(ledger: "Ledger", call: "Call", found: Sequence[Verdict]) -> list[Verdict]:
    """Return what guards found of a proposed call, as far as a person has not decided it.

    A rejected call is answered with the rejection, and nobody is asked about it again: what would
    escalate wraps the run up, so that a model which proposes nothing else comes to an end. An
    approved one runs against the guards' objections to it, unless it cannot run at all or a
    budget is used up.
    """
    if said := rejection_of(ledger, call):
        others = [v for v in found if severity(v["action"]) >= severity("wrap_up")]
        return [rejected(call, said), *map(_unasked, others)]
    if is_approved(ledger, call):
        return [verdict for verdict in found if not _is_overruled(verdict, call)]
    return list(found)


def rejected(call: "Call", said: Ruling) -> Verdict:
    """Return the verdict on a call that a person has rejected before."""
    why = f": {said['reason'].rstrip('.')}" if said["reason"] else ""
    reason = (
        f"A person has rejected this call of {preview(call.name, 60)!r}{why}. It stays rejected: "
        "take another way, or say what is missing."
    )
    return tripped(PERSON, "rejected", "block", reason, steps=[said["n"]], calls=[call.id])


def _unasked(verdict: Verdict) -> Verdict:
    """Return a verdict that asks nobody: what would, is wrapped up in the name of who was asked.

    In the guard's own name a policy would raise it again.
    """
    if verdict["action"] != "escalate":
        return verdict
    steps, calls = verdict["steps"], verdict["calls"]
    return tripped(PERSON, "rejected", "wrap_up", verdict["reason"], steps=steps, calls=calls)


def _is_overruled(verdict: Verdict, call: "Call") -> bool:
    return (
        call.id in verdict["calls"]
        and verdict["guard"] != "budget"
        and verdict["kind"] not in _CANNOT_RUN
    )
