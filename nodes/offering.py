"""Offer a model only the tools whose dependencies can be called, and tell it why."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool

from ..guards.breaker import Breaker, can_be_offered
from ..guards.breaker_verdict import (
    GUARD,
    open_verdict,
    opening_of,
    unguarded_verdict,
    unreachable_verdict,
)
from ..guards.channel import LedgerState
from ..guards.errors import BackendError
from ..guards.guard import Given, Policy, raised
from ..guards.message import MARK
from ..guards.verdict import Action, Verdict
from .acting import Act, Skip
from .asking import Asker, Finish
from .breakers import Breakers, dependency_of
from .judging import news_of
from .passage import off_the_loop
from .remembering import with_memory
from .stand_ins import stand_in_of, with_stand_ins

_EVIDENCE = 8  # failed steps that a verdict points to
_AGAIN = ":again"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a model is offered now.

    Attributes:
        tools: The tools.
        notes: What it has to be told.
        verdicts: What is to be kept of it.
        ending: The verdict that turns the run aside, where nothing is left to offer.
    """

    tools: tuple[BaseTool, ...]
    notes: tuple[HumanMessage, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    ending: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Offering:
    """The tools of a model, behind their breakers.

    Attributes:
        tools: What it is offered when all is well.
        breakers: What guards them.
        bind: Returns the model with some tools; called once for each set of them.
        human: Whether a person can be asked when nothing is left.
        policy: Rungs to which verdicts are raised.
        known: Those and their stand-ins.
    """

    tools: Sequence[BaseTool]
    breakers: Breakers
    bind: Callable[[Sequence[BaseTool]], Any]
    human: bool = True
    policy: Policy = field(default_factory=dict)
    known: list[BaseTool] = field(init=False)
    _bound: dict[tuple[str, ...], Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", with_stand_ins(self.tools, self.breakers))
        self.model(Offer(tuple(self.tools)))  # refuses at build time a model without tools

    def model(self, offer: Offer) -> Any:
        """Return the model with what it is offered."""
        names = tuple(tool.name for tool in offer.tools)
        if names not in self._bound:
            self._bound[names] = self.bind(offer.tools)
        return self._bound[names]

    def act(
        self, asker: Asker, finish: Finish, notes: Callable[[Any], list[Any]] = lambda _: []
    ) -> Act:
        """Return the parts of a node that asks the model with what it is offered.

        Args:
            asker: Who asks, and within which budgets.
            finish: What the node makes of the reply.
            notes: From the state, what else stands behind the conversation in the prompt.
        """
        asking = asker.act(
            lambda state: self.model(state["offer"]),
            lambda state: with_memory(
                [*state["messages"], *state["offer"].notes, *notes(state)],
                state,
                actor=asker.actor,
            ),
            finish,
        )
        turn = _Turn(self, asking)
        return Act(turn.prepare, turn.call, turn.acall, turn.finish, aprepare=turn.aprepare)

    def now(self, state: Any) -> Offer:
        """Return what may be offered now. Cost: one look at the backend."""
        try:
            standing = self.breakers.look(list({dependency_of(tool): 1 for tool in self.known}))
        except BackendError as error:
            return self._blind(str(error), state)
        now = self.breakers.clock()
        down = {tool.name for tool in self.known if self._is_down(tool, standing, now)}
        offered = self._offered(down)
        hidden = [tool for tool in self.tools if tool.name in down]
        if hidden and not offered:
            return Offer((), ending=self._nothing_left(standing, hidden, state, now))
        notes, verdicts = [], []
        for name, breaker in standing.items():
            its = [tool for tool in hidden if dependency_of(tool) == name]
            said = _said(state, name)
            if its and opening_of(breaker) not in said:
                verdict = open_verdict(breaker, "nudge", "open", now, more=self._more(its, down))
                verdicts.append(verdict)
                notes.append(_note(verdict["reason"], opening_of(breaker)))
            elif not its and said and not said[-1].endswith(_AGAIN):
                text = f"{name!r} can be called again; its tools are offered again."
                notes.append(_note(text, said[-1] + _AGAIN))
        return Offer(tuple(offered), tuple(notes), tuple(verdicts))

    def _is_down(self, tool: BaseTool, standing: dict[str, Breaker], now: float) -> bool:
        breaker = standing.get(dependency_of(tool))
        if breaker is None:
            return False
        return not can_be_offered(breaker, now, can_probe=self.breakers.can_probe(tool))

    def _offered(self, down: set[str]) -> list[BaseTool]:
        chosen: dict[str, BaseTool] = {}
        for tool in self.tools:
            found = self._in_its_place(tool, down)
            if found is not None:
                chosen.setdefault(found.name, found)
        return list(chosen.values())

    def _in_its_place(self, tool: BaseTool, down: set[str]) -> BaseTool | None:
        """Return a tool, or the first in its line of stand-ins that can be called."""
        found: BaseTool | None = tool
        for _ in self.known:
            if found is None or found.name not in down:
                return found
            found = stand_in_of(found, self.known)
        return None

    def _more(self, hidden: Sequence[BaseTool], down: set[str]) -> str:
        names = ", ".join(repr(tool.name) for tool in hidden)
        pairs = ((tool.name, self._in_its_place(tool, down)) for tool in hidden)
        instead = [f" Use {other.name!r} in place of {name!r}." for name, other in pairs if other]
        return f"Until then you are not offered {names}.{''.join(instead)}"

    def _nothing_left(
        self, standing: dict[str, Breaker], hidden: Sequence[BaseTool], state: Any, now: float
    ) -> Verdict:
        last = max(
            (standing[dependency_of(tool)] for tool in hidden), key=lambda one: one.circuit.since
        )
        names = {tool.name for tool in self.known}
        recent = [s for s in (state.get("ledger") or {}).get("recent", ()) if s["name"] in names]
        failed = [step["n"] for step in recent if step["error"] in ("dependency", "auth")]
        more = "No tool is left for this task."
        evidence = failed[-_EVIDENCE:]
        return open_verdict(
            last, self._way_out(state), "nothing_left", now, more=more, steps=evidence
        )

    def _way_out(self, state: Any) -> Action:
        """Return where to go when nothing is left; a last word only if there is something to say.

        No model turn is spent where no tool has answered yet.
        """
        if self.human:
            return "escalate"
        answered = any(
            getattr(message, "type", "") == "tool" and message.status != "error"
            for message in state["messages"]
        )
        return "wrap_up" if answered else "stop"

    def _blind(self, error: str, state: Any) -> Offer:
        """Return the offer where the backend cannot be reached."""
        if self.breakers.backend_down == "allow":
            return Offer(tuple(self.tools), verdicts=(unguarded_verdict(error),))
        verdict = unreachable_verdict(error)
        down = {tool.name for tool in self.known if self.breakers.of_tool(tool)}
        offered = self._offered(down)
        if not offered:
            return Offer((), ending={**verdict, "action": self._way_out(state)})
        said = _said(state, "")
        notes = () if said else (_note(verdict["reason"], f"{GUARD}::down"),)
        return Offer(tuple(offered), notes, () if said else ({**verdict, "action": "nudge"},))

    def given(self, verdicts: Sequence[Verdict], state: Any) -> list[Given]:
        """Return verdicts that are news, as state keeps them."""
        stored: LedgerState = state.get("ledger") or LedgerState()
        now = self.breakers.clock()
        skips = [verdict for verdict in verdicts if verdict["outcome"] == "skip"]
        trips = [verdict for verdict in verdicts if verdict["outcome"] == "trip"]
        fresh = news_of(skips, state.get("verdicts"), stored, now)
        return [*fresh, *(Given(**trip, step=stored.get("n", 0), at=now) for trip in trips)]


@dataclass(frozen=True, slots=True)
class _Turn:
    """One turn of a model; the parts that ask it find its offer in the state, under `offer`."""

    offering: Offering
    act: Act

    def prepare(self, state: Any, config: RunnableConfig) -> Any:
        return self._begun(state, self.offering.now(state), config)

    async def aprepare(self, state: Any, config: RunnableConfig) -> Any:
        offering = self.offering
        offer = await off_the_loop(offering.breakers.is_quick, offering.now, state)
        return self._begun(state, offer, config)

    def _begun(self, state: Any, offer: Offer, config: RunnableConfig) -> Any:
        if offer.ending is not None:
            verdict = raised(offer.ending, self.offering.policy)
            fresh = self.offering.given([verdict], state)
            return Skip({"verdicts": fresh, "rung": verdict["action"]})
        given = self.act.prepare({**state, "offer": offer}, config)
        return given if isinstance(given, Skip) else (offer, given)

    def call(self, given: Any, config: RunnableConfig) -> Any:
        return self.act.call(given[1], config)

    async def acall(self, given: Any, config: RunnableConfig) -> Any:
        return await self.act.acall(given[1], config)

    def finish(self, state: Any, given: Any, outcome: Any, seconds: float) -> dict[str, Any]:
        offer, inner = given
        update: dict[str, Any] = self.act.finish({**state, "offer": offer}, inner, outcome, seconds)
        if offer.notes:
            update = {**update, "messages": [*offer.notes, *update.get("messages", [])]}
        if fresh := self.offering.given(offer.verdicts, state):
            update = {**update, "verdicts": [*update.get("verdicts", []), *fresh]}
        return update


def _said(state: Any, dependency: str) -> list[str]:
    """Return the ids of the notes on a dependency that are in the messages, oldest first."""
    return list(_ids(state["messages"], f"{GUARD}:{dependency}:"))


def _ids(messages: Sequence[Any], prefix: str) -> Iterator[str]:
    for message in messages:
        found = getattr(message, "id", None) or ""
        if found.startswith(prefix):
            yield found


def _note(text: str, name: str) -> HumanMessage:
    """Return a note with an id of its own, by which it is said once."""
    said = f"[Note of the system that runs you, not of the user] {text}"
    return HumanMessage(said, id=name, additional_kwargs={MARK: GUARD})
