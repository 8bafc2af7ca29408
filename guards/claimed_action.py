"""Notice an answer that claims an action which no tool of the run has done."""

from dataclasses import dataclass
from typing import ClassVar

from .answer_ladder import Span, Then, author, check_ladder, quoted, rung
from .ledger import Ledger
from .verdict import Verdict, passed, skipped, tripped

_NAME = "claimed_action"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedActionGuard:
    """Trips on "I have refunded it" where no tool that refunds has succeeded in the thread.

    Which tool does what is read off its name and description; `tool_facts(claims=("texted",))`
    adds phrases. A specialist counts as a tool only where nothing is known of what it has inside.
    The answer is sent back as `GroundingGuard` does.

    Attributes:
        attempts: How often an answer is sent back in a run, at least 0.
        then: What becomes of claims that are delivered all the same.
    """

    name: ClassVar[str] = "claimed_action"
    judges_answers: ClassVar[bool] = True

    attempts: int = 1
    then: Then = "mark"

    def __post_init__(self) -> None:
        check_ladder("ClaimedActionGuard", self.attempts, self.then)

    def check(self, ledger: Ledger) -> Verdict:
        """Judge the answer about to be given.

        Cost: nothing before there is an answer; then about 0.1 milliseconds, and time linear in
        what the user and the tools have said.
        """
        answer = ledger.answer
        if answer is None or not answer.strip():
            return passed(_NAME)
        if ledger.tools is None:
            return skipped(_NAME, "nobody said which tools there are")
        from .grounding import unexecuted_claims  # heavy: imported by who grounds

        found = unexecuted_claims(
            answer,
            ran := executed(ledger),
            dict.fromkeys(ran, "") | {n: spec.description for n, spec in ledger.tools.items()},
            claims={n: spec.facts.claims for n, spec in ledger.tools.items() if spec.facts.claims},
            known=[source.text for source in ledger.sources if source.kind != "system"],
        )
        if not found:
            return passed(_NAME)
        spans = list(
            dict.fromkeys(Span(each.start, each.end, _why(each.verb, each.tools)) for each in found)
        )
        by = author(ledger)
        return tripped(
            _NAME,
            "unexecuted_claim",
            rung(ledger, self.attempts),
            f"The answer claims what this run has not done: {quoted(answer, spans)}. Do it first, "
            "or say that it was not done.",
            steps=[by["n"]] if by else [],
            spans=[(span.start, span.end) for span in spans],
        )


def executed(ledger: Ledger) -> set[str]:
    """Return the names of the tools that have succeeded in the thread."""
    tools = ledger.tools or {}
    ran = {
        step["name"]
        for step in (ledger.recent or ledger.steps)
        if step["error"] is None
        and (step["kind"] == "tool" or (step["kind"] == "handoff" and step["name"] in tools))
    }
    return ran | {item["tool"] for item in ledger.done.values()}


def _why(verb: str, tools: tuple[str, ...]) -> str:
    if not tools:
        return f"{verb!r}, and there is no tool for it"
    return f"{verb!r}, but {' or '.join(map(repr, tools[:3]))} has not succeeded"
