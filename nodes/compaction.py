"""Keep a conversation within a number of tokens: results become references, turns a summary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.messages import RemoveMessage, SystemMessage
from langchain_core.runnables import Runnable, RunnableConfig

from ..guards.archive import Kept, kept
from ..guards.channel import LedgerState, LedgerUpdate
from ..guards.compaction import STUB, Plan, Sizes, plan
from ..guards.errors import GuardConfigError
from ..guards.facts import ToolSpec
from ..guards.message import read_message
from ..guards.messages import read_new, reread
from ..guards.overflow import COMPACTION, overflows
from ..guards.settings import check_whole, shown
from .acting import Act, Failure, Skip, acting_node
from .asking import Asker
from .reading import read
from .remembering import memory_of
from .repair_report import tell_trace
from .summary import Summary, stub_of, summary_note
from .summing import NOTHING, Summed, Summing
from .token_counts import Count, checked_window, counter_of, lengths_of

EVENT = "holdfast.compaction"
"""The name of the custom event."""
_SHARE = 0.8  # of a model's window that its prompt may have where nobody says
_TARGET = 0.7  # of what is allowed that a prompt is brought down to
_AFTER_OVERFLOW = 0.6  # of a prompt that did not fit that the next one may have
_SUMMARY = 1 / 8  # of what is allowed that a summary may take
_STUB = 100  # tokens of a reference, at most
_CHARACTERS = 3  # for a token, where a text must not be longer than so many tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Compaction:
    """How long the conversations of agents may grow.

    The channel of the messages itself gets shorter; what an app shows of the whole conversation it
    keeps itself, or reads from the thread's earlier checkpoints.

    Attributes:
        tokens: What a prompt may have in all; None: 0.8 of the window that the model's profile
            names. Above it the conversation is brought down to 0.7 of it.
        keep: How many of the latest turns stay whole, at least 1.
        model: The chat model that summarises; None: the agent's own.
        attempts: How often it is asked again for a summary that cannot be read, 0 or more.
        counter: From messages, their tokens; None: the model's own counter where it works
            offline, else four characters a token.

    Raises:
        GuardConfigError: A number is too small, or the model or the counter is none.
    """

    tokens: int | None = None
    keep: int = 8
    model: Any = None
    attempts: int = 1
    counter: Count | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.tokens is not None:
            check_whole("Compaction", 500, tokens=self.tokens)
        check_whole("Compaction", 1, keep=self.keep)
        check_whole("Compaction", 0, attempts=self.attempts)
        if self.model is not None:
            check_model("Compaction", self.model)
        if self.counter is not None and not callable(self.counter):
            raise GuardConfigError(
                f"Compaction(counter={shown(self.counter)}): give a function from messages to "
                "their tokens, or None"
            )


def check_compaction(where: str, given: Any) -> None:
    """Refuse a setting that is no `Compaction`.

    Raises:
        GuardConfigError: It is none.
    """
    if not isinstance(given, Compaction):
        raise GuardConfigError(
            f"{where}(compaction={shown(given)}): give Compaction(tokens=4_000), or None"
        )


def check_model(where: str, model: Any) -> None:
    """Refuse what cannot be asked for a summary.

    Raises:
        GuardConfigError: It has no `invoke`.
    """
    if isinstance(model, type) or not callable(getattr(model, "invoke", None)):
        raise GuardConfigError(
            f"{where}(model={shown(model)}): give a chat model, which has invoke, such as "
            "init_chat_model(...)"
        )


@dataclass(frozen=True, slots=True)
class _Given:
    """What is to leave, found out before anything is asked."""

    state: Any
    history: Sequence[Any]
    plan: Plan
    sizes: Sizes
    derived: LedgerUpdate | None

    def event(self, limit: int) -> dict[str, Any]:
        """Return what a trace is told."""
        chosen = self.plan
        return {
            "references": len(chosen.stubs),
            "summarised": len(chosen.gone),
            "tokens": chosen.tokens,
            "limit": limit,
            "why": chosen.why,
        }


@dataclass(frozen=True, slots=True)
class Compactor:
    """What keeps one agent's conversation short.

    Attributes:
        settings: How short.
        limit: What the prompt may have, in tokens.
        model: The model that summarises.
        asker: Who asks it, within which budgets.
        count: From messages, their tokens.
        messages: The channel of the messages.
        fixed: Tokens beside the messages and the pins.
        specs: The tools by name.
        derive: Whether steps are read off the messages first.
        fetch: Whether results can be fetched back.
        actor: The agent, whose pins are counted.
        pinned: State fields that its prompt shows.
    """

    settings: Compaction
    limit: int
    model: Any
    asker: Asker
    count: Count
    messages: str = "messages"
    fixed: int = 0
    specs: Mapping[str, ToolSpec] = field(default_factory=dict)
    derive: bool = False
    fetch: bool = True
    actor: str = ""
    pinned: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        settings: Compaction,
        model: Any,
        asker: Asker,
        *,
        messages: str = "messages",
        specs: Mapping[str, ToolSpec] | None = None,
        system: str = "",
        actor: str = "",
        pinned: Sequence[str] = (),
    ) -> "Compactor":
        """Return what keeps the conversation of a model short.

        Raises:
            GuardConfigError: Nobody says how many tokens there may be.
        """
        limit = checked_window(model, settings.tokens, _SHARE, "compaction")
        count = settings.counter or counter_of(model)
        shown = [str(one.parameters) + one.description for one in (specs or {}).values()]
        fixed = count([SystemMessage("\n".join([system, *shown]))]) if system or shown else 0
        asks = replace(asker, actor=COMPACTION)
        return cls(
            settings, limit, settings.model or model, asks, count, messages, fixed,
            specs or {}, actor=actor, pinned=tuple(pinned),
        )  # fmt: skip

    def node(self, schema: type) -> Runnable[Any, Any]:
        """Return the node, which reads the channels of a schema."""
        return acting_node(
            COMPACTION, schema, Act(self.prepare, self._call, self._acall, self.finish)
        )

    def prepare(self, state: Any, config: RunnableConfig) -> Any:
        """Find out what is to leave. Cost: one count of the messages."""
        history = list(read(state, self.messages) or [])
        stored: LedgerState = read(state, "ledger") or LedgerState()
        found = [read_message(item) for item in history]
        lengths = lengths_of(history, self.count)
        sizes = self.sizes(state, lengths)
        chosen = plan(found, lengths, sizes, keep=self._keep(stored))
        if chosen.is_empty or not _have_ids(history, chosen):
            return Skip({})
        derived = self._derived(history, stored) if self.derive else None
        return _Given(state, history, chosen, sizes, derived)

    def sizes(self, state: Any, lengths: Sequence[int]) -> Sizes:
        """Return how long things may be: less after a prompt that did not fit."""
        memory = memory_of(state, actor=self.actor, pinned=self.pinned)
        fixed = self.fixed + (self.count([SystemMessage(memory)]) if memory else 0)
        limit = self.limit
        if overflows(read(state, "ledger")):
            limit = min(limit, int((fixed + sum(lengths)) * _AFTER_OVERFLOW))
        return Sizes(limit, int(limit * _TARGET), fixed, _STUB, max(int(limit * _SUMMARY), 150))

    def _keep(self, stored: LedgerState) -> int:
        return 1 if overflows(stored) else self.settings.keep

    def _derived(self, history: Sequence[Any], stored: LedgerState) -> LedgerUpdate | None:
        now, prices = self.asker.clock(), self.asker.prices
        return read_new(history, stored, tools=self.specs, prices=prices, now=now)[0]

    def _call(self, given: "_Given", config: RunnableConfig) -> Summed:
        tell_trace(config, given.event(self.limit), EVENT)
        return self._summing(given).run(given.state, config) if given.plan.gone else NOTHING

    async def _acall(self, given: "_Given", config: RunnableConfig) -> Summed:
        tell_trace(config, given.event(self.limit), EVENT)
        return await self._summing(given).arun(given.state, config) if given.plan.gone else NOTHING

    def _summing(self, given: "_Given") -> Summing:
        gone = [given.history[place] for place in given.plan.gone]
        settings = self.settings
        return Summing(self.asker, self.model, gone, given.sizes.summary, settings.attempts)

    def finish(self, state: Any, given: "_Given", outcome: Any, seconds: float) -> dict[str, Any]:
        """Return what leaves, what stands in its place, and where the originals are kept."""
        summed = NOTHING if isinstance(outcome, Failure) else outcome
        changed = self._changed(given, summed.summary)
        removed = set(given.plan.gone[1:])
        now = [
            changed.get(place, item)
            for place, item in enumerate(given.history)
            if place not in removed
        ]
        parts: list[LedgerUpdate] = [given.derived] if given.derived else []
        parts.extend(summed.charged)
        if self.derive:
            parts.append({"cursor": reread(now)})
        gone = [RemoveMessage(id=given.history[place].id) for place in sorted(removed)]
        update: dict[str, Any] = {self.messages: [*changed.values(), *gone]}
        if summed.verdicts:
            update["verdicts"] = list(summed.verdicts)
        if originals := _originals(given):
            update["archive"] = originals
        return {**update, "ledger": parts} if parts else update

    def _changed(self, given: "_Given", summary: Summary | None) -> dict[int, Any]:
        """Return the messages that take the places of others, with the ids of those."""
        places = given.plan.gone
        gone = [given.history[place] for place in places]
        most = given.sizes.summary * _CHARACTERS
        changed = {n: stub_of(given.history[n], fetch=self.fetch) for n in given.plan.stubs}
        if gone:
            named = gone[0].id
            changed[places[0]] = summary_note(
                summary, gone, most=most, fetch=self.fetch, message_id=named
            )
        return changed


def _have_ids(history: Sequence[Any], chosen: Plan) -> bool:
    return all(getattr(history[place], "id", None) for place in (*chosen.stubs, *chosen.gone))


def _originals(given: "_Given") -> dict[str, Kept]:
    """Return the results that leave, by the ids of their calls."""
    found: dict[str, Kept] = {}
    for place in (*given.plan.gone, *given.plan.stubs):
        message = read_message(given.history[place])
        if message.role == "tool" and message.call_id and message.mark != STUB:
            found[message.call_id] = kept(message.name or "tool", message.text)
    return found
