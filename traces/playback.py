"""Play a recorded run again, as a guard would have seen it live."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..guards.channel import DONE_KEPT, RECENT, spend_of
from ..guards.facts import ToolSpec
from ..guards.ledger import Done, Ledger, Spend, Step, no_spend
from ..guards.message import Message, read_message
from ..guards.messages import Reader
from ..guards.prices import Prices
from ..guards.sources import Sources


@dataclass(slots=True)
class Playback:
    """Reads the messages of one recorded run, and keeps the ledger it would have had.

    Attributes:
        tools: The tools by name, or None when nobody said.
        prices: What the models' tokens cost.
        n: Number of the last step.
        after: Number of the last step before the current run; a person's message begins a run.
        messages: How many messages have been read.
        last: The last message, or None before the first.
    """

    tools: Mapping[str, ToolSpec] | None = None
    prices: Prices | None = None
    n: int = 0
    after: int = 0
    messages: int = 0
    last: Message | None = None
    _said: list[Any] = field(default_factory=list)
    _steps: list[Step] = field(default_factory=list)
    _recent: list[Step] = field(default_factory=list)
    _done: dict[str, Done] = field(default_factory=dict)
    _spent: Spend = field(default_factory=no_spend)
    _thread: Spend = field(default_factory=no_spend)

    def views(
        self, messages: Iterable[Any], people: Mapping[int, Sequence[Step]] = MappingProxyType({})
    ) -> Iterator[Ledger]:
        """Yield the view of the run after each step: before tools with the calls proposed.

        A view holds until the next one is asked for; its steps and totals grow in place, which
        keeps the cost of a step the same however long the run is.

        Args:
            messages: The run's messages, oldest first.
            people: What people did between them, by how many messages came before; each becomes
                a step, from which guards count anew, as they do live.

        Raises:
            MessageError: An item is no message.
        """
        reader = Reader(self.tools, self.prices)
        for item in messages:
            for did in people.get(self.messages, ()):
                self._add({**did}, 0)
            message = self.last = read_message(item)
            self.messages += 1
            self._said.append(item)
            update = reader.read(message)
            if "begin" in update:
                self._begin()
            for step in update.get("steps", ()):
                self._add(step, update.get("unpriced", 0))
                for done in update.get("done", ()):
                    self._complete(done)
                yield self._view(message)

    def _begin(self) -> None:
        self.after = self.n
        self._steps = []
        self._spent = no_spend()

    def _add(self, step: Step, unpriced: int) -> None:
        self.n += 1
        step["n"] = self.n
        for kept in (self._steps, self._recent):
            kept.append(step)
            if len(kept) > RECENT:
                del kept[0]
        cost = spend_of((step,))
        cost["unpriced"] = unpriced
        for total in (self._spent, self._thread):
            for name, amount in cost.items():
                if amount:
                    total[name] += amount  # type: ignore[literal-required]

    def _complete(self, done: Done) -> None:
        before = self._done.pop(done["key"], None)  # done again: it is the newest now
        self._done[done["key"]] = {**done, "n": self.n}
        times = before.get("times", 1) + (before["call_id"] != done["call_id"]) if before else 1
        if times > 1:
            self._done[done["key"]]["times"] = times
        if len(self._done) > DONE_KEPT:
            del self._done[next(iter(self._done))]

    def _view(self, message: Message) -> Ledger:
        speaks = message.role == "assistant"
        return Ledger(
            steps=self._steps,
            done=self._done,
            spent=self._spent,
            proposed=message.calls if speaks else (),
            answer=message.text if speaks and not message.calls else None,
            sources=Sources(self._said),
            tools=self.tools,
            thread=self._thread,
            recent=self._recent,
        )
