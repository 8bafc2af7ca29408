"""A tool call behind the breaker of what it needs: asked before it runs, told what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.types import Command

from ..guards.breaker import wait_seconds
from ..guards.breaker_verdict import open_verdict, unguarded_verdict, unreachable_verdict
from ..guards.call_outcome import result_event
from ..guards.ledger import Call
from ..guards.message import text_of
from ..guards.messages import tool_step
from ..guards.verdict import Verdict
from . import told
from .acting import Act
from .breakers import Breakers
from .passage import Passage
from .stand_ins import stand_in_of


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A call that was not made."""

    verdict: Verdict
    wait: float | None


@dataclass(frozen=True, slots=True)
class _Unguarded:
    """A call that was made though its breaker could not be asked."""

    outcome: Any
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ToolGates:
    """The breakers of a tool node's calls.

    Attributes:
        tools: The tools by name.
        breakers: What guards them.
    """

    tools: Mapping[str, BaseTool]
    breakers: Breakers

    @classmethod
    def of(cls, tools: Sequence[BaseTool], breakers: Breakers) -> "ToolGates":
        """Return the gates of some tools."""
        return cls({tool.name: tool for tool in tools}, breakers)

    def around(self, act: Act) -> Act:
        """Return the parts of one call's task with its breaker around the call."""

        def call(request: Any, config: RunnableConfig) -> Any:
            with self._passage(request) as passage:
                if not passage.may_call:
                    return self._refusal(passage, request)
                return self._came_back(passage, request, act.call(request, config))

        async def acall(request: Any, config: RunnableConfig) -> Any:
            async with self._passage(request) as passage:
                if not passage.may_call:
                    return self._refusal(passage, request)
                return self._came_back(passage, request, await act.acall(request, config))

        def finish(state: Any, request: Any, outcome: Any, seconds: float) -> Any:
            if isinstance(outcome, _Refusal):
                return _refused(Call(**state["call"]), outcome)
            if isinstance(outcome, _Unguarded):
                update = act.finish(state, request, outcome.outcome, seconds)
                return {**update, "verdicts": [outcome.verdict]}
            return act.finish(state, request, outcome, seconds)

        return Act(act.prepare, call, acall, finish) if self.breakers else act

    def _passage(self, request: Any) -> Passage:
        tool = self.tools[request["tool_call"]["name"]]  # calls of unknown tools are blocked before
        can_probe = self.breakers.can_probe(tool)
        return Passage(self.breakers, self.breakers.of_tool(tool), can_probe=can_probe)

    def _refusal(self, passage: Passage, request: Any) -> _Refusal:
        call, now = request["tool_call"], self.breakers.clock()
        if passage.refused is None:
            return _Refusal(unreachable_verdict(passage.down, [call["id"]]), None)
        other = stand_in_of(self.tools[call["name"]], self.tools.values())
        more = f"Use {other.name!r} instead." if other else ""
        found = passage.refused
        verdict = open_verdict(found, "block", "refused", now, more=more, calls=[call["id"]])
        return _Refusal(verdict, wait_seconds(found, now))

    def _came_back(self, passage: Passage, request: Any, outcome: Any) -> Any:
        call = request["tool_call"]
        breaker = self.breakers.of_tool(self.tools[call["name"]])
        if passage.down:
            return _Unguarded(outcome, unguarded_verdict(passage.down))
        if breaker is not None:
            text, failed = _answer(outcome, call["id"])
            passage.ended(result_event(breaker, text, failed=failed))
        return outcome


def _refused(call: Call, refusal: _Refusal) -> dict[str, Any]:
    wait = refusal.wait
    left = "" if wait is None else f" retry_after: {max(round(wait), 1)} seconds."
    message = told.blocked(call, f"{refusal.verdict['reason']}{left}")
    message.artifact = {"retry_after_seconds": wait}
    step = tool_step(call, message.text, error="blocked")
    return {"messages": [message], "steps": [step], "verdicts": [refusal.verdict]}


def _answer(outcome: Any, call_id: str) -> tuple[str, bool]:
    """Return the text of the message that answers a call, and whether it reports a failure."""
    for item in outcome if isinstance(outcome, list) else [outcome]:
        holder: Any = item.update if isinstance(item, Command) else item
        messages = holder.get("messages") or () if isinstance(holder, dict) else (holder,)
        for message in messages:
            if getattr(message, "tool_call_id", "") == call_id:
                return text_of(message.content), message.status == "error"
    return "", False
