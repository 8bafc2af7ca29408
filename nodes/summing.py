"""Ask a model for a summary, within the budgets, again where its reply cannot be read."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig

from ..guards.channel import LedgerUpdate, extend_ledger
from ..guards.guard import Given
from ..guards.reply import Reply
from .acting import Act, Failure, Turn
from .asking import Asker
from .pending import Pending, Wanted, notes
from .reading import read
from .repairing import Repairing
from .summary import Summary, summary_prompt

_READ = ("ledger", "verdicts", "allowance", "pool", "branch")  # what an asker reads of a state
_WORDS = 0.6  # words for a token
_CHARACTERS = 3  # characters of the record for a token that a summary of it may have
_TIMES = 8  # how much longer the record may be than its summary


@dataclass(frozen=True, slots=True)
class Summed:
    """What a model made of what leaves, and what that cost.

    Attributes:
        summary: The summary, or None.
        charged: What the calls add to the ledger.
        verdicts: What budgets could not judge.
    """

    summary: Summary | None = None
    charged: tuple[LedgerUpdate, ...] = ()
    verdicts: tuple[Given, ...] = ()


NOTHING = Summed()
"""No summary, and nothing spent."""


@dataclass(frozen=True, slots=True)
class Summing:
    """A summary that is wanted.

    Attributes:
        asker: Who asks, and within which budgets.
        model: The chat model.
        gone: The messages.
        tokens: How long it may be.
        attempts: How often the model is asked again.
    """

    asker: Asker
    model: Any
    gone: Sequence[Any]
    tokens: int
    attempts: int

    def run(self, state: Any, config: RunnableConfig) -> Summed:
        """Ask."""
        steps = self._steps(state)
        act, seen = next(steps)
        while True:
            try:
                act, seen = steps.send(Turn(act).run(seen, config))
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]

    async def arun(self, state: Any, config: RunnableConfig) -> Summed:
        """Ask, awaited."""
        steps = self._steps(state)
        act, seen = next(steps)
        while True:
            try:
                act, seen = steps.send(await Turn(act).arun(seen, config))
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]

    def _steps(self, state: Any) -> Generator[tuple[Act, Any], Mapping[str, Any], Summed]:
        """Yield what is to be asked, and take what came; at most `attempts` + 1 times."""
        words, shown = int(self.tokens * _WORDS), self.tokens * _CHARACTERS * _TIMES
        prompt = summary_prompt(self.gone, words=words, characters=shown)
        repairing = Repairing(Wanted(Summary), self.attempts)
        known = {name: read(state, name) for name in _READ}
        charged: list[LedgerUpdate] = []
        pending: Pending | None = None
        while True:
            seen = {**known, "ledger": extend_ledger(known["ledger"], [charged])}
            update = yield self._act([*prompt, *notes(pending)]), seen
            charged.extend(update.get("ledger", ()))
            reply = update.get("reply")
            if reply is None or isinstance(reply, Failure):  # refused by a budget, or it failed
                return Summed(None, tuple(charged), tuple(update.get("verdicts", ())))
            taken = repairing.take(pending, Reply.of(reply))
            pending = taken.pending
            if pending is None:
                found = taken.repaired.value if taken.repaired else None
                return Summed(found, tuple(charged))

    def _act(self, prompt: list[Any]) -> Act:
        return self.asker.act(lambda _: self.model, lambda _: prompt, _replied)


def _replied(_: Any, outcome: Any, ledger: list[LedgerUpdate]) -> dict[str, Any]:
    return {"reply": outcome, "ledger": ledger}
