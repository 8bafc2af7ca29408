"""Find actions that an answer says were done, and that no executed tool did."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .claims import split
from .verbs import FORMS, PLAIN, families_of, family_of, kind_of_tool

_ADVERBS = (
    r"(?:(?:just|already|now|also|since|then|successfully|gone ahead and|been able to|went ahead"
    r" and|fully|both|all|officially|manually|immediately|promptly|safely|initially)\s+){0,3}"
)
_FIRST = re.compile(rf"\b(?:I|we)(?:['’]ve|\s+have)?\s+{_ADVERBS}(?P<verb>[a-z]+)", re.IGNORECASE)
_PASSIVE = re.compile(
    rf"\b(?:ha(?:s|ve)|['’]s|['’]ve)\s+{_ADVERBS}been\s+{_ADVERBS}(?P<verb>[a-z]+)"
    rf"|\b(?:is|are)\s+now\s+{_ADVERBS}(?P<now>[a-z]+)"
    r"|\b(?:was|were)\s+successfully\s+(?P<was>[a-z]+)",
    re.IGNORECASE,
)
_UNDER_WAY = re.compile(
    r"\byou(?:['’]re|\s+are)\s+(?:now\s+)?being\s+(?P<verb>transferred|connected|escalated)\b",
    re.IGNORECASE,
)
_UNREAL = re.compile(
    r"\b(?:if|once|when|whenever|after|until|unless|before|whether|would|will|can|could|should|may(?!\s+\d)"
    r"|might|must|cannot|not|never|unable|no|nor|without|as soon as|in case|assuming|ensure|confirm"
    r"|verify|check|see|that you|you said|you mentioned|please)\b|n['’]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ClaimedAction:
    """An action the answer claims and the run did not do.

    Attributes:
        text: The sentence that claims it, `answer[start:end]`.
        start: Where it begins in the answer.
        end: Where it ends.
        verb: The word that claims it, in lower case: `refunded`.
        tools: The tools that would have done it, none of which ran; empty when no tool could.
    """

    text: str
    start: int
    end: int
    verb: str
    tools: tuple[str, ...]


def unexecuted_claims(
    answer: str,
    executed: Iterable[str],
    tools: Mapping[str, str],
    *,
    claims: Mapping[str, Sequence[str]] | None = None,
    known: Sequence[str] = (),
) -> list[ClaimedAction]:
    """Return the completed actions an answer claims without a successful tool call behind them.

    A claim is a sentence such as "I've booked the flight" or "Your order has been cancelled": not
    a question, a plan, a condition or a denial. It is matched by kind of action (`verbs.py`),
    not by object: one successful refund vouches for every refund claimed.

    Args:
        answer: The answer.
        executed: Names of the tools that ran successfully so far.
        tools: All tools: name and description. Their words tell which actions they do.
        claims: Per tool, phrases that claim what it did: `{"send_sms": ["texted"]}`.
        known: What the user and the tools have said, without the system prompt. "Your flight has
            been cancelled" may report it, so the passive is not held against an answer whose verb
            stands there. The first person always is.

    Returns:
        One entry per claim, in order. Nothing for actions that no tool's words name, save for
        the few that are never idle talk (booked, cancelled, refunded, ...).
    """
    done = set(executed)
    offers = {
        name: _families(name, text, (claims or {}).get(name, ())) for name, text in tools.items()
    }
    told = _told(known)
    return [
        ClaimedAction(answer[piece.start : piece.end], piece.start, piece.end, verb, able)
        for piece in split(answer)
        for verb, passive in _claimed(answer[piece.start : piece.end], claims or {})
        for able in _objection(verb, passive, done, offers, told)
    ]


def _families(name: str, text: str, phrases: Sequence[str]) -> frozenset[str]:
    return frozenset({kind_of_tool(name, text), *map(str.lower, phrases)} - {""})


def _claimed(sentence: str, claims: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, bool]]:
    if sentence.endswith("?"):
        return
    for pattern, passive in ((_FIRST, False), (_PASSIVE, True), (_UNDER_WAY, False)):
        for match in pattern.finditer(sentence):
            verb = next(filter(None, match.groupdict().values())).lower()
            if verb in FORMS and not _UNREAL.search(sentence, 0, match.end()):
                yield verb, passive
    lower = sentence.lower()
    for phrase in {phrase.lower() for phrases in claims.values() for phrase in phrases}:
        if phrase in lower and not _UNREAL.search(sentence, 0, lower.index(phrase)):
            yield phrase, False


def _objection(
    verb: str,
    passive: bool,
    done: set[str],
    offers: Mapping[str, frozenset[str]],
    told: frozenset[str],
) -> Iterator[tuple[str, ...]]:
    meant = FORMS.get(verb, frozenset((verb,)))
    able = tuple(name for name, offered in offers.items() if meant & offered)
    if done.intersection(able) or (passive and family_of(verb) in told):
        return
    if able or verb in PLAIN:
        yield able


def _told(known: Sequence[str]) -> frozenset[str]:
    return frozenset().union(*(families_of(text) for text in known)) if known else frozenset()
