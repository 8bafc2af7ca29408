"""Ask a model within the budgets: admitted before, charged after, whatever comes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.runnables import RunnableConfig

from ..guards.admission import Admission, admit
from ..guards.budget import Budget
from ..guards.channel import LedgerState, LedgerUpdate, add_spend, spend_of, view
from ..guards.digest import canonical
from ..guards.guard import Guard, Policy, raised
from ..guards.ledger import Ledger, Spend
from ..guards.message import read_message
from ..guards.messages import estimate_tokens
from ..guards.prices import Prices
from .acting import Act, Failure, Skip
from .judging import Clock, Judges, news_of
from .model_step import failed_update, model_update
from .reading import read
from .reservations import Reservations

Finish = Callable[[Any, Any, list[LedgerUpdate]], dict[str, Any]]
"""From the state, the reply (or a `Failure`) and what it adds to the ledger, the node's update."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A model call that was admitted.

    Attributes:
        messages: The prompt.
        limits: Keyword arguments of the call: `max_tokens` where a budget sets it.
        tokens: An estimate of the prompt's tokens.
        ticket: Its name among the reservations.
    """

    messages: list[Any]
    limits: dict[str, Any]
    tokens: int
    ticket: str


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks models, and under which budgets.

    Attributes:
        actor: Who.
        judges: The guards of the run; its budgets are asked before each call.
        clock: Unix time in seconds.
        reservations: What parallel branches hold.
    """

    actor: str
    judges: Judges
    clock: Clock
    reservations: Reservations = field(default_factory=Reservations)

    @classmethod
    def of(
        cls,
        actor: str,
        guards: Sequence[Guard],
        policy: Policy | None,
        clock: Clock,
        reservations: Reservations | None = None,
    ) -> "Asker":
        """Return an asker; see the attributes."""
        judges = Judges.of(guards, policy)
        return cls(actor, judges, clock, reservations or Reservations())

    @property
    def budgets(self) -> list[Budget]:
        """The budgets among the guards."""
        return [guard for guard in self.judges.guards if isinstance(guard, Budget)]

    @property
    def prices(self) -> Prices | None:
        """What the models' tokens cost."""
        return self.judges.prices

    def act(
        self,
        model: Callable[[Any], Any],
        prompt: Callable[[Any], list[Any]],
        finish: Finish,
        *,
        last_word: bool = False,
        shorter: Callable[[Any], list[Any]] | None = None,
    ) -> Act:
        """Return the parts of a node that asks a model.

        Args:
            model: From the state, the model to ask.
            prompt: From the state, the messages to send.
            finish: What the node makes of the reply.
            last_word: Whether this is the wrap-up turn.
            shorter: A shorter prompt, tried when the budget refuses the first.
        """

        def prepare(state: Any, _: RunnableConfig) -> Any:
            asked = self._admitted(state, model(state), prompt(state), last_word)
            if isinstance(asked, Skip) and shorter is not None:
                asked = self._admitted(state, model(state), shorter(state), last_word)
            return asked if isinstance(asked, Skip) else (model(state), asked)

        def call(given: Any, config: RunnableConfig) -> Any:
            chosen, asked = given
            return chosen.invoke(asked.messages, config, **asked.limits)

        async def acall(given: Any, config: RunnableConfig) -> Any:
            chosen, asked = given
            return await chosen.ainvoke(asked.messages, config, **asked.limits)

        def done(state: Any, given: Any, outcome: Any, seconds: float) -> dict[str, Any]:
            ledger = self._charged(state, given[1], outcome, seconds)
            return finish(state, outcome, [ledger])

        return Act(prepare, call, acall, done)

    def _admitted(self, state: Any, model: Any, messages: list[Any], last_word: bool) -> Any:
        budgets = self.budgets
        if not budgets:
            return Asked(messages, {}, 0, "")
        tokens = prompt_tokens(messages)
        stored: LedgerState = read(state, "ledger") or LedgerState()
        now = self.clock()
        ledger = view(stored, now=now, caps=read(state, "allowance") or {})
        ticket = f"model:{stored.get('n', 0)}:{self.actor}"

        def decide(others: Spend) -> tuple[Admission, Spend]:
            admission = admit(
                budgets,
                with_others(ledger, others),
                prompt_tokens=tokens,
                model=model_name(model),
                last_word=last_word,
            )
            return admission, admission.reserve

        pool, branch = read(state, "pool") or "", read(state, "branch") or ""
        admission = self.reservations.hold(pool, branch, ticket, decide)
        if admission.refusal is None:
            limits = {} if admission.max_tokens is None else {"max_tokens": admission.max_tokens}
            return Asked(messages, limits, tokens, ticket)
        verdict = raised(admission.refusal, self.judges.policy)
        fresh = news_of([verdict], read(state, "verdicts"), stored, now)
        return Skip({"verdicts": fresh, "rung": verdict["action"]})

    def _charged(self, state: Any, asked: Asked, outcome: Any, seconds: float) -> LedgerUpdate:
        branch = read(state, "branch") or ""
        if isinstance(outcome, Failure):
            update = failed_update(
                outcome.error,
                asked.messages,
                actor=self.actor,
                branch=branch,
                seconds=seconds,
            )
        else:
            update = model_update(
                outcome,
                asked.messages,
                actor=self.actor,
                branch=branch,
                seconds=seconds,
                prices=self.prices,
            )
        if pool := read(state, "pool"):
            self.reservations.settle(pool, branch, asked.ticket, spend_of(update["steps"]))
        return update


def with_others(ledger: Ledger, others: Spend) -> Ledger:
    """Return a view in which what the siblings hold is spent already."""
    return replace(
        ledger, spent=add_spend(ledger.spent, others), thread=add_spend(ledger.thread, others)
    )


def prompt_tokens(messages: Sequence[Any]) -> int:
    """Return about how many tokens a prompt has: four characters a token, calls included."""
    characters = 0
    for item in messages:
        message = read_message(item)
        characters += len(message.text)
        characters += sum(len(canonical(call.args)) + len(call.name) for call in message.calls)
    return estimate_tokens(characters)


def model_name(model: Any) -> str:
    """Return the name of a model, by which prices are found; empty when it tells none."""
    for holder in (model, getattr(model, "bound", None)):
        for name in ("model_name", "model"):
            found = getattr(holder, name, None)
            if isinstance(found, str):
                return found
    return ""
