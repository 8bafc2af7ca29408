"""What one turn of an agent adds to its state, from the first word to the last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.runnables import RunnableConfig

from ..guards.channel import LedgerState, LedgerUpdate, extend_ledger, gained, view
from ..guards.digest import digest
from ..guards.facts import ToolSpec
from ..guards.guard import Given
from ..guards.ledger import Ledger, Source, no_spend
from ..guards.sources import Sources
from ..guards.verdict import Action, Verdict
from .judging import Clock, news_of
from .pulse import Beat, Invocations, waited_until
from .remembering import sources_of
from .sharing import Share, lent

PULSE, PASSED, RUN = "holdfast_pulse", "holdfast_passed", "holdfast_run"


@dataclass(slots=True)
class Book:
    """What a turn was given, and what it has added so far.

    Attributes:
        state: The agent's state as the turn began.
        config: The turn's.
        clock: Unix time in seconds.
        by: The invocation.
        began: When the turn began.
        ledger: The ledger with what was added.
        share: What an outer agent lends, or None.
        context: What the model is shown beside the messages.
        waited: Seconds of waiting before the turn that the ledger was told of in it.
        parts: What was added to the ledger.
        verdicts: The new ones.
        messages: What is added before the model's reply.
        told: Messages that the model is shown and that are not kept.
        calls: Calls of the model made in the turn.
        charges: What model calls have added to the ledger, and what earlier attempts left.
        passed: The tool calls that may run; see `call_key`.
        decision: What a person decided, or empty.
        rung: The rung that the next turn begins with.
        ending: How the run ended, or None.
    """

    state: Mapping[str, Any]
    config: RunnableConfig
    clock: Clock
    by: str
    began: float
    ledger: LedgerState
    share: Share | None = None
    waited: float = 0.0
    parts: list[LedgerUpdate] = field(default_factory=list)
    verdicts: list[Given] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    context: tuple[Source, ...] = ()
    calls: int = 0
    charges: list[LedgerUpdate] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    decision: str = ""
    rung: Action = "none"
    ending: str | None = None

    @classmethod
    def open(
        cls,
        state: Mapping[str, Any],
        config: RunnableConfig,
        clock: Clock,
        invocations: Invocations,
        *,
        left: Sequence[LedgerUpdate] = (),
    ) -> "Book":
        """Open the book of a turn.

        Args:
            state: The agent's state.
            config: The turn's.
            clock: Unix time in seconds.
            invocations: Names for the invocations.
            left: What earlier attempts could not write.
        """
        by, began = invocations.name(config), clock()
        waited = waited_until(state.get(PULSE), by, began)
        stored: LedgerState = state.get("ledger") or LedgerState()
        book = cls(state, config, clock, by, began, stored, lent(config), waited)
        if waited:
            book.add({"spent": {**no_spend(), "waited": waited}})
        book.charge(*left)
        return book

    def add(self, *updates: LedgerUpdate) -> None:
        """Add to the ledger."""
        self.parts.extend(updates)
        self.ledger = extend_ledger(self.ledger, [list(updates)])

    def charge(self, *updates: LedgerUpdate) -> None:
        """Add what calls of models have cost."""
        self.charges.extend(updates)
        self.add(*updates)

    def find(self, verdicts: Iterable[Verdict]) -> list[Given]:
        """Keep the verdicts that are news, and return them."""
        known = [*(self.state.get("verdicts") or ()), *self.verdicts]
        fresh = news_of(verdicts, known, self.ledger, self.clock())
        self.verdicts.extend(fresh)
        return fresh

    def take(self, update: Mapping[str, Any]) -> None:
        """Take a node's update."""
        self.add(*update.get("ledger", ()))
        self.verdicts.extend(update.get("verdicts", ()))
        self.messages.extend(update.get("messages", ()))
        self.rung = update.get("rung", self.rung)
        self.ending = update.get("ending", self.ending)
        self.decision = update.get("decision", self.decision)

    def seen(self) -> dict[str, Any]:
        """Return the state as it stands in the middle of the turn."""
        share = self.share
        lent_out: dict[str, Any] = {}
        if share is not None:
            lent_out = {
                "pool": share.pool,
                "branch": share.branch,
                "allowance": dict(share.allowance),
            }
        return {
            **self.state,
            **lent_out,
            "ledger": self.ledger,
            "verdicts": [*(self.state.get("verdicts") or ()), *self.verdicts],
            "messages": [*self.state["messages"], *self.messages],
        }

    def view(self, tools: Mapping[str, ToolSpec] | None) -> Ledger:
        """Return the ledger as guards see it."""
        caps = self.share.allowance if self.share else {}
        messages = [*self.state["messages"], *self.messages]
        sources = Sources(messages, first=[*self.context, *sources_of(self.state)])
        return view(self.ledger, tools=tools, now=self.clock(), caps=caps, sources=sources)

    def turn_update(self) -> dict[str, Any]:
        """Return what a turn of the model writes beside its messages."""
        self.tell()
        found: dict[str, Any] = {"ledger": self.parts, "verdicts": self.verdicts}
        kept = {name: value for name, value in found.items() if value}
        own = {PULSE: self._beat(self.waited), PASSED: self.passed, "decision": self.decision}
        return {**kept, **own, "rung": self.rung, "ending": self.ending}

    def tell(self) -> None:
        """Tell an outer agent all that was done so far."""
        if self.share is not None:
            self.share.tell(self._run, gained(self.ledger))

    def call_update(self, call_id: str) -> dict[str, Any]:
        """Return what a tool call writes beside its messages; others may run beside it."""
        parts = self.parts[1:] if self.waited else self.parts  # the next turn tells of the waiting
        if self.share is not None:
            only: Any = extend_ledger({}, [parts])
            self.share.tell(self._run, gained(only), call_id)
        found: dict[str, Any] = {"ledger": parts, "verdicts": self.verdicts}
        kept = {name: value for name, value in found.items() if value}
        return {**kept, PULSE: self._beat(0.0)}

    @property
    def _run(self) -> str:
        return self.state.get(RUN) or ""

    def _beat(self, told: float) -> Beat:
        return Beat(began=self.began, at=self.clock(), by=self.by, told=told)


def call_key(call: Any) -> str:
    """Return what a tool call that may run is known by: another one has another."""
    return f"{call['id']}:{digest([call['name'], call['args']])}"
