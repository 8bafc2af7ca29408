"""Model calls that died with their process: they were paid for, and are charged on resume."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from time import time_ns
from typing import Any, NamedTuple, Self

from langchain_core.runnables import RunnableConfig

from ..guards.channel import LedgerUpdate
from .acting import Failure, goes_up
from .call_record import CallRecord
from .passage import off_the_loop

_RESUMING = "__pregel_resuming"  # where LangGraph tells a task that it may have run before


class Spoken(NamedTuple):
    """What a model said, and what earlier attempts that nobody heard of cost."""

    outcome: Any
    lost: list[LedgerUpdate]


@dataclass(frozen=True, slots=True)
class Attempts:
    """The model calls of one task, noted as each begins.

    Cost: one write of the checkpointer for each call, and a look after a resume.

    Attributes:
        record: Where they are noted.
        is_resumed: Whether there may be some of a process that died.
    """

    record: CallRecord
    is_resumed: bool

    @classmethod
    def of(cls, config: RunnableConfig, actor: str) -> Self | None:
        """Return the attempts of a task; None where nothing would outlive the process."""
        record = CallRecord.of(config, f"model {actor}")
        known: Mapping[str, Any] = config.get("configurable") or {}
        return cls(record, bool(known.get(_RESUMING))) if record else None

    def begin(
        self, cost: LedgerUpdate, *, is_first: bool = True, known: int = 0
    ) -> list[LedgerUpdate]:
        """Note that a call begins, and return what those cost that died with their process.

        Args:
            cost: What it is taken to cost, should nobody hear of its end.
            is_first: Whether it is the first of its turn.
            known: How many of the last ones this process knows itself, and has charged.
        """
        lost: list[LedgerUpdate] = []
        with suppress(NotImplementedError):  # some savers are async only, and then it is not noted
            if is_first and self.is_resumed:
                found = self.record.now()
                lost = [entry["update"] for entry in found[: max(len(found) - known, 0)]]
            self.record.saver.put_writes(*self.record.row(time_ns(), "begun", cost))
        return lost

    def say(self, cost: LedgerUpdate, call: Callable[[], Any]) -> Any:
        """Make a call; a `Spoken` comes back where earlier ones were lost."""
        lost = self._at(cost).begin(cost)
        if not lost:
            return call()
        try:
            return Spoken(call(), lost)
        except Exception as error:
            if goes_up(error):
                raise
            return Spoken(Failure(error), lost)

    def _at(self, cost: LedgerUpdate) -> Self:
        """Return the attempts at one prompt; a task may ask the same actor several things."""
        name = f"{self.record.call} {cost['steps'][0]['tokens_in']}"
        return replace(self, record=replace(self.record, call=name))

    async def asay(self, cost: LedgerUpdate, call: Callable[[], Awaitable[Any]]) -> Any:
        """Make a call, awaited."""
        lost = await off_the_loop(False, self._at(cost).begin, cost)
        if not lost:
            return await call()
        try:
            return Spoken(await call(), lost)
        except Exception as error:
            if goes_up(error):
                raise
            return Spoken(Failure(error), lost)


def heard(outcome: Any) -> Spoken:
    """Return what a model said, apart from what was lost."""
    return outcome if isinstance(outcome, Spoken) else Spoken(outcome, [])
