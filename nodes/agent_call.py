"""One tool call of an agent: judged if nobody has, behind its breaker, and never a dead run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from ..guards.channel import spend_of
from ..guards.ledger import Call, Spend, no_spend
from ..guards.ruling import ended_by_person
from ..guards.verdict import Verdict
from . import told
from .acting import Act, Skip, Turn
from .agent_book import PASSED, Book, call_key
from .agent_tools import Known, specs_in
from .asking import Asker
from .branch import branch_of
from .breakers import Breakers
from .judging import blocking, can_be_said, judge_each
from .recorded_calls import RecordedCalls
from .reservations import pool_of
from .review import Review, Reviewed, earlier_rejections
from .reviewing import plain_call
from .sharing import Share, lend, task_of
from .tool_gate import ToolGates
from .tool_round import CallTask


@dataclass(frozen=True, slots=True)
class AgentCall:
    """What stands around a tool call of an agent.

    Attributes:
        asker: Whose call it is, with the guards and what is held of the budgets.
        breakers: What guards the tools' services.
        known: The agent's tools and their stand-ins, by name, as such and as guards see them.
        handler: Runs the tool, sync or awaited.
        review: Who is asked about calls that need approval.
        shares: What was lent to agents inside of it.
        reviewed: What a person said of the call.
    """

    asker: Asker
    breakers: Breakers
    known: Known
    handler: Callable[[Any], Any]
    review: Review
    shares: list[Share] = field(default_factory=list)
    reviewed: list[Reviewed] = field(default_factory=list)

    def turn(self) -> Turn:
        """Return the call as a turn of a node."""
        task = CallTask(dict(self.known), None, "messages")
        act = Act(self._prepare, self._call, self._acall, task.finish)
        tools = [tool for tool, _ in self.known.values()]
        recorded = RecordedCalls(specs_in(self.known), "task")
        return Turn(recorded.around(act, ToolGates.of(tools, self.breakers).around))

    def given(self, book: Book, request: Any) -> dict[str, Any]:
        """Return what the turn begins with."""
        call = request.tool_call
        plain = Call(call["id"], call["name"], call["args"], self.asker.actor, _branch(book))
        return {"call": plain_call(plain), "request": request, "book": book}

    def command(self, book: Book, call_id: str, update: Mapping[str, Any]) -> Any:
        """Return what came of the call as what a tool may return."""
        book.add({"steps": update["steps"], "done": update.get("done", [])})
        for share in self.shares:
            book.add(*share.told())
        book.find(update.get("verdicts", ()))
        messages = self._noted(book, call_id, update["messages"])
        accounts = self.asker.holdings.accounts
        if accounts is not None:
            made: Spend = {**no_spend(), "tool_calls": 1, "steps": 1}
            accounts.settle(book.config, self.asker.clock(), made, spend_of(update["steps"]))
        own: Command[Any] = Command(update={"messages": messages, **book.call_update(call_id)})
        others = [Command(**command) for command in update.get("commands", ())]
        return [own, *others] if others else own

    def _noted(self, book: Book, call_id: str, messages: list[Any]) -> list[Any]:
        """Add what a person said of the call to the ledger, and to its result what they changed.

        A note of its own would stand between the results of calls that run side by side.
        """
        for out in self.reviewed:
            book.add({"steps": out.steps, "rulings": out.rulings})
            book.find(out.verdicts)
            if call_id in out.changed:
                return [told.with_note(item, out.changed[call_id]) for item in messages]
        return messages

    def _prepare(self, given: dict[str, Any], config: RunnableConfig) -> Any:
        request, book = given["request"], given["book"]
        after = book.ledger.get("after", 0)
        if over := ended_by_person(book.state.get("verdicts"), after):
            return _not_run(Call(**given["call"]), over)
        if call_key(request.tool_call) not in (book.state.get(PASSED) or ()):
            blocked = self._judged(book, Call(**given["call"]))
            if blocked is not None:
                return blocked
        decided = self._decided(book, Call(**given["call"]), config)
        if isinstance(decided, Skip):
            return decided
        given["call"] = plain_call(decided)
        request = request.override(tool_call={**request.tool_call, "args": decided.args})
        tool = request.tool or self.known.get(request.tool_call["name"], (None,))[0]
        self._lend(book, config)
        return {"tool_call": request.tool_call, "request": request.override(tool=tool)}

    def _decided(self, book: Book, call: Call, config: RunnableConfig) -> Call | Skip:
        """Return a call as a person decided it, where it needs approval; or why it does not run."""
        ledger = book.view(specs_in(self.known))
        wanted, verdicts, why = self.review.asked_for(ledger, [call], config)
        if why:
            return _not_run(call, why[call.id], verdicts)
        if not wanted:
            return call
        before = earlier_rejections(ledger, wanted, book.ledger.get("after", 0))
        question = self.review.question(wanted, ledger.spent, self.asker.clock(), before)
        answer = self.review.decided(question, wanted, keeps_time=False)

        def again(changed: Sequence[Call]) -> tuple[list[Verdict], dict[str, str]]:
            return judge_each(self.asker.judges, ledger, changed)

        out = Reviewed.of(answer, wanted, [], again, 0.0)  # the pulse tells of the waiting
        self.reviewed.append(out)
        said = [item for item in out.messages if isinstance(item, ToolMessage)]
        return out.runs[0] if out.runs else Skip({"messages": said, "steps": []})

    def _judged(self, book: Book, call: Call) -> Skip | None:
        """Judge a call that was not judged as its model proposed it: a person changed it, say."""
        verdicts, reasons = judge_each(self.asker.judges, book.view(specs_in(self.known)), [call])
        said = list(filter(can_be_said, verdicts))
        if not reasons:
            book.find(said)
            return None
        return _not_run(call, reasons[call.id], said)

    def _lend(self, book: Book, config: RunnableConfig) -> None:
        """Lend the ledger to the agents that the tool may run."""
        under = book.share
        share = Share(
            book.ledger,
            self.asker.holdings,
            pool=under.pool if under and under.pool else pool_of(config),
            branch="/".join(part for part in (_branch(book), branch_of(config)) if part),
            allowance=under.allowance if under else {},
            budgets=tuple(self.asker.budgets),
            under=under,
            task=task_of(config),
        )
        self.shares.append(share)
        lend(config, share)

    def _call(self, given: Any, _: RunnableConfig) -> Any:
        return self.handler(given["request"])

    async def _acall(self, given: Any, _: RunnableConfig) -> Any:
        return await self.handler(given["request"])


def _not_run(call: Call, why: str, verdicts: Sequence[Verdict] = ()) -> Skip:
    answers, blocked = blocking([call], {call.id: why})
    return Skip({"messages": answers, "steps": blocked["steps"], "verdicts": [*verdicts]})


def _branch(book: Book) -> str:
    return book.share.branch if book.share else ""
