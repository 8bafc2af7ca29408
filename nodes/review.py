"""Calls that may run only when a person approves them: asked together, before any of them runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from ..guards.digest import digest, preview
from ..guards.escalation import Ask, Deadline, Escalation, Option, make_escalation, proposed
from ..guards.facts import ToolSpec
from ..guards.ledger import Call, Ledger, Spend, make_step
from ..guards.message import MARK
from ..guards.messages import tool_step
from ..guards.ruling import PERSON, is_of_person, make_ruling, rejection_of
from ..guards.verdict import Verdict, tripped
from . import told
from .clock import now
from .human import check_can_wait
from .human_answer import LATE, HumanAnswer, Settling
from .judging import Clock

APPROVAL = "approval"
"""The guard that questions about calls which need approval name."""
_WORDS = 2_000  # characters of what a person says that a verdict keeps
_OPTIONS: tuple[Option, ...] = ("approve", "edit", "reject", "take_over", "abort")

Again = Callable[[Sequence[Call]], tuple[list[Verdict], dict[str, str]]]
"""Judges calls that a person has changed: the verdicts, and why some may not run, by id."""


@dataclass(frozen=True, slots=True)
class Review:
    """Who is asked about calls before they run.

    Attributes:
        specs: The tools by name.
        clock: Unix time in seconds.
        human: Whether a person can be asked at all; else such calls are blocked.
        deadline: Until when they can answer, and what is decided then.
    """

    specs: Mapping[str, ToolSpec]
    clock: Clock = now
    human: bool = True
    deadline: Deadline | None = None

    @property
    def is_needed(self) -> bool:
        """Whether any tool needs approval."""
        return any(spec.facts.approval is not False for spec in self.specs.values())

    def wanted(self, ledger: Ledger, calls: Sequence[Call]) -> list[Call]:
        """Return the calls that need approval, and have none."""
        return [
            call
            for call in calls
            if (spec := self.specs.get(call.name)) is not None
            and spec.facts.needs_approval(call.args)
            and not is_of_person(ledger, call)
        ]

    def asked_for(
        self, ledger: Ledger, calls: Sequence[Call], config: RunnableConfig
    ) -> tuple[list[Call], list[Verdict], dict[str, str]]:
        """Return the calls that a person is asked about; where nobody can be, why they cannot run.

        Raises:
            NoCheckpointerError: A person could be asked, and never answer.
        """
        found = self.wanted(ledger, calls)
        if found and self.human:
            check_can_wait(config)
            return found, [], {}
        return [], *self.refused(found)

    def refused(self, calls: Sequence[Call]) -> tuple[list[Verdict], dict[str, str]]:
        """Return why calls may not run that nobody can approve: the verdicts, and by id."""
        reasons = {
            call.id: f"{call.name!r} may run only when a person approves it, and nobody can be "
            "asked. Do without, and say what is missing."
            for call in calls
        }
        return [
            tripped(APPROVAL, "nobody_to_ask", "block", why, calls=[name])
            for name, why in reasons.items()
        ], reasons

    def question(
        self, calls: Sequence[Call], spent: Spend, asked: float, before: Mapping[str, str]
    ) -> Escalation:
        """Return the question about some calls.

        Args:
            calls: The calls.
            spent: What the run has spent.
            asked: Unix time in seconds.
            before: Why a person rejected one in an earlier run, by the call's id.
        """
        names = ", ".join(dict.fromkeys(repr(call.name) for call in calls))
        late = self.deadline
        return make_escalation(
            f"To be approved before it runs: {names}.",
            spent=spent,
            guard=APPROVAL,
            kind="needs_approval",
            actions=[
                proposed(call, self._about(call, before.get(call.id, ""))) for call in calls
            ],
            options=_OPTIONS,
            ask=Ask(seconds=late.seconds, default=late.default) if late else None,
            asked=asked,
        )  # fmt: skip

    def _about(self, call: Call, before: str) -> str:
        what = self.specs[call.name].description.strip().split("\n")[0]
        return f"{what} (Rejected before: {before})" if before else what

    def decided(
        self, question: Escalation, calls: Sequence[Call], *, keeps_time: bool = True
    ) -> HumanAnswer:
        """Interrupt with a question, and return the answer that fits it."""
        settling = Settling(question, self.clock, calls, self.specs, keeps_time)
        answer: HumanAnswer = interrupt(question, response_schema=settling.schema)
        return answer


def earlier_rejections(ledger: Ledger, calls: Sequence[Call], after: int) -> dict[str, str]:
    """Return why calls that need approval were rejected before this run, by the call's id.

    Who speaks to the agent again may want just that: the person is asked once more.
    """
    return {
        call.id: said["reason"] or "no reason given"
        for call in calls
        if ledger.facts(call.name).needs_approval(call.args)
        and (said := rejection_of(ledger, call)) is not None
        and said["n"] <= after
    }


def reopened(ledger: Ledger, calls: Sequence[Call], again: Mapping[str, str]) -> Ledger:
    """Return a ledger without the rejections that a person is asked about once more."""
    keys = {call.key for call in calls if call.id in again}
    if not keys:
        return ledger
    kept = {key: said for key, said in ledger.rulings.items() if key not in keys}
    return replace(ledger, rulings=kept)


@dataclass(slots=True)
class Reviewed:
    """What came of a review.

    Attributes:
        runs: The calls that run, as they were decided.
        messages: Answers to those that do not, and notes.
        steps: What it adds to the ledger.
        rulings: What was said of the calls.
        verdicts: What follows for the run.
        changed: What the model is told of an edited call, by the call's id.
    """

    runs: list[Call] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    steps: list[Any] = field(default_factory=list)
    rulings: list[Any] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    changed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        answer: HumanAnswer,
        wanted: Sequence[Call],
        others: Sequence[Call],
        again: Again,
        waited: float,
    ) -> "Reviewed":
        """Return what an answer comes to.

        Args:
            answer: The answer, with a decision for each call.
            wanted: The calls that it is about.
            others: Calls beside them, which need no approval.
            again: Judges calls that were edited.
            waited: Seconds from question to answer.
        """
        out = cls()
        note = LATE if answer.message == LATE else ""
        out.steps.append(
            make_step(
                "human", answer.decision, actor="human", preview=note, seconds=waited,
                result=digest(answer.words),
            )
        )  # fmt: skip
        if answer.decision in ("approve", "reject"):
            out.runs.extend(others)
            out._each(answer, wanted, again)
        elif answer.decision == "continue" or answer.then == "continue":
            out.runs.extend(others)
            out._without(answer, wanted)
        else:
            out._ended(answer, [*wanted, *others])
        return out

    def _each(self, answer: HumanAnswer, wanted: Sequence[Call], again: Again) -> None:
        for said, call in zip(answer.decisions, wanted, strict=True):
            if said.type == "approve" or (said.type == "edit" and said.args == call.args):
                self.runs.append(call)
            elif said.type == "edit":
                self._edited(call, replace(call, args=said.args), again)
            elif said.type == "respond":
                self._responded(call, said.message)
            else:
                self._rejected(call, said.message)

    def _edited(self, call: Call, changed: Call, again: Again) -> None:
        self.rulings.append(make_ruling(call, "rejected", told.REPLACED))
        verdicts, reasons = again([changed])
        self.verdicts.extend(verdicts)
        if changed.id in reasons:
            self._blocked(changed, reasons[changed.id])
            return
        self.runs.append(changed)
        self.changed[call.id] = told.edited(call, changed.args)

    def _rejected(self, call: Call, reason: str) -> None:
        self.rulings.append(make_ruling(call, "rejected", reason))
        self._blocked(call, told.rejected(call, reason))

    def _blocked(self, call: Call, why: str) -> None:
        message = told.blocked(call, why)
        self.messages.append(message)
        self.steps.append(tool_step(call, message.text, error="blocked"))

    def _responded(self, call: Call, text: str) -> None:
        mark = {MARK: "ran"}
        said = ToolMessage(text, tool_call_id=call.id, name=call.name, additional_kwargs=mark)
        self.messages.append(said)
        self.steps.append({**tool_step(call, text), "kind": "human", "actor": "human"})

    def _without(self, answer: HumanAnswer, wanted: Sequence[Call]) -> None:
        """Go on without the calls: nobody approved them in time, or a person did that part."""
        for call in wanted:
            if answer.decision == "take_over":
                self._responded(call, told.done_by_person(answer.message))
            else:
                self._blocked(call, answer.message or LATE)

    def _ended(self, answer: HumanAnswer, calls: Sequence[Call]) -> None:
        for call in calls:
            self._blocked(call, "The run ends here.")
        kinds = {"abort": "aborted", "take_over": "taken_over"}
        kind = kinds.get(answer.decision, "late")
        why = {"aborted": "A person ended the run."}
        said = kind == "taken_over" or answer.message == LATE
        reason = preview(answer.message, _WORDS) if said else why.get(kind, LATE)
        action: Any = "wrap_up" if answer.decision == "wrap_up" else "stop"
        self.verdicts.append(tripped(PERSON, kind, action, reason))
        if answer.decision == "take_over":
            self.messages.append(AIMessage(answer.message, name="human"))
