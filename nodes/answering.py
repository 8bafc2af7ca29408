"""Judge the answer that is about to be given: send it back, mark what is wrong, or ask a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_type_hints

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config
from langgraph.graph import END

from ..guards.answer_ladder import SUPPORTED, Then, amended, sent_back
from ..guards.channel import LedgerState, LedgerUpdate, extend_ledger, view
from ..guards.ending import ending_of
from ..guards.facts import ToolSpec
from ..guards.guard import Guard
from ..guards.ledger import Ledger, Source
from ..guards.message import MARK, read_message
from ..guards.sources import Sources
from ..guards.verdict import Verdict, severity
from .asking import Asker
from .channels import action_in
from .judging import Judges, news_of, nudges, rung_of
from .passing import judge_here
from .reading import read
from .remembering import sources_of
from .scoring import scored


def answer_guards(guards: Sequence[Guard]) -> tuple[Guard, ...]:
    """Return the guards that judge answers: those that say so by `judges_answers`."""
    return tuple(guard for guard in guards if getattr(guard, "judges_answers", False))


def wants_sources(guards: Sequence[Guard], tools: Mapping[str, ToolSpec]) -> bool:
    """Return whether a specialist's guards look at what was seen before its task."""
    if answer_guards(guards) or any(getattr(guard, "grounded", False) for guard in guards):
        return True
    return any(spec.facts.arguments for spec in tools.values())


def refusals(ledger: Ledger, verdicts: Sequence[Verdict]) -> list[LedgerUpdate]:
    """Return what the ledger remembers of an answer that is sent back."""
    found = [v for v in verdicts if v.get("spans") and v["action"] in ("nudge", "block")]
    return [{"steps": [sent_back(ledger, found[0])]}] if found else []


def delivered(message: Any, guards: Sequence[Guard], verdicts: Sequence[Verdict]) -> list[Any]:
    """Return the answer with its unsupported spans marked or taken out, in its own place.

    Nothing where no verdict turns the run aside over spans of it.
    """
    how: dict[str, Then] = {
        str(getattr(guard, "name", "")): getattr(guard, "then", "mark") for guard in guards
    }
    spans: dict[tuple[int, int], Then] = {}
    for verdict in verdicts:
        if severity(verdict["action"]) < severity("wrap_up"):
            continue
        for start, end in verdict.get("spans", ()):
            then = how.get(verdict["guard"], "mark")
            spans[start, end] = "remove" if spans.get((start, end)) == "remove" else then
    if not spans or not hasattr(message, "model_copy"):
        return []
    said = read_message(message).text
    kept = amended(said, dict.fromkeys(spans, "remove"))
    kwargs = {**message.additional_kwargs, SUPPORTED: kept}
    return [
        message.model_copy(update={"content": amended(said, spans), "additional_kwargs": kwargs})
    ]


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """Where a final answer is judged.

    Attributes:
        asker: Who asks scorers that are models, and under which budgets.
        specs: The tools that could have done what an answer claims.
        named: Whether messages of named assistants are results of specialists.
        context: Texts that the answer's author is shown beside the messages.
    """

    asker: Asker
    specs: Mapping[str, ToolSpec]
    named: bool = False
    context: tuple[Source, ...] = ()

    @property
    def judges(self) -> Judges:
        """The guards that judge answers."""
        judges = self.asker.judges
        return Judges(answer_guards(judges.guards), judges.policy)

    def node(self, schema: type) -> Any:
        """Return the node, which reads the channels of a schema."""
        keys = get_type_hints(schema)

        def check(state: Any) -> dict[str, Any]:
            update = self.update(state, ensure_config())
            return {key: value for key, value in update.items() if key in keys}

        check.__annotations__ = {"state": schema, "return": dict}
        return check

    def update(self, state: Any, config: RunnableConfig) -> dict[str, Any]:
        """Judge the last message; route on `rung` and `ending`."""
        messages = read(state, "messages") or []
        stored: LedgerState = read(state, "ledger") or LedgerState()
        now = self.asker.clock()
        ledger = self._view(state, messages, stored, now)
        scores, charged = scored(self.judges.guards, ledger, self.asker, state, config)
        verdicts = judge_here(
            self.judges.guards, replace(ledger, scores=scores), self.judges.policy
        )
        if read(state, "ending") not in (None, "completed"):
            verdicts = list(map(_last_word, verdicts))
        current = extend_ledger(stored, [charged])
        fresh = news_of(verdicts, read(state, "verdicts"), current, now)
        parts = [*charged, *refusals(ledger, verdicts)]
        marked = delivered(messages[-1], self.judges.guards, verdicts)
        update = {
            "rung": rung_of(verdicts),
            "verdicts": fresh,
            "ledger": parts,
            "messages": [*marked, *nudges(fresh)],
        }
        update = {key: value for key, value in update.items() if value}
        return {**update, **_ending(state, verdicts)}

    def _view(self, state: Any, messages: Sequence[Any], stored: LedgerState, now: float) -> Ledger:
        first = [*self.context, *seen_before(state)]
        sources = Sources(own_part(state, messages), first=first, named=self.named)
        last = read_message(messages[-1]) if messages else None
        answer = last.text if last and last.role == "assistant" and not last.calls else None
        return view(stored, tools=self.specs, now=now, answer=answer, sources=sources)


