"""Decide what leaves a conversation that has grown too long. Pure: sizes in, places out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from .ledger import done_key
from .message import Message

STUB = "stub"
"""The mark of a result that was replaced by a reference."""
SUMMARY = "summary"
"""The mark of the note that stands for messages that were left out."""
_PERSON = "human"  # the mark of a person's words, which stay


@dataclass(frozen=True, slots=True)
class Sizes:
    """How long things are, and may be, in tokens.

    Attributes:
        limit: What the prompt may have in all.
        target: What it is brought down to when it has more; at most the limit.
        fixed: What stands in the prompt beside the messages.
        stub: What a reference to a result takes.
        summary: What a summary may take.
    """

    limit: int
    target: int
    fixed: int = 0
    stub: int = 100
    summary: int = 1_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What leaves a conversation.

    Attributes:
        stubs: Places of the results that are replaced by references, in order.
        gone: Places of the messages that a summary will stand for, in order.
        tokens: What the prompt will have then, at most.
        why: Why that is more than the limit; empty when it fits.
    """

    stubs: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()
    tokens: int = 0
    why: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing leaves."""
        return not self.stubs and not self.gone


def plan(
    messages: Sequence[Message], lengths: Sequence[int], sizes: Sizes, *, keep: int = 8
) -> Plan:
    """Say what leaves a conversation, so that it fits.

    Results go first, replaced by a reference: those that a later result of the same call
    supersedes, then the oldest. If that is not enough, the oldest turns are summarised. System
    messages, the user's last request, what a person said, calls that wait for their results and
    the latest turns stay; if they alone do not fit, their results give way too, but for those of
    the last turn. A call and its results stay or go together.

    Args:
        messages: The conversation, oldest first.
        lengths: Their lengths in tokens, same order.
        sizes: What they may have.
        keep: How many of the latest turns stay whole: a turn is a user's message, or a model's
            with the results of its calls.
    """
    total = sizes.fixed + sum(lengths)
    if total <= sizes.limit:
        return Plan(tokens=total)
    work = _Work(messages, list(lengths), sizes, total)
    work.units = list(_units(messages))
    border = _border(work.units, messages, keep)
    work.shorten(work.results(0, border), sizes.target)
    if work.total > sizes.limit:
        work.leave_out(border)
    if work.total > sizes.limit:
        last = work.units[-1][0] if work.units else 0
        work.shorten(work.results(border, last), sizes.limit)
    found = Plan(tuple(sorted(work.stubs - work.gone)), tuple(sorted(work.gone)), work.total)
    return found if work.total <= sizes.limit else replace(found, why=work.why(keep))


@dataclass(slots=True)
class _Work:
    messages: Sequence[Message]
    lengths: list[int]
    sizes: Sizes
    total: int

    units: list[tuple[int, int]] = field(default_factory=list)
    stubs: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)

    def results(self, begin: int, end: int) -> list[int]:
        """Return the places of results that a reference can stand for, the best first."""
        old = _superseded(self.messages)
        found = [
            place
            for place in range(begin, end)
            if self.messages[place].role == "tool"
            and self.messages[place].mark != STUB
            and self.messages[place].call_id
            and self.lengths[place] > self.sizes.stub
            and place not in self.gone
        ]
        return sorted(found, key=lambda place: (place not in old, place))

    def shorten(self, places: Sequence[int], target: int) -> None:
        """Replace results by references until the target is reached."""
        for place in places:
            if self.total <= target:
                return
            self.total -= self.lengths[place] - self.sizes.stub
            self.lengths[place] = self.sizes.stub
            self.stubs.add(place)

    def leave_out(self, border: int) -> None:
        """Leave the oldest turns out, where a summary is shorter than they are."""
        staying = _staying(self.messages)
        chosen: list[int] = []
        saved = -self.sizes.summary
        for begin, end in self.units:
            inside = range(begin, end)
            if begin >= border or self.total - saved <= self.sizes.target:
                break
            if not any(place in staying for place in inside):
                chosen.extend(inside)
                saved += sum(self.lengths[place] for place in inside)
        if saved > 0:
            self.gone.update(chosen)
            self.total -= saved

    def why(self, keep: int) -> str:
        """Return why what stays does not fit."""
        return (
            f"What has to stay takes {self.total:,} tokens, and {self.sizes.limit:,} are allowed: "
            f"{self.sizes.fixed:,} beside the messages, the rest the last {keep} turns, the "
            "request and what waits for results. Allow more tokens, or keep fewer turns."
        )


def _units(messages: Sequence[Message]) -> Iterator[tuple[int, int]]:
    """Yield the parts that stay or go as a whole, as begin and end: a call with its results."""
    answers = {message.call_id: place for place, message in enumerate(messages) if message.call_id}
    begin = 0
    while begin < len(messages):
        end, place = begin + 1, begin
        while place < end:
            for call in messages[place].calls:
                end = max(end, answers.get(call.id, place) + 1)
            place += 1
        yield begin, end
        begin = end


def _border(units: Sequence[tuple[int, int]], messages: Sequence[Message], keep: int) -> int:
    """Return where the latest turns begin."""
    turns = [begin for begin, _ in units if _is_turn(messages[begin])]
    return turns[-keep] if 0 < keep <= len(turns) else 0 if keep else len(messages)


def _is_turn(message: Message) -> bool:
    return message.role == "assistant" or (message.role == "user" and not message.mark)


def _staying(messages: Sequence[Message]) -> set[int]:
    """Return the places of what is never left out."""
    answered = {message.call_id for message in messages if message.role == "tool"}
    asked = [n for n, one in enumerate(messages) if one.role == "user" and not one.mark]
    staying = {
        place
        for place, message in enumerate(messages)
        if message.role == "system"
        or message.mark == _PERSON
        or any(call.id not in answered for call in message.calls)
    }
    return staying | set(asked[-1:])


def _superseded(messages: Sequence[Message]) -> set[int]:
    """Return the places of results whose call was made again later, and answered well."""
    calls = {call.id: call for message in messages for call in message.calls if call.id}
    newest: set[str] = set()
    old: set[int] = set()
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        call = calls.get(message.call_id) if message.role == "tool" else None
        if call is None:
            continue
        key = done_key(call.name, call.args)
        if key in newest:
            old.add(place)
        elif not message.failed:
            newest.add(key)
    return old
