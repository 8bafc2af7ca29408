"""Notice calls that cannot work, and tools that keep failing."""

from collections.abc import Iterator
from dataclasses import dataclass

from .argument_grounding import has_seen, is_judged, ungrounded
from .digest import preview
from .errors import GuardConfigError
from .ledger import Call, Ledger, Step
from .schema import faults_of, nearest, signature
from .verdict import Action, Verdict, passed, severest, skipped, tripped

_AFTER = ("tool", "human", "handoff")  # the last two close what tools before them did
_OFFERED = 12  # tools named to a model that asked for one that does not exist


@dataclass(frozen=True, slots=True)
class _Fault:
    call: str
    kind: str
    action: Action
    text: str
    steps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallGuard:
    """Trips on a proposed call that cannot work, and on a tool that fails again and again.

    Before tools it blocks a call of an unknown tool, one whose arguments are missing, extra,
    invalid or unreadable, and one of a tool that failed `block` times in a row with no success of
    it between. After tools it nudges from the `nudge`-th failure in a row. A call that was blocked
    counts as a failure; at `escalate` of them in a row a person is asked.

    An argument with a policy in its tool's facts (`arguments={"id": "seen"}`) must be grounded in
    what the run has seen, or the call is blocked with the nearest seen values.

    Attributes:
        nudge: Failures of one tool in a row at which to nudge, at least 2.
        block: Failures in a row from which the tool's calls are blocked, above `nudge`.
        escalate: Failures in a row, blocked calls among them, at which to ask a person, above
            `block`; for an unknown tool, of unknown tools altogether.
        grounded: Whether all arguments must be grounded, not only those with a policy: each
            identifier, code, name, date and amount seen in the run, or derived from what was.
    """

    nudge: int = 3
    block: int = 5
    escalate: int = 8
    grounded: bool = False

    def __post_init__(self) -> None:
        if not 2 <= self.nudge < self.block < self.escalate:
            raise GuardConfigError(
                f"ToolCallGuard(nudge={self.nudge}, block={self.block}, escalate={self.escalate}):"
                " use 2 <= nudge < block < escalate"
            )

    def check(self, ledger: Ledger) -> Verdict:
        """Judge the proposed calls, or after tools the last failures.

        Cost: about 50 microseconds for each proposed call, 1 when nothing is proposed and the
        last call succeeded; at most one pass over the recent steps of a failing tool. Grounding
        costs some 0.1 milliseconds for each 1,000 words seen, once for a view.
        """
        if not ledger.proposed:
            return self._after(ledger)
        faults = [fault for call in ledger.proposed for fault in self._before(ledger, call)]
        if not faults:
            why = self._blind(ledger)
            return skipped("tool_call", why) if why else passed("tool_call")
        return tripped(
            "tool_call",
            faults[0].kind,
            severest(fault.action for fault in faults),
            " ".join(dict.fromkeys(fault.text for fault in faults)),
            steps=sorted({n for fault in faults for n in fault.steps}),
            calls=list(dict.fromkeys(fault.call for fault in faults)),
        )

    def _blind(self, ledger: Ledger) -> str:
        """Return why proposals that were let through could not be judged; empty if they could."""
        calls = [call for call in ledger.proposed if call.kind == "tool"]
        if ledger.tools is None and calls:
            return "nobody said which tools there are"
        judged = (is_judged(ledger, call, everything=self.grounded) for call in calls)
        if any(judged) and not has_seen(ledger):
            return "the run has seen nothing that arguments could come from"
        return ""

    def _before(self, ledger: Ledger, call: Call) -> Iterator[_Fault]:
        if call.kind != "tool":
            return
        fault = self._unreadable(call) or self._unknown(ledger, call) or self._invalid(ledger, call)
        if fault is None and (text := ungrounded(ledger, call, everything=self.grounded)):
            fault = "ungrounded_argument", text
        streak = _failures(ledger, call.name, call.actor, call.branch)
        if fault is None and len(streak) >= self.block:
            fault = "failing_tool", _stop_sentence(call.name, streak)
        if fault is not None:
            kind, text = fault
            evidence = tuple(step["n"] for step in streak)
            yield _Fault(call.id, kind, self._rung(ledger, call, streak), text, evidence)

    def _rung(self, ledger: Ledger, call: Call, streak: list[Step]) -> Action:
        known = ledger.tools is None or call.name in ledger.tools
        count = len(streak) if known else _blocked_unknown(ledger, call)
        return "escalate" if count + 1 >= self.escalate else "block"

    def _unreadable(self, call: Call) -> tuple[str, str] | None:
        if call.error is None:
            return None
        why = preview(call.error, 120)
        text = f"The call of {preview(call.name, 60)!r} cannot be read: {why}. Send valid JSON."
        return "unreadable_arguments", text

    def _unknown(self, ledger: Ledger, call: Call) -> tuple[str, str] | None:
        if ledger.tools is None or call.name in ledger.tools:
            return None
        close = nearest(call.name, ledger.tools)
        offered = ", ".join(close or list(ledger.tools)[:_OFFERED]) or "none"
        advice = "the nearest are" if close else "there are"
        name = preview(call.name, 60)
        return "unknown_tool", f"There is no tool {name!r}; {advice}: {offered}."

    def _invalid(self, ledger: Ledger, call: Call) -> tuple[str, str] | None:
        spec = ledger.tools.get(call.name) if ledger.tools else None
        if spec is None or not (faults := faults_of(spec, call.args)):
            return None
        said = "; ".join(faults)
        text = f"The call of {call.name!r} does not fit: {said}. Use {signature(spec)}."
        return "invalid_arguments", text

    def _after(self, ledger: Ledger) -> Verdict:
        last = next((s for s in reversed(ledger.steps) if s["kind"] in _AFTER), None)
        if last is None or last["error"] is None or last["kind"] != "tool":
            return passed("tool_call")
        streak = _failures(ledger, last["name"], last["actor"], last["branch"])
        if len(streak) < self.nudge:
            return passed("tool_call", score=float(len(streak)))
        evidence = [step["n"] for step in streak]
        action: Action = "nudge"
        text = self._nudge_sentence(ledger, last["name"], streak)
        if len(streak) >= self.block:
            action, text = "block", _stop_sentence(last["name"], streak)
        return tripped("tool_call", "failing_tool", action, text, steps=evidence)

    def _nudge_sentence(self, ledger: Ledger, tool: str, streak: list[Step]) -> str:
        spec = ledger.tools.get(tool) if ledger.tools else None
        use = f" It takes {signature(spec)}." if spec else ""
        return (
            f"{preview(tool, 60)!r} has failed {len(streak)} times in a row; the last error was: "
            f"{streak[-1]['preview']!r}.{use} Change what you ask of it, or do without."
        )


def _failures(ledger: Ledger, tool: str, actor: str, branch: str) -> list[Step]:
    """Return the failures of a tool, by one actor, since its last success; oldest first."""
    if ledger.facts(tool).failing_is_normal:
        return []
    found: list[Step] = []
    for step in reversed(ledger.steps):
        if step["kind"] == "human" and step["name"] != tool:
            break  # a person has spoken: begin anew
        if step["kind"] != "tool" or step["name"] != tool:
            continue
        if actor and (step["actor"], step["branch"]) != (actor, branch):
            continue
        if step["error"] is None:
            break
        if step["error"] not in ("cancelled", "unknown"):
            found.append(step)
    return found[::-1]


def _blocked_unknown(ledger: Ledger, call: Call) -> int:
    """Return how many calls of unknown tools this actor has made in this run."""
    known = ledger.tools or {}
    return sum(
        1
        for step in ledger.steps
        if step["kind"] == "tool" and step["name"] not in known and step["actor"] == call.actor
    )


def _stop_sentence(tool: str, streak: list[Step]) -> str:
    return (
        f"The tool {preview(tool, 60)!r} has failed {len(streak)} times in a row and is not called "
        f"again in this run; its last error was: {streak[-1]['preview']!r}."
    )
