"""Ask a model within the budgets: admitted before, charged after, whatever comes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.runnables import RunnableConfig

from ..guards.admission import Admission, admit
from ..guards.budget import Budget
from ..guards.channel import LedgerState, LedgerUpdate, spend_of, view
from ..guards.context import ContextGuard
from ..guards.errors import BackendError
from ..guards.guard import Given, Guard, Policy, raised
from ..guards.ledger import Ledger, Spend, no_spend
from ..guards.prices import Prices
from ..guards.settings import check_clock
from ..guards.verdict import Verdict, severity
from . import told
from .accounts import is_of_period
from .acting import Act, Failure, Skip
from .attempts import Attempts, heard
from .holdings import Claim, Holdings, unreachable
from .judging import Clock, Judges, news_of
from .model_step import LostCallError, failed_update, model_update
from .passing import tell_passed
from .reading import read
from .token_counts import counter_of, prompt_of, prompt_tokens, window_of

Finish = Callable[[Any, Any, list[LedgerUpdate]], dict[str, Any]]
"""From the state, the reply (or a `Failure`) and what it adds to the ledger, the node's update."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A model call that was admitted.

    Attributes:
        messages: The prompt.
        limits: Keyword arguments of the call: `max_tokens` where a budget sets it.
        claim: What it holds of the budgets; None where there is no budget.
        verdicts: What budgets could not judge, where it was not said before.
    """

    messages: list[Any]
    limits: dict[str, Any]
    claim: Claim | None
    verdicts: list[Given] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks models, and under which budgets.

    Attributes:
        actor: Who.
        judges: The guards of the run; its budgets are asked before each call.
        clock: Unix time in seconds.
        holdings: What the graph's calls hold of the budgets.
    """

    actor: str
    judges: Judges
    clock: Clock
    holdings: Holdings = field(default_factory=Holdings)

    @classmethod
    def of(
        cls,
        actor: str,
        guards: Sequence[Guard],
        policy: Policy | None,
        clock: Clock,
        holdings: Holdings | None = None,
    ) -> "Asker":
        """Return an asker; see the attributes.

        Raises:
            GuardConfigError: A guard is none, the policy names no rung, or the clock is none.
        """
        check_clock(actor, clock)
        return cls(actor, Judges.of(guards, policy), clock, holdings or Holdings())

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

        def prepare(state: Any, config: RunnableConfig) -> Any:
            asked = self._admitted(state, config, model(state), prompt(state), last_word)
            if isinstance(asked, Skip) and shorter is not None:
                asked = self._admitted(state, config, model(state), shorter(state), last_word)
            return asked if isinstance(asked, Skip) else (model(state), asked)

        def done(state: Any, given: Any, spoken: Any, seconds: float) -> dict[str, Any]:
            outcome, lost = heard(spoken)
            ledger = self._charged(state, given, outcome, seconds)
            if (claim := given[1].claim) is not None:
                self.holdings.settle(claim, spend_of(ledger["steps"]), self.clock())
            update = finish(state, outcome, [*lost, ledger])
            if fresh := given[1].verdicts:
                update = {**update, "verdicts": [*fresh, *update.get("verdicts", ())]}
            return update

        return Act(prepare, self._call, self._acall, done)

    def _call(self, given: tuple[Any, Asked], config: RunnableConfig) -> Any:
        chosen, asked = given
        attempts = Attempts.of(config, self.actor)

        def call() -> Any:
            return chosen.invoke(asked.messages, config, **asked.limits)

        return call() if attempts is None else attempts.say(self.lost(given), call)

    async def _acall(self, given: tuple[Any, Asked], config: RunnableConfig) -> Any:
        chosen, asked = given
        attempts = Attempts.of(config, self.actor)

        async def call() -> Any:
            return await chosen.ainvoke(asked.messages, config, **asked.limits)

        return await (call() if attempts is None else attempts.asay(self.lost(given), call))

    def _admitted(
        self,
        state: Any,
        config: RunnableConfig,
        model: Any,
        messages: list[Any],
        last_word: bool,
    ) -> Any:
        stored: LedgerState = read(state, "ledger") or LedgerState()
        now = self.clock()
        messages, found = self._looked_at(state, model, messages)
        if found and severity(found[0]["action"]) >= severity("wrap_up"):
            return self._refused(state, stored, found[0], now)
        said = news_of(found, read(state, "verdicts"), stored, now)
        if not self.budgets:
            return Asked(messages, {}, None, said)
        asked = self._held(state, config, model, messages, last_word)
        return (
            asked if isinstance(asked, Skip) else replace(asked, verdicts=[*said, *asked.verdicts])
        )

    def _held(
        self,
        state: Any,
        config: RunnableConfig,
        model: Any,
        messages: list[Any],
        last_word: bool,
    ) -> Any:
        """Hold of the budgets what the call can cost."""
        budgets, tokens = self.budgets, prompt_tokens(messages)
        stored: LedgerState = read(state, "ledger") or LedgerState()
        now = self.clock()
        claim = Claim.of(state, config, f"model:{stored.get('n', 0)}:{self.actor}")
        skips: list[Verdict] = []

        def decide(ledger: Ledger) -> tuple[Admission, Spend]:
            skips[:] = _unjudged(budgets, ledger)
            found = admit(
                budgets,
                ledger,
                prompt_tokens=tokens,
                model=model_name(model),
                last_word=last_word,
                shared=bool(claim.pool),
            )
            return found, found.reserve

        ledger = view(stored, now=now, caps=read(state, "allowance") or {})
        try:
            admission, claim = self.holdings.hold(claim, ledger, decide, now)
        except BackendError as error:
            admission = Admission(unreachable(error), None, no_spend())
        if admission.refusal is not None:
            return self._refused(state, stored, admission.refusal, now)
        limits = {} if admission.max_tokens is None else {"max_tokens": admission.max_tokens}
        fresh = news_of(skips, read(state, "verdicts"), stored, now)
        return Asked(messages, limits, claim, fresh)

    def _looked_at(
        self, state: Any, model: Any, messages: list[Any]
    ) -> tuple[list[Any], list[Verdict]]:
        """Judge a prompt; return it with what was missing, and what is found wrong with it."""
        guards = [one for one in self.judges.guards if isinstance(one, ContextGuard)]
        if not guards:
            return messages, []
        prompt = prompt_of(messages, state, counter_of(model), window_of(model))
        ledger = view(read(state, "ledger"), prompt=prompt)
        judged = [guard.check(ledger) for guard in guards]
        found = [one for one in judged if one["reason"]]
        tell_passed([("context", "prompts", one["score"]) for one in judged if not one["reason"]])
        found.sort(key=lambda one: -severity(one["action"]))
        notes = [told.nudge(one["reason"]) for one in found if one["action"] == "nudge"]
        return [*messages, *notes], found

    def _refused(self, state: Any, stored: LedgerState, refusal: Verdict, now: float) -> Skip:
        verdict = raised(refusal, self.judges.policy)
        fresh = news_of([verdict], read(state, "verdicts"), stored, now)
        return Skip({"verdicts": fresh, "rung": verdict["action"]})

    def lost(self, given: tuple[Any, Asked]) -> LedgerUpdate:
        """Return what a call is charged should the process die before its end."""
        return self._charged(None, given, Failure(LostCallError("the process died")), 0.0)

    def _charged(
        self, state: Any, given: tuple[Any, Asked], outcome: Any, seconds: float
    ) -> LedgerUpdate:
        model, asked = given
        known: dict[str, Any] = {
            "actor": self.actor,
            "branch": read(state, "branch") or "",
            "seconds": seconds,
            "prices": self.prices,
            "model": model_name(model),
        }
        if isinstance(outcome, Failure):
            return failed_update(outcome.error, asked.messages, **known)
        return model_update(outcome, asked.messages, **known)


def _unjudged(budgets: Sequence[Budget], ledger: Ledger) -> list[Verdict]:
    """Return what budgets of a day or a month say that nobody could tell what was spent."""
    judged = (budget.check(ledger) for budget in budgets if is_of_period(budget))
    return [verdict for verdict in judged if verdict["outcome"] == "skip"]


def model_name(model: Any) -> str:
    """Return the name of a model, by which prices are found; empty when it tells none."""
    for holder in (model, getattr(model, "bound", None)):
        for name in ("model_name", "model"):
            found = getattr(holder, name, None)
            if isinstance(found, str):
                return found
    return ""
