"""What an outbox says of traces: how far one has come, how long a place is left alone, how much."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .dead_letters import ONLY_REFUSED
from .shifts import Shift

State = Literal["waiting", "sent", "skipped", "dropped"]
"""`skipped` by sampling, `dropped` because of its age or because the store has lost it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A trace that is to be sent, and how far it has come.

    Attributes:
        trace: Its id.
        sent: How many of its items arrived, in their order.
        tries: How often sending it has failed since something of it last arrived.
        shift: How far its times are moved; None: not decided yet.
        apart: Whether its ids differ from LangChain's own.
        again: Whether only what was refused is sent, once more.
        letters: Whether something of it was refused, whose letters go as it arrives.
    """

    trace: str
    sent: int = 0
    tries: int = 0
    shift: Shift | None = None
    apart: bool = False
    again: bool = False
    letters: bool = False


class Pause(NamedTuple):
    """Until when a place is left alone, after how many failures in a row, and why."""

    until: int = 0
    tries: int = 0
    why: str = ""


class Counts(NamedTuple):
    """How many traces stand how, how many items were refused, and when the oldest waiting began."""

    waiting: int = 0
    sent: int = 0
    skipped: int = 0
    dropped: int = 0
    dead: int = 0
    oldest: int | None = None


def parcel_of(row: Sequence[object], letters: Container[str]) -> Parcel:
    """Return a row of the outbox as a parcel; `letters` are the traces that have some."""
    trace, sent, tries, by, floor, apart = row
    shift = None if by is None else Shift(int(str(by)), int(str(floor or 0)))
    return Parcel(
        trace=str(trace),
        sent=max(int(str(sent)), 0),
        tries=int(str(tries)),
        shift=shift,
        apart=bool(apart),
        again=sent == ONLY_REFUSED,
        letters=str(trace) in letters,
    )
