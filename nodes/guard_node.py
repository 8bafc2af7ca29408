"""Any guards as a node of any graph."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.messages import AIMessage, SystemMessage
from langchain_core.runnables.config import ensure_config

from ..guards.channel import LedgerState, LedgerUpdate, extend_ledger, view
from ..guards.context import ContextGuard
from ..guards.errors import GuardConfigError
from ..guards.facts import ToolSpec
from ..guards.guard import Guard, Policy
from ..guards.ledger import Call, Ledger, Source
from ..guards.message import MARK, REST, read_message
from ..guards.messages import read_new
from ..guards.settings import check_switches
from ..guards.sources import Sources
from ..guards.verdict import Action, Verdict
from .accounts import check_accounts
from .answering import as_sources, delivered, refusals
from .asking import Asker
from .channels import action_in, input_schema
from .clock import now
from .judging import (
    Clock,
    Judges,
    as_answered,
    blocking,
    can_be_said,
    check_names,
    judge_each,
    news_of,
    nudges,
    rung_of,
)
from .passing import judge_here
from .remembering import sources_of
from .scoring import existing, scored
from .specs import specs_of
from .token_counts import prompt_of, prompt_tokens


def guard_node(
    *guards: Guard,
    policy: Policy | None = None,
    tools: Sequence[Any] | None = None,
    messages: str | None = "messages",
    derive: bool = True,
    clock: Clock = now,
    context: Sequence[str] = (),
) -> Callable[[Any], dict[str, Any]]:
    """Return a node that judges the run, for `add_node` in a graph with any state.

    It reads three channels of its own (`ledger`, `verdicts`, `rung`), which it brings along, and
    the messages. Where the graph's own nodes write no ledger, it derives the steps from the
    messages that are new since it last looked. Put after the tools it adds a note where a guard
    nudges; put between model and tools it answers each call that a guard blocks and leaves the
    others to run. Put before the end it sends an unsupported answer back with a note, then marks
    what is unsupported in it (`wrap_up`). Route on it with `by_action`.

    Args:
        *guards: What judges, in order.
        policy: For a guard's name, the rung to which its verdicts are raised.
        tools: The tools on offer (LangChain tools, functions, or JSON schemas), for guards that
            check calls against them.
        messages: The channel of the messages; its reducer must append and replace by id, as
            `add_messages` does. None: the graph keeps no messages, and the ledger is all there is.
        derive: Whether to read steps out of the messages; False where all nodes write the ledger.
        clock: Unix time in seconds.
        context: Texts that the model is shown beside the messages (a system prompt with today's
            date, say): arguments may come from them, and answers rest on them.

    Raises:
        GuardConfigError: No guard was given, or one that is none, or the policy names an unknown
            rung or a guard that is not given.

    Cost: some 30 microseconds and what the guards cost, whatever the length of the history.
    """
    if not guards:
        raise GuardConfigError("guard_node(): give at least one guard, such as LoopGuard()")
    check_switches("guard_node", derive=derive)
    check_accounts(guards, None)
    node = judging_node(
        *guards,
        policy=policy,
        tools=tools,
        messages=messages,
        derive=derive,
        clock=clock,
        context=context,
    )
    check_names(guards, policy)
    return node


def judging_node(
    *guards: Guard,
    policy: Policy | None = None,
    tools: Sequence[Any] | None = None,
    messages: str | None = "messages",
    derive: bool = True,
    clock: Clock = now,
    context: Sequence[str] = (),
) -> Callable[[Any], dict[str, Any]]:
    """Return what `guard_node` returns; here there may be no guard at all."""
    specs = None if tools is None else specs_of(tools)
    asker = Asker.of("guard", guards, policy, clock)
    place = _Place(asker.judges, specs, messages, derive, clock, asker, as_sources(context))

    def node(state: Any) -> dict[str, Any]:
        return place.update(state)

    node.__annotations__ = {"state": input_schema(messages or "messages"), "return": dict}
    return node


@dataclass(frozen=True, slots=True)
class _Place:
    """Where guards stand in a graph, and what they can see from there."""

    judges: Judges
    specs: dict[str, ToolSpec] | None
    messages: str | None
    derive: bool
    clock: Clock
    asker: Asker
    context: tuple[Source, ...]

    def update(self, state: Any) -> dict[str, Any]:
        stored: LedgerState = state.get("ledger") or LedgerState()
        history = self._history(state)
        now = self.clock()
        derived, calls = self._read(history, stored, now)
        current = extend_ledger(stored, [derived]) if derived else stored
        sources = Sources(history, first=[*self.context, *sources_of(state)])
        ledger = view(current, tools=self.specs, now=now, answer=_answer(history), sources=sources)
        ledger = self._with_prompt(ledger, state, history)
        out: dict[str, Any] = {}
        parts: list[LedgerUpdate] = [derived] if derived else []
        if calls:
            verdicts, action = self._before(out, parts, ledger, calls, history)
        else:
            verdicts = self._standing(out, parts, ledger, state, history)
            verdicts = [as_answered(ledger, verdict) for verdict in verdicts]
            action = rung_of(verdicts)
        said = [verdict for verdict in verdicts if not calls or can_be_said(verdict)]
        fresh = news_of(said, state.get("verdicts"), current, now)
        if fresh:
            out["verdicts"] = fresh
        if not calls and history and (notes := nudges(fresh)):
            out[str(self.messages)] = [*out.get(str(self.messages), []), *notes]
        if parts:
            out["ledger"] = parts
        if action != action_in(state):
            out["rung"] = action
        return out

    def _with_prompt(self, ledger: Ledger, state: Any, history: Sequence[Any]) -> Ledger:
        """Return the view with the prompt, where the messages are all of it and a guard asks."""
        if not self.derive or not any(isinstance(one, ContextGuard) for one in self.judges.guards):
            return ledger
        shown = [*(SystemMessage(one.text) for one in self.context), *history]
        return replace(ledger, prompt=prompt_of(shown, state, prompt_tokens, None))

    def _history(self, state: Any) -> Sequence[Any]:
        if self.messages is None:
            return []
        if self.messages != "messages" and self.messages not in state:
            raise GuardConfigError(
                f"guard_node(messages={self.messages!r}): the state has no such channel, or "
                "nothing is in it; name the channel of the messages, or None where there is none"
            )
        return state.get(self.messages) or []

    def _standing(
        self,
        out: dict[str, Any],
        parts: list[LedgerUpdate],
        ledger: Ledger,
        state: Any,
        history: Sequence[Any],
    ) -> list[Verdict]:
        """Judge where no call is proposed: what was done, or the answer about to be given."""
        guards = self.judges.lasting
        scores, charged = scored(guards, ledger, self.asker, state, ensure_config())
        verdicts = judge_here(guards, replace(ledger, scores=scores), self.judges.policy)
        parts.extend([*charged, *refusals(ledger, verdicts)])
        if history and (marked := delivered(history[-1], guards, verdicts)):
            out[str(self.messages)] = marked
        return verdicts

    def _read(
        self, history: Sequence[Any], stored: LedgerState, now: float
    ) -> tuple[LedgerUpdate | None, tuple[Call, ...]]:
        if not history:
            return None, ()
        if self.derive:
            return read_new(history, stored, tools=self.specs, prices=self.judges.prices, now=now)
        last = read_message(history[-1])
        return None, tuple(last.calls) if last.role == "assistant" else ()

    def _before(
        self,
        out: dict[str, Any],
        parts: list[LedgerUpdate],
        ledger: Ledger,
        calls: Sequence[Call],
        history: Sequence[Any],
    ) -> tuple[list[Verdict], Action]:
        """Judge before tools: answer what is blocked, and keep the rest for the tools."""
        ledger = replace(ledger, exists=existing(ledger, calls))
        verdicts, reasons = judge_each(self.judges, ledger, calls)
        action = rung_of(verdicts)
        if not reasons:
            return verdicts, action
        answers, steps = blocking(calls, reasons)
        parts.append(steps)
        out[str(self.messages)] = parted(history[-1], reasons, answers)
        if len(reasons) < len(calls) and action == "block":
            action = "nudge"  # the others go on to the tools
        return verdicts, action


def parted(asking: Any, reasons: dict[str, str], answers: list[Any]) -> list[Any]:
    """Return the messages after which each blocked call is answered and the others still wait.

    Providers want each call answered right after the message that makes it: the message is split
    into one with the blocked calls, their answers, and one with the rest.
    """
    if not isinstance(asking, AIMessage) or all(
        call["id"] in reasons for call in asking.tool_calls
    ):
        return answers
    stopped = [call for call in asking.tool_calls if call["id"] in reasons]
    others = [call for call in asking.tool_calls if call["id"] not in reasons]
    waiting = {call["id"] for call in others}
    first = asking.model_copy(
        update={"tool_calls": stopped, "content": _without(asking.content, waiting)}
    )
    mark = {MARK: REST}  # it is no model call of its own
    rest = AIMessage(
        "", tool_calls=others, name=asking.name, id=f"{asking.id}-rest", additional_kwargs=mark
    )
    return [first, *answers, rest]


def _without(content: Any, waiting: set[Any]) -> Any:
    """Return a message's content without the blocks that make the calls that still wait."""
    if not isinstance(content, list):
        return content
    return [
        block
        for block in content
        if not (isinstance(block, dict) and {block.get("id"), block.get("call_id")} & waiting)
    ]


def _answer(history: Sequence[Any]) -> str | None:
    last = read_message(history[-1]) if history else None
    if last is None or last.role != "assistant" or last.calls:
        return None
    return last.text


def by_action(state: Any) -> Action:
    """Route on what the newest guard node or tool node found: the severest rung wins.

    For `add_conditional_edges`, with a map from each rung (`none`, `nudge`, `block`, `wrap_up`,
    `escalate`, `stop`) to a node.
    """
    return action_in(state)
