"""What carries items to one place: how they are made, and what its answers mean."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from .runs import Recorded
from .shifts import Shift

Outcome = Literal["accepted", "known", "refused", "absent", "later", "closed"]
"""`known`: it was there before. `refused`: this will never be taken. `absent`: what it belongs to
is not there yet. `later`: the place is down or busy. `closed`: nothing is taken until somebody
mends the key, the address or the rights."""

_REFUSED = frozenset({400, 413, 422})
_LATER = frozenset({408, 425, 429})
_LOOK_AT = {401: "key", 403: "key and its rights", 404: "address", 405: "address"}
_KNOWN = 409
_ABSENT = 404


class Answer(NamedTuple):
    """What came of a request.

    Attributes:
        outcome: What it means for the items.
        status: The HTTP status; 0 if there was none.
        why: What the other side said, bounded.
        after: How many seconds it asks to be left alone, or None.
    """

    outcome: Outcome
    status: int = 0
    why: str = ""
    after: float | None = None


class Packed(NamedTuple):
    """An item as it is sent.

    Attributes:
        kind: What it is; items of one kind go together.
        id: Its id there.
        body: Its bytes.
        is_about: Whether it is about items that are not such, and goes after all of them.
    """

    kind: str
    id: str
    body: bytes
    is_about: bool = False


class Courier(Protocol):
    """Carries items to one place."""

    @property
    def place(self) -> str:
        """What the place is called: kind, address, project. The same in every process."""
        ...

    def pack(self, recorded: Recorded, shift: Shift, *, apart: bool) -> Iterator[Packed]:
        """Yield the items of a trace, in an order that is always the same."""
        ...

    def together(self, kind: str) -> int:
        """Return how many items of a kind may go in one request."""
        ...

    def send(self, kind: str, bodies: Sequence[bytes]) -> Answer:
        """Send items of one kind, once; never raises for what the network or the place does."""
        ...

    def shown(self, body: bytes) -> str:
        """Return what was sent as a text, for people and for keeping."""
        ...

    def close(self) -> None:
        """End its connections."""
        ...


def meaning(status: int) -> Outcome:
    """Return what an HTTP status says of the items of a request; 0 stands for no answer."""
    if 200 <= status < 300:
        return "accepted"
    if status == _KNOWN:
        return "known"
    if status in _REFUSED:
        return "refused"
    if status == _ABSENT:
        return "absent"
    if status == 0 or status in _LATER or status >= 500:
        return "later"
    return "closed"


def said_by(status: int) -> str:
    """Return an HTTP status for people, with what to look at where that helps; 0 is no answer."""
    what = _LOOK_AT.get(status)
    return f"{status}, look at the {what}" if what else str(status or "no answer")


def command_for(store: Path, place: str, *more: str) -> str:
    """Return the command that goes on with what waits for a place, ready for a shell.

    Without address and project it would send all that is there to another place.

    Args:
        store: The store's file.
        place: What a courier calls its place.
        more: What else stands in the command.
    """
    kind, _, rest = place.partition(" ")
    address, _, project = rest.partition(" ")
    named = [*(["--to", kind] if kind != "langsmith" else []), "--endpoint", address]
    named += ["--project", project] if project else []
    return shlex.join(["holdfast", "trace", "export", str(store), *named, *more])
