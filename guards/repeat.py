"""Notice that finished work is about to be done again."""

from collections.abc import Iterator
from dataclasses import dataclass

from .digest import digest
from .ledger import Call, Done, Ledger, Step
from .loops.acts import TOLD_ONCE, meant
from .settings import check_switches
from .verdict import Verdict, passed, tripped

_NOTHING_SAID = digest("")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatGuard:
    """Trips on a proposed call that would do once more what is done, and answers it.

    A state-changing call that succeeded is known by its tool and its arguments, for as long as the
    thread lives. Proposed again in the same run it is blocked, and the answer is the recorded line
    with its result. A person's words after it lift that: they may have asked for it. Of a call
    that an earlier run made, the model is told once in a run; made again after that, it runs, for
    the user's newest request may ask for it once more. Tools whose facts say `idempotent`, `free`
    or `poller` may be repeated; arguments that facts call volatile are not compared.

    A hand-off of a task is blocked where that same task was completed in this run and changed
    something; a task in other words passes, and so does one after a person's words.

    Attributes:
        earlier: Whether to tell of what earlier runs of the thread have done.

    Raises:
        GuardConfigError: `earlier` is neither True nor False.

    >>> RepeatGuard().check(Ledger())["outcome"]
    'pass'
    """

    earlier: bool = True

    def __post_init__(self) -> None:
        check_switches("RepeatGuard", earlier=self.earlier)

    def check(self, ledger: Ledger) -> Verdict:
        """Judge the calls proposed. Cost: some microseconds, unless a call is known."""
        found = [item for call in ledger.proposed for item in self._known(ledger, call)]
        if not found:
            return passed("repeat")
        reason = " ".join(dict.fromkeys(why for _, _, why in found))
        steps = sorted({n for _, n, _ in found})
        calls = [call for call, _, _ in found]
        return tripped("repeat", "already_done", "block", reason, steps=steps, calls=calls)

    def _known(self, ledger: Ledger, call: Call) -> Iterator[tuple[str, int, str]]:
        if call.kind == "handoff":
            step = _handed_before(ledger, call)
            if step is not None:
                yield call.id, step["n"], _of_task(call.name, step)
            return
        done = None if _may_repeat(ledger, call.name) else _done_before(ledger, call)
        if done is None or _has_spoken(ledger, done["n"]):
            return
        if done["n"] > ledger.after:
            yield call.id, done["n"], _of_call(done)
        elif self.earlier and not _was_told(ledger, call):
            yield call.id, done["n"], _of_earlier(done)


def _may_repeat(ledger: Ledger, tool: str) -> bool:
    facts = ledger.facts(tool)
    return facts.idempotent or facts.free or facts.poller


def _done_before(ledger: Ledger, call: Call) -> Done | None:
    known = ledger.done.get(call.key)
    if known is not None or not ledger.facts(call.name).volatile:
        return known
    wanted = meant(ledger, call.name, call.digests)
    ids = {item["call_id"]: item for item in ledger.done.values() if item["tool"] == call.name}
    for step in reversed(ledger.recent):
        if step["call_id"] in ids and meant(ledger, call.name, step["args"]) == wanted:
            return ids[step["call_id"]]
    return None


def _has_spoken(ledger: Ledger, since: int) -> bool:
    """Return whether a person has said something in this run after a step."""
    return any(
        step["kind"] == "human" and step["n"] > since and step["result"] != _NOTHING_SAID
        for step in ledger.steps
    )


def _was_told(ledger: Ledger, call: Call) -> bool:
    digests = call.digests
    return any(
        step["name"] == call.name and step["args"] == digests and TOLD_ONCE in step["preview"]
        for step in ledger.steps
    )


def _handed_before(ledger: Ledger, call: Call) -> Step | None:
    """Return the step of the same task, completed in this run, that changed something."""
    if call.digests.get("task") == _NOTHING_SAID:
        return None
    changed = {item["n"] for item in ledger.done.values()}
    found: Step | None = None
    for step in reversed(ledger.steps):
        if step["kind"] == "human" and step["result"] != _NOTHING_SAID:
            return None
        if step["kind"] == "handoff" and step["error"] != "blocked":
            if found is not None:
                return None  # it changed nothing
            if _is_same(step, call):
                found = step
        elif found is not None and step["actor"] == call.name and step["n"] in changed:
            return found
    return None


def _is_same(step: Step, call: Call) -> bool:
    return step["error"] is None and step["name"] == call.name and step["args"] == call.digests


def _of_call(done: Done) -> str:
    return (
        f"This was done already in step {done['n']}, and is not done again: {done['line']}. "
        "Go on with that result."
    )


def _of_earlier(done: Done) -> str:
    return (
        f"{TOLD_ONCE}: {done['line']}. "
        "If that request asks for it once more, make the same call again now: that is right, and "
        "it will run. If it does not, go on with that result."
    )


def _of_task(name: str, step: Step) -> str:
    return (
        f"{name!r} has completed this task already in step {step['n']}, and its work stands: "
        f"{step['preview']}. Go on from there; hand over what is left, or say in the task what is "
        "to be done once more."
    )
