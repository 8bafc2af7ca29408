"""What becomes of a reply that should hold a value: the value, one more request, or an end.

Pure, and the one place that decides: `repair_node`, a specialist's result and `structured` differ
only in how they ask.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..guards.errors import GuardConfigError
from ..guards.repairs import Edit, Repaired, RepairError, patched, repair
from ..guards.repairs.joins import joins
from ..guards.repairs.report import Why
from ..guards.reply import Reply, is_refusal
from .pending import Fault, Kind, Pending, Wanted


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a reply.

    Attributes:
        text: The text that was read; of a continued reply, all of it.
        repaired: The value with its edits, or None.
        fault: Why there is none, or None.
        pending: What to ask for next; None when there is a value, and when asking is over.
        asked: How often the model was asked again until now.
    """

    text: str
    repaired: Repaired[Any] | None = None
    fault: Fault | None = None
    pending: Pending | None = None
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Repairing:
    """How results are read, and how often a model is asked again.

    Attributes:
        wanted: What a result is to be.
        attempts: How often a model is asked again at most.

    Raises:
        GuardConfigError: The attempts are fewer than none.
    """

    wanted: Wanted
    attempts: int = 2

    def __post_init__(self) -> None:
        if self.attempts < 0:
            raise GuardConfigError(f"attempts={self.attempts}: use 0 or more")

    def take(self, pending: Pending | None, reply: Reply) -> Taken:
        """Read a reply, and say what is to be done.

        Args:
            pending: What was asked for, or None for the first reply.
            reply: The reply.

        Cost: what `repair` costs, at most three times.
        """
        asked = pending["asked"] if pending else 0
        found = self._hopeless(reply) or self._read(pending, reply)
        if isinstance(found, Taken):
            return Taken(found.text, found.repaired, asked=asked)
        fault, text = found
        if fault.is_final or asked >= self.attempts:
            return Taken(text, fault=fault, asked=asked)
        return Taken(text, fault=fault, pending=self.wanted.next(pending, fault, text), asked=asked)

    def _hopeless(self, reply: Reply) -> tuple[Fault, str] | None:
        """Return the fault of a reply that is not to be read at all."""
        if reply.finish == "filtered":
            return _fault("filtered", "the provider's content filter stopped the reply", final=True)
        if reply.finish == "refused":
            said = f": {reply.refusal}" if reply.refusal else ""
            return _fault("refused", f"the model refused{said}", final=True)
        if not reply.text.strip():
            if reply.finish == "length":
                return _fault("truncated", "the reply was cut off before its first word")
            return _fault("empty", "the reply was empty")
        if not self.wanted.is_words and is_refusal(reply.text):
            return _fault("refused", f"the model refused: {reply.text.strip()}")
        return None

    def _read(self, pending: Pending | None, reply: Reply) -> Taken | tuple[Fault, str]:
        mode = pending["mode"] if pending else "whole"
        if pending and mode == "patch":
            return self._read_patch(pending, reply)
        ways = joins(pending["text"], reply.text) if pending and mode == "continue" else ()
        best: Taken | None = None
        first: tuple[RepairError, str] | None = None
        for text in ways or (reply.text,):
            try:
                taken = Taken(text, self._repaired(text, reply.finish))
            except RepairError as error:
                first = first or (error, text)
                continue
            if best is None or _syntax(taken) < _syntax(best):
                best = taken
        if best is not None or first is None:
            return best or Taken(reply.text)
        return Fault(_kind(first[0], reply), first[0]), first[1]

    def _repaired(self, text: str, finish: str) -> Repaired[Any]:
        if self.wanted.is_words:
            repaired: Repaired[Any] = Repaired(text)
        else:
            repaired = repair(text, self.wanted.schema)
        if finish == "length" and (self.wanted.is_words or not _is_closed(text)):
            reason = "the reply ended at its limit; let the model go on"
            raise RepairError("truncated", reason, at=len(text), truncated=True)
        return repaired

    def _read_patch(self, pending: Pending, reply: Reply) -> Taken | tuple[Fault, str]:
        """Put the parts that came into the nearest reading; a whole result is taken as well."""
        nearest = json.loads(pending["nearest"])
        try:
            parts = _parts(repair(reply.text, {"type": "object"}).value, pending["wrong"])
            whole = json.dumps(_put(nearest, parts)) if parts else reply.text
            return Taken(whole, repair(whole, self.wanted.schema))
        except RepairError as error:
            return Fault(_kind(error, reply), error), reply.text


_WHY: Mapping[str, Why] = {
    "filtered": "filtered",
    "refused": "refused",
    "empty": "empty",
    "truncated": "truncated",
}


def _fault(kind: Kind, reason: str, *, final: bool = False) -> tuple[Fault, str]:
    error = RepairError(_WHY[kind], reason, truncated=kind == "truncated")
    return Fault(kind, error, is_final=final), ""


def _kind(error: RepairError, reply: Reply) -> Kind:
    if error.truncated:
        return "truncated"
    return "unreadable_calls" if reply.unreadable else "off_schema"


def _syntax(taken: Taken) -> int:
    edits: Sequence[Edit] = taken.repaired.edits if taken.repaired else ()
    return sum(edit.layer != "schema" for edit in edits)


def _is_closed(text: str) -> bool:
    """Return whether a text that ended at its limit had closed its last value by then."""
    _, closer, tail = max(text.rpartition("}"), text.rpartition("]"), key=lambda cut: len(cut[0]))
    return bool(closer) and not any(char in tail for char in '{["')


def _parts(given: Mapping[str, Any], wrong: Sequence[str]) -> dict[str, Any]:
    """Return the parts that were asked for, by pointer; what else was given is left out.

    An object that holds more than these is no patch: it may be the whole result.
    """
    parts: dict[str, Any] = {}
    for key, part in given.items():
        where = key if key.startswith("/") else f"/{key}"
        if any(where == one or where.startswith(f"{one}/") for one in wrong):
            parts[where] = part
        elif not key.startswith("/"):
            return {}
    return parts


def _put(nearest: Any, parts: Mapping[str, Any]) -> Any:
    for where, part in parts.items():
        try:
            nearest = patched(nearest, {where: part})
        except ValueError:
            continue  # leads nowhere: what is missing is told again
    return nearest
