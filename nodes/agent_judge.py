"""Judge what an agent's model replied: its calls before they run, its answer before it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.messages import AIMessage

from ..guards.facts import ToolSpec
from ..guards.ledger import Call
from ..guards.message import read_message
from ..guards.verdict import severity
from .agent_book import Book
from .agent_reply import Reply, Wanted
from .answering import AnswerCheck, answer_guards
from .asking import Asker
from .driving import Steps, Work
from .held_calls import judge_held
from .holdings import Claim
from .judging import blocking, can_be_said, rung_of
from .repair_report import tell_calls
from .repaired_calls import repair_calls
from .review import earlier_rejections, reopened
from .scoring import existing


@dataclass(frozen=True, slots=True)
class ReplyJudge:
    """Who judges an agent's replies.

    Attributes:
        asker: The guards, and what is held of the budgets.
        specs: The tools by name.
    """

    asker: Asker
    specs: Mapping[str, ToolSpec]

    def calls(
        self, book: Book, reply: Reply, wanted: Wanted | None
    ) -> tuple[Reply, Sequence[Call]]:
        """Return the calls that a reply makes, and it with those repaired that can be."""
        own = wanted.tools if wanted else frozenset()
        branch = book.share.branch if book.share else ""
        proposed = [
            replace(call, actor=self.asker.actor, branch=branch)
            for call in read_message(reply.message).calls
            if call.name not in own
        ]
        calls, notes = repair_calls(proposed, self.specs)
        tell_calls(book.config, notes, proposed, calls)
        book.find(notes)
        mended = {call for note in notes for call in note["calls"]}
        message = _with_arguments(reply.message, {c.id: c for c in calls if c.id in mended})
        return reply.saying(message) if notes else reply, calls

    def judged(self, book: Book, calls: Sequence[Call]) -> tuple[dict[str, str], list[Any]]:
        """Judge the calls of a reply; return why some may not run, and the answers to those."""
        asker = self.asker
        ticket = f"tools:{','.join(call.id for call in calls)}"
        claim = Claim.of(book.seen(), book.config, ticket)
        ledger = book.view(self.specs)
        again = earlier_rejections(ledger, calls, book.ledger.get("after", 0))
        ledger = reopened(replace(ledger, exists=existing(ledger, calls)), calls, again)
        (verdicts, reasons), _ = judge_held(
            asker.holdings, asker.judges, claim, ledger, calls, asker.clock()
        )
        book.find(filter(can_be_said, verdicts))
        book.rung = rung_of(verdicts)
        answers, blocked = blocking(calls, reasons)
        if reasons:
            book.add(blocked)
        return reasons, answers

    def checked(
        self, book: Book, reply: Reply, wanted: Wanted | None, *, last_try: bool
    ) -> Steps[Reply]:
        """Judge an answer in words; it is given as it is, sent back, or marked."""
        guards = answer_guards(self.asker.judges.guards)
        if reply.kind or wanted or not guards or read_message(reply.message).calls:
            return reply
        check = AnswerCheck(self.asker, self.specs, context=book.context)
        seen = book.seen()
        state = {**seen, "messages": [*seen["messages"], *book.told, reply.message]}
        state["ending"] = None
        update = yield Work(lambda: check.update(state, book.config), quick=False)
        book.charge(*update.get("ledger", ()))
        book.verdicts.extend(update.get("verdicts", ()))
        said = update.get("messages", [])
        goes_back = 0 < severity(update["rung"]) < severity("wrap_up")
        if goes_back and not last_try:
            return replace(reply, kind="answer", told=(reply.message, *said))
        marked = next((item for item in said if isinstance(item, AIMessage)), reply.message)
        ending = "ungrounded" if goes_back else update.get("ending") or _ending(update["rung"])
        return replace(reply.saying(marked), ending=ending)


def _ending(rung: str) -> str:
    return {"escalate": "escalated", "stop": "stopped"}.get(rung, "completed")


def _with_arguments(message: AIMessage, repaired: Mapping[str, Call]) -> AIMessage:
    """Return a message with the arguments of its repaired calls; those can now be read."""
    whole: list[Any] = [
        {**call, "args": repaired[call["id"] or ""].args} if call["id"] in repaired else call
        for call in message.tool_calls
    ]
    unread: list[Any] = []
    for one in message.invalid_tool_calls:
        found = repaired.get(one["id"] or "")
        if found is None:
            unread.append(one)
        else:
            whole.append(
                {"name": found.name, "args": found.args, "id": found.id, "type": "tool_call"}
            )
    return message.model_copy(update={"tool_calls": whole, "invalid_tool_calls": unread})
