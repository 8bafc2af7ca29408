"""The same guards inside LangChain's `create_agent`."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, NotRequired
from uuid import uuid4

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import ExtendedModelResponse, PrivateStateAttr
from langchain_core.runnables import RunnableConfig
from langgraph.config import get_config
from langgraph.types import Command

from ..guards.breaker import Breaker
from ..guards.breaker_verdict import GUARD
from ..guards.escalation import Deadline, check_deadline
from ..guards.guard import Guard, Policy
from ..guards.loop import LoopGuard
from ..guards.pins import goal_of
from ..guards.repeat import RepeatGuard
from ..guards.settings import check_clock, check_switches, check_whole
from ..guards.tool_call import ToolCallGuard
from .accounts import Accounts, check_accounts
from .agent_ask import AgentAsker
from .agent_book import PULSE, RUN, Book
from .agent_call import AgentCall
from .agent_tools import Toolbook, specs_in
from .agent_turn import AgentTurn
from .asking import Asker
from .breakers import Breakers
from .channels import (
    DecisionChannel,
    EndingChannel,
    LedgerChannel,
    PinsChannel,
    RungChannel,
    VerdictsChannel,
    newest,
)
from .clock import now
from .driving import adrive, drive
from .holdings import Holdings
from .human import can_wait
from .judging import Clock, Judges, check_names
from .memory import Memory
from .pulse import Beat, Invocations, Pulse, beating
from .recalling import arecalled, as_memories, recalled
from .remembering import held_pins, newest_request
from .review import Review
from .sharing import lent
from .unwritten import Unwritten, run_of

DEFAULT_GUARDS: tuple[Guard, ...] = (LoopGuard(), ToolCallGuard(), RepeatGuard())
_OWN_GUARDS = (GUARD, "repair")  # whose verdicts come from what is not in `guards`


class GuardedAgentState(AgentState[Any]):
    """What `GuardMiddleware` keeps in an agent's state.

    Attributes:
        ledger: What the run did; see `holdfast.guards.LedgerState`.
        verdicts: The last 64 trips and skips.
        rung: The rung that the newest judgement calls for.
        pins: What every prompt shows; see `holdfast.guards.pin`.
        ending: How the run ended, or None while it goes on.
        decision: What a person decided last, or empty.
    """

    ledger: NotRequired[LedgerChannel]
    verdicts: NotRequired[VerdictsChannel]
    rung: NotRequired[RungChannel]
    pins: NotRequired[PinsChannel]
    ending: NotRequired[EndingChannel]
    decision: NotRequired[DecisionChannel]
    holdfast_pulse: NotRequired[Annotated[Pulse, PrivateStateAttr, beating]]
    holdfast_passed: NotRequired[Annotated[list[str], PrivateStateAttr, newest]]
    holdfast_run: NotRequired[Annotated[str, PrivateStateAttr, newest]]


class GuardMiddleware(AgentMiddleware[Any, Any, Any]):
    """Guards, budgets and breakers around the calls of a `create_agent`; extra `langchain`.

    It takes what `supervised_graph` takes, and keeps its memory in the agent's state, so a limit
    is for the run and not for what happens between two interrupts. The state says how each run
    ended (`ending`). Before each model call the budgets are asked, and the reply is held to what
    is left. A reply without words, with calls that cannot be read, or without the structured
    output that was asked for, is told back, a bounded number of times. Proposed calls are judged
    together; what is blocked is answered, and never reaches the tools or a person who approves
    them. Each call that needs approval asks for itself, and those beside it that need none have
    run by then (in `tool_node` nothing of the turn has). A tool that raises becomes a
    message. An agent that a tool runs shares the ledger and the budgets if it has a
    `GuardMiddleware` too.

    Put it behind middleware that retries or replaces models (each try is then charged) and in
    front of middleware that retries tools (each failure is then seen once, when it is final).
    """

    state_schema = GuardedAgentState

    def __init__(
        self,
        guards: Sequence[Guard] | None = None,
        *,
        breakers: Breakers | Iterable[Breaker] = (),
        policy: Policy | None = None,
        accounts: Accounts | None = None,
        human: bool = True,
        attempts: int = 2,
        deadline: Deadline | None = None,
        pins: Sequence[str] = (),
        memory: Memory | Sequence[Memory] = (),
        clock: Clock = now,
    ) -> None:
        """Set up the guards of one agent, or of several.

        Args:
            guards: What judges the run; None: `LoopGuard()`, `ToolCallGuard()` and
            `RepeatGuard()`. Calls are
                always checked against the tools' schemas.
            breakers: Circuit breakers of what the tools need, or `Breakers` with a backend. A
                tool whose service is down is not offered.
            policy: For a guard's name, the rung to which its verdicts are raised.
            accounts: Where budgets of a day or a month are counted.
            human: Whether a person may be asked, where the agent has a checkpointer; if not, an
                escalation ends the run as `escalated`.
            attempts: Replies in a row that are told back before the run ends, 0 or more.
            deadline: Until when a person can answer, and what is decided then; None: for ever.
            pins: Constraints that every prompt shows, word for word, as it shows the user's
                newest request and what is done, whatever other middleware takes out.
            memory: Facts of earlier conversations that are recalled for each request; then the
                agent needs a store. It only recalls: give the agent `memory_tools(memory)` to keep
                facts.
            clock: Unix time in seconds.

        Raises:
            GuardConfigError: The parts do not fit together; it says which, and how to mend it.
        """
        super().__init__()
        check_whole("GuardMiddleware", 0, attempts=attempts)
        check_deadline("GuardMiddleware", deadline)
        check_switches("GuardMiddleware", human=human)
        check_clock("GuardMiddleware", clock)
        taken = [*Judges.of(DEFAULT_GUARDS if guards is None else guards, policy).guards]
        if not any(isinstance(guard, ToolCallGuard) for guard in taken):
            taken.append(ToolCallGuard())
        check_accounts(taken, accounts)
        given = breakers if isinstance(breakers, Breakers) else Breakers(breakers, clock=clock)
        named = {name: rung for name, rung in (policy or {}).items() if name not in _OWN_GUARDS}
        self._asker = Asker("", Judges.of(taken, policy), clock, Holdings(accounts))
        check_names(taken, named)
        self._breakers = given
        self._tools = Toolbook(given, checked=given is not breakers)
        self._human = human
        self._attempts = attempts
        self._deadline = deadline
        self._held = held_pins(pins)
        self._memories = as_memories(memory)
        self._clock = clock
        self._invocations = Invocations()
        self._unwritten = Unwritten()

    def before_agent(self, state: Any, runtime: Any) -> dict[str, Any]:
        """Begin a run: its counts start anew, those of the thread do not."""
        kept: Any = {**self._held, **newest_request(state.get("messages") or [])}
        if self._memories:
            kept |= recalled(self._memories, runtime.store, get_config(), goal_of(kept))
        return self._begun(state, kept)

    async def abefore_agent(self, state: Any, runtime: Any) -> dict[str, Any]:
        """Begin a run."""
        kept: Any = {**self._held, **newest_request(state.get("messages") or [])}
        if self._memories:
            kept |= await arecalled(self._memories, runtime.store, get_config(), goal_of(kept))
        return self._begun(state, kept)

    def _begun(self, state: Any, kept: Any) -> dict[str, Any]:
        config = get_config()
        now, by = self._clock(), self._invocations.name(config)
        share = lent(config)
        beat = Beat(began=now, at=now, by=by, told=0.0)
        begun: dict[str, Any] = {PULSE: beat, RUN: uuid4().hex}
        if share is not None and not state.get("ledger"):
            ledger: list[Any] = [{"seed": share.seed()}]
        elif state.get("ledger") and not state.get(PULSE):
            ledger = []  # an outer graph has begun the run, and handed its ledger in
        else:
            left = self._unwritten.take(run_of(config, by))
            ledger = [*({"before": part["steps"]} for part in left), {"begin": {"at": now}}]
        begun |= {"pins": kept} if kept else {}
        return {**begun, "ledger": ledger, "rung": "none", "ending": None, "decision": ""}

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """Judge the run, ask the budgets, call the model, and judge what it proposes."""
        book = self._opened(request.state, get_config())
        try:
            response = drive(self._turn(book, request).steps(book, request), handler)
        except BaseException:
            self._left(book)
            raise
        return ExtendedModelResponse(response, Command(update=book.turn_update()))

    async def awrap_model_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        """Judge the run, ask the budgets, call the model, and judge what it proposes."""
        book = self._opened(request.state, get_config())
        try:
            response = await adrive(self._turn(book, request).steps(book, request), handler)
        except BaseException:
            self._left(book)
            raise
        return ExtendedModelResponse(response, Command(update=book.turn_update()))

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """Run a call that was let through, behind its breaker."""
        book, call = self._called(request, handler)
        update = call.turn().run(call.given(book, request), book.config)
        return call.command(book, request.tool_call["id"], update)

    async def awrap_tool_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        """Run a call that was let through, behind its breaker."""
        book, call = self._called(request, handler)
        update = await call.turn().arun(call.given(book, request), book.config)
        return call.command(book, request.tool_call["id"], update)

    def _opened(self, state: Mapping[str, Any], config: RunnableConfig) -> Book:
        left = self._unwritten.take(run_of(config, self._invocations.name(config)))
        return Book.open(state, config, self._clock, self._invocations, left=left)

    def _left(self, book: Book) -> None:
        book.tell()
        self._unwritten.keep(run_of(book.config, book.by), book.charges)

    def _turn(self, book: Book, request: Any) -> AgentTurn:
        known = self._tools.known(request.tools)
        ask = AgentAsker(self._asking(book), self._breakers, self._human, self._deadline)
        return AgentTurn(ask, specs_in(known), self._attempts)

    def _called(self, request: Any, handler: Callable[[Any], Any]) -> tuple[Book, AgentCall]:
        book = Book.open(request.state, request.runtime.config, self._clock, self._invocations)
        tools = [*request.runtime.tools]
        if request.tool is not None and request.tool not in tools:
            tools.append(request.tool)  # made at run time, by other middleware
        known = self._tools.known(tools)
        human = self._human and can_wait(book.config)
        review = Review(specs_in(known), self._clock, human, self._deadline)
        return book, AgentCall(self._asking(book), self._breakers, known, handler, review)

    def _asking(self, book: Book) -> Asker:
        """Return who asks in a turn: the agent, under its own budgets and those it was lent."""
        actor = str((book.config.get("metadata") or {}).get("lc_agent_name") or "agent")
        asker, share = replace(self._asker, actor=actor), book.share
        if share is None:
            return asker
        own = asker.judges.guards
        more = tuple(budget for budget in share.budgets if budget not in own)
        judges = replace(asker.judges, guards=(*own, *more))
        return replace(asker, judges=judges, holdings=share.holdings)
