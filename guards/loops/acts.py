"""What a loop is made of: acts, each with what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..ledger import Call, Ledger, Step

WINDOW = 16
"""Acts among which a call counts as made before. Chosen: twice the longest cycle looked for."""


TOLD_ONCE = "This was done already, before the user's last request"
"""How the answer to a call begins that may be made again: such a call is no lap of a loop."""


class Act(NamedTuple):
    """A step as the guard compares it.

    Attributes:
        name: The tool, or whom control was handed to.
        args: One digest per argument that means something.
        result: Digest of what came back, or the class of an error; empty: nobody knows, since
            nothing came back yet or the call never ran.
        n: Number of the step; 0 for a call that is proposed.
        shown: The beginning of what came back.
        sketch: Small similarity sketch of the arguments.
        failed: Whether it failed.
        changed: Whether it is known to have changed something outside the run.
        blocked: Whether a guard answered it.
    """

    name: str
    args: Mapping[str, str]
    result: str = ""
    n: int = 0
    shown: str = ""
    sketch: str = ""
    failed: bool = False
    changed: bool = False
    blocked: bool = False

    def repeats(self, other: "Act") -> bool:
        """Return whether this is the same act with the same outcome, as far as one can know."""
        return (
            self.name == other.name
            and self.args == other.args
            and (not self.result or not other.result or self.result == other.result)
        )


def is_exempt(ledger: Ledger, tool: str) -> bool:
    """Return whether calls of a tool are never part of a loop."""
    if ledger.tools is None:
        return False
    facts = ledger.facts(tool)
    return facts.poller or facts.free


def meant(ledger: Ledger, tool: str, digests: Mapping[str, str]) -> Mapping[str, str]:
    """Return the digests of a call's arguments, without those that mean nothing."""
    if ledger.tools is None or not (volatile := ledger.facts(tool).volatile):
        return digests
    return {name: digest for name, digest in digests.items() if name not in volatile}


def act_of(ledger: Ledger, step: Step) -> Act:
    """Return a step as it is compared."""
    error, name = step["error"], step["name"]
    return Act(
        name=name,
        args=meant(ledger, name, step["args"]),
        result="" if error == "blocked" else error or step["result"],
        n=step["n"],
        shown=step["preview"],
        sketch=step["sketch"],
        failed=error is not None and error != "blocked",
        changed=error is None and ledger.tools is not None and bool(ledger.facts(name).effects),
        blocked=error == "blocked",
    )


def act_proposed(ledger: Ledger, call: Call) -> Act:
    """Return a proposed call as it is compared; its sketch is left for who needs it."""
    return Act(name=call.name, args=meant(ledger, call.name, call.digests))


def lane(
    ledger: Ledger, actor: str, branch: str, steps: Sequence[Step] | None = None
) -> Iterator[Step]:
    """Yield the calls and hand-offs of one actor in one branch, newest first.

    A person's word, or what a person did, ends them: the count begins anew there.
    """
    known = ledger.tools is not None
    for step in reversed(ledger.steps if steps is None else steps):
        kind = step["kind"]
        if kind == "model":
            continue
        if kind == "human":
            return
        if step["actor"] != actor or step["branch"] != branch or kind == "answer":
            continue
        if (not known or not is_exempt(ledger, step["name"])) and not _was_told_once(step):
            yield step


def _was_told_once(step: Step) -> bool:
    return step["error"] == "blocked" and TOLD_ONCE in step["preview"]


def acts_of(
    ledger: Ledger, actor: str, branch: str, steps: Sequence[Step] | None = None
) -> Iterator[Act]:
    """Yield the acts of one actor in one branch, newest first."""
    return (act_of(ledger, step) for step in lane(ledger, actor, branch, steps))


def is_news(
    ledger: Ledger,
    name: str,
    args: Mapping[str, str],
    place: tuple[str, str],
    newest: Step | None,
    depth: int,
) -> bool:
    """Return whether no loop can end in a call, by a glance at the last acts.

    It is news when it was not made before, and the two acts before its end did not return the
    same to two calls of one tool, which small edits might have told apart.

    Args:
        ledger: The run.
        name: The tool.
        args: One digest per argument that means something.
        place: Who made the call, and in which branch.
        newest: Its step; None: it is proposed.
        depth: How many acts to look at, the newest among them, at least 2.
    """
    plain = ledger.tools is None or not ledger.facts(name).volatile
    left, before = depth, None
    for step in lane(ledger, *place):
        if step["name"] == name and step is not newest:
            if (step["args"] if plain else meant(ledger, name, step["args"])) == args:
                return False
            if left == depth - 1 and before is not None and _same_outcome(before, step):
                return False
        left -= 1
        if not left:
            break
        before = step
    return True


def _same_outcome(one: Step, other: Step) -> bool:
    same = (one["error"] or one["result"]) == (other["error"] or other["result"])
    return same and one["name"] == other["name"]
