"""Notice an answer that what the run has seen does not support."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .answer_ladder import Span, Then, author, check_ladder, quoted, rung
from .errors import GuardConfigError
from .ledger import Ledger, Source
from .speech import claims_nothing
from .verdict import Verdict, passed, skipped, tripped

if TYPE_CHECKING:
    from .grounding import Claim, Grounding

_NAME = "grounding"
_ORDER = ("tool", "document", "user", "system")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundingGuard:
    """Trips on an answer whose claims are not in tool results or documents.

    The answer is sent back with the unsupported claims quoted, `attempts` times; after that it is
    delivered with them marked or taken out, or what the policy says (`{"grounding": "escalate"}`).
    What the user said and the system prompt says support claims too, but an answer before which
    nothing was looked up cannot be judged. Questions, offers, plans and thanks claim nothing. The
    lexical scorer is made for answers to questions over documents; in chatty dialogues it objects
    to more than it should (see benchmarks/grounding), and a scorer of your own does better.

    Attributes:
        attempts: How often an answer is sent back in a run, at least 0.
        then: What becomes of unsupported claims that are delivered.
        threshold: The score below which an answer is unsupported, 0 to 1; None: the calibrated
            one of the lexical scorer, or that of the scores.
        scorer: A `Scorer` that scores the claims, instead of the lexical one. The guard calls
            nothing: the node asks it beforehand.
    """

    name: ClassVar[str] = "grounding"
    judges_answers: ClassVar[bool] = True

    attempts: int = 1
    then: Then = "mark"
    threshold: float | None = None
    scorer: Any = None

    def __post_init__(self) -> None:
        check_ladder("GroundingGuard", self.attempts, self.then)
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise GuardConfigError(f"GroundingGuard(threshold={self.threshold}): use 0 to 1")

    def check(self, ledger: Ledger) -> Verdict:
        """Judge the answer about to be given.

        Cost: nothing before there is an answer; then time linear in answer and sources, some 3
        milliseconds for 150 words over 1,500.
        """
        answer = ledger.answer
        if answer is None or not answer.strip():
            return passed(_NAME)
        texts = texts_of(ledger.sources)
        if not texts:
            return skipped(_NAME, "nothing was looked up that the answer could rest on")
        if self.scorer is not None and self.scorer.name not in ledger.scores:
            return skipped(_NAME, f"the scorer {self.scorer.name!r} gave no scores")
        found = self._grounding(ledger, answer, texts)
        claims = [each for each in self._unsupported(found) if not claims_nothing(each.text)]
        if not claims:
            return passed(_NAME, score=found.score)
        return self._tripped(ledger, answer, found.score, claims)

    def _grounding(self, ledger: Ledger, answer: str, texts: Sequence[str]) -> "Grounding":
        from .grounding import ground  # heavy: imported by who grounds

        scores = ledger.scores.get(self.scorer.name) if self.scorer else None
        return ground(answer, texts, asked(ledger.sources), scores=scores)

    def _unsupported(self, found: "Grounding") -> "Sequence[Claim]":
        if self.threshold is None:
            return found.unsupported
        if found.score >= self.threshold:
            return ()
        worst = min(found.claims, key=lambda claim: claim.score)
        return [c for c in found.claims if c.score < self.threshold or c is worst]

    def _tripped(
        self, ledger: Ledger, answer: str, score: float, claims: "Sequence[Claim]"
    ) -> Verdict:
        spans = [Span(claim.start, claim.end, claim.why) for claim in claims]
        by = author(ledger)
        return tripped(
            _NAME,
            "unsupported_answer",
            rung(ledger, self.attempts),
            f"The answer says what was not found in this run: {quoted(answer, spans)}. Answer "
            "again from the results alone, without this, or say that they do not tell.",
            steps=[by["n"]] if by else [],
            score=score,
            spans=[(span.start, span.end) for span in spans],
        )


def texts_of(sources: Sequence[Source]) -> list[str]:
    """Return what an answer may rest on, results first; empty where nothing was looked up."""
    if not any(source.kind in ("tool", "document") for source in sources):
        return []
    return [source.text for kind in _ORDER for source in sources if source.kind == kind]


def asked(sources: Sequence[Source]) -> str | None:
    """Return what the user said last, if anything."""
    return next((one.text for one in reversed(sources) if one.kind == "user"), None)
