"""Tell hand-offs that led somewhere from those that go round."""

from collections.abc import Iterator, Mapping

from ..digest import digest, likeness
from ..ledger import Ledger, Step
from .acts import Act, meant

ALIKE = 0.5
"""Two answers of a specialist that share half of their word pairs say the same."""
_NO_TASK = digest("")


def handoffs_of(ledger: Ledger, branch: str) -> Iterator[Act]:
    """Yield the hand-offs of a branch, newest first, back to the last that led to something new.

    Whoever made them: two agents that hand to each other make one cycle. How a task is worded
    makes no difference, and neither does how an answer is that brought nothing new.
    """
    fresh = fresh_handoffs(ledger)
    for step in reversed(ledger.steps):
        if step["kind"] == "human" or step["n"] in fresh:
            return
        if step["kind"] == "handoff" and step["branch"] == branch:
            blocked = step["error"] == "blocked"
            yield Act(step["name"], {}, n=step["n"], shown=step["preview"], blocked=blocked)


def fresh_handoffs(ledger: Ledger) -> frozenset[int]:
    """Return the numbers of the hand-offs that led to something new.

    New is a successful tool call that was not made before with that result; from a specialist
    that called no tool, an answer unlike its last one.
    """
    fresh: set[int] = set()
    seen: set[tuple[str, frozenset[tuple[str, str]], str]] = set()
    answers: dict[str, str] = {}
    worked = tried = False
    for step in ledger.steps:
        if step["kind"] == "tool":
            arguments = frozenset(meant(ledger, step["name"], step["args"]).items())
            work = (step["name"], arguments, step["result"])
            tried = True
            worked = worked or (step["error"] is None and work not in seen)
            seen.add(work)
        elif step["kind"] == "handoff":
            said = answers.get(step["name"])
            new_words = not tried and (said is None or likeness(said, step["sketch"]) < ALIKE)
            if worked or (new_words and step["error"] is None):
                fresh.add(step["n"])
            answers[step["name"]] = step["sketch"]
            worked = tried = False
    return frozenset(fresh)


def delegated_before(ledger: Ledger, name: str, args: Mapping[str, str], branch: str) -> list[Step]:
    """Return the hand-offs of this very task that were completed, and answered alike; newest first.

    The oldest is the last that led to something new. What somebody else is known to have changed
    since, another answer, or a person's word ends the row: to ask again is sensible then. A task
    without words (a supervisor that is a function gives none) is told from no other.
    """
    if args.get("task", _NO_TASK) == _NO_TASK:
        return []
    changes = {done["n"] for done in ledger.done.values()}
    fresh = fresh_handoffs(ledger)
    found: list[Step] = []
    for step in reversed(ledger.steps):
        if step["kind"] == "human" or (step["n"] in changes and step["actor"] != name):
            break
        if step["kind"] != "handoff" or step["error"] is not None:
            continue
        if (step["name"], step["branch"], step["args"]) != (name, branch, args):
            continue
        if found and likeness(found[-1]["sketch"], step["sketch"]) < ALIKE:
            break
        found.append(step)
        if step["n"] in fresh:
            break
    return found