def after_check(state: Any) -> str:
    """Route after a check: `agent` where the answer was sent back, `deliver`, aside, or out."""
    if read(state, "ending"):
        return END
    rung = action_in(state)
    if severity(rung) >= severity("wrap_up"):
        return rung
    return "deliver" if read_message(read(state, "messages")[-1]).role == "assistant" else "agent"


def as_sources(context: Sequence[str]) -> tuple[Source, ...]:
    """Return texts that a model is shown beside the messages, as it has seen them."""
    return tuple(Source(f"context-{n}", text, "system") for n, text in enumerate(context, 1))


def handed_up(messages: Sequence[Any]) -> dict[str, str]:
    """Return what marks a specialist's last words: as a result, or what of them is supported."""
    for item in reversed(messages):
        message = read_message(item)
        if message.role == "assistant" and message.text.strip():
            kept = getattr(item, "additional_kwargs", {}).get(SUPPORTED)
            return {MARK: "ran"} if kept is None else {MARK: "ungrounded", SUPPORTED: kept}
    return {MARK: "ran"}


def seen_before(state: Any) -> list[Source]:
    """Return what was seen and is in no message: before a specialist's task, and in the pins."""
    return [*sources_of(state), *(Source(**plain) for plain in read(state, "seen") or ())]


def own_part(state: Any, messages: Sequence[Any]) -> Sequence[Any]:
    """Return the messages that say what was seen: without a task that a model wrote.

    What the supervisor's model makes up in a task would vouch for itself; where the team's own
    sources are given, they stand in for it.
    """
    if not read(state, "seen"):
        return messages
    for place, message in enumerate(messages):
        if read_message(message).role == "user":
            return [*messages[:place], *messages[place + 1 :]]
    return messages


def _last_word(verdict: Verdict) -> Verdict:
    """Turn what would send an answer back into what marks it: the run has ended already."""
    if not verdict.get("spans") or severity(verdict["action"]) >= severity("wrap_up"):
        return verdict
    return {**verdict, "action": "wrap_up"}


def _ending(state: Any, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return how a run ends whose answer turns it aside: not at all while it goes on."""
    before = read(state, "ending")
    if before not in (None, "completed"):
        return {"rung": "none"}
    rung = rung_of(verdicts)
    if rung == "none":
        return {"rung": "none", "ending": before}
    if rung != "wrap_up":
        return {"ending": None}
    worst = next(verdict for verdict in verdicts if verdict["action"] == "wrap_up")
    return {"ending": ending_of(worst), "trouble": worst["reason"]}
