"""What `ground` returns: claims with the passages nearest to them, and a score."""

from dataclasses import dataclass

from .sorts import Sort


@dataclass(frozen=True, slots=True)
class Evidence:
    """The passage of a source nearest to a claim: `sources[source][start:end]`."""

    source: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of an answer, `answer[start:end]`.

    Attributes:
        text: The claim.
        start: Where it begins in the answer.
        end: Where it ends.
        supported: Whether its score reaches the threshold and its citations hold.
        score: 0 to 1, how likely the sources support it.
        evidence: The nearest passage; None when the sources share no content word with it.
        kind: What sort of claim it is.
        why: What is wrong with it, in a few words; empty when it is supported.
    """

    text: str
    start: int
    end: int
    supported: bool
    score: float
    evidence: Evidence | None
    kind: Sort
    why: str = ""

    @property
    def source(self) -> int | None:
        """The source its evidence is in, counted from 0."""
        return self.evidence.source if self.evidence else None


@dataclass(frozen=True, slots=True)
class Grounding:
    """How far an answer is grounded.

    Attributes:
        score: 0 to 1, 1 = fully supported. From the lexical scorer it is a probability,
            calibrated for a stream in which 18 % of the answers are not supported.
        grounded: Whether the score reaches the threshold and every citation holds. When it is
            False, at least one claim is unsupported.
        claims: The answer's claims, in order.
        scorer: Who scored the claims.
    """

    score: float
    grounded: bool
    claims: tuple[Claim, ...]
    scorer: str = "lexical"

    @property
    def unsupported(self) -> tuple[Claim, ...]:
        """The claims to quote back, mark or take out."""
        return tuple(claim for claim in self.claims if not claim.supported)
