"""What must not be forgotten: the goal, what was asked, constraints, decisions, open questions.

Plain data of bounded size, in a channel of its own; no compaction touches it. Words that people
gave are kept as they are; what agents and tools record is kept on one line, secrets blotted out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import TypedDict

from .digest import preview
from .errors import GuardConfigError

GOAL = 4_000
"""Characters kept of a goal, and of a user's request."""
CONSTRAINT = 600
"""Characters that a constraint has at most."""
DECISION = 400
"""Characters kept of a decision, and of an open question."""
_REQUESTS, _CONSTRAINTS, _DECISIONS, _QUESTIONS, _TASKS = 6, 24, 64, 16, 24
_TASK, _SAID = 300, 400  # characters kept of a task, and of what came of it


@dataclass(frozen=True, slots=True)
class Pinned:
    """Marks a state field that every prompt shows: ``city: Annotated[str, Pinned()]``."""


class Decision(TypedDict):
    """A decision that was taken.

    Attributes:
        text: The decision, on one line.
        by: Who recorded it.
    """

    text: str
    by: str


class Task(TypedDict):
    """A task that a specialist has ended.

    Attributes:
        to: The specialist.
        n: Number of the last step before it.
        task: The task, on one line.
        said: What came of it, on one line.
        ending: How it ended.
    """

    to: str
    n: int
    task: str
    said: str
    ending: str


class Pins(TypedDict, total=False):
    """The channel's value, and what an update adds to it.

    Attributes:
        goal: The goal that somebody set; else the newest request is.
        requests: What the user asked for, run by run, the newest last.
        constraints: What holds throughout.
        decisions: What was decided, oldest first.
        questions: What is open.
        answered: In an update: questions that are open no more.
        tasks: The tasks that ended, oldest first.
        fields: State fields that are pinned, as text; for who cannot see the state.
        facts: What was recalled from other threads for this run; an update replaces them.
        hidden: How many constraints, decisions and questions there was no room for.
    """

    goal: str
    requests: list[str]
    constraints: list[str]
    decisions: list[Decision]
    questions: list[str]
    answered: list[str]
    tasks: list[Task]
    fields: dict[str, str]
    facts: list[str]
    hidden: dict[str, int]


def pin(
    *,
    goal: str = "",
    constraint: str | Sequence[str] = (),
    decision: str = "",
    by: str = "",
    question: str = "",
    answered: str = "",
) -> dict[str, Any]:
    """Return an update of the state that pins something: in a node, or for `update_state`.

    Args:
        goal: What the thread is for, in place of the user's newest request.
        constraint: What holds throughout, one or several.
        decision: What was decided; kept on one line.
        by: Who decided.
        question: What is open.
        answered: A question that is open no more, word for word.

    Raises:
        GuardConfigError: Nothing was given, or a text is longer than what is kept of it.

    >>> pin(decision="Take the 9 o'clock flight.", by="booking")
    {'pins': {'decisions': [{'text': "Take the 9 o'clock flight.", 'by': 'booking'}]}}
    """
    constraints = [constraint] if isinstance(constraint, str) else list(constraint)
    found: Pins = {
        "goal": _whole("goal", goal, GOAL),
        "constraints": [c for c in (_whole("constraint", c, CONSTRAINT) for c in constraints) if c],
        "decisions": [recorded(_short("decision", decision), by)] if decision.strip() else [],
        "questions": [one_line(_short("question", question))] if question.strip() else [],
        "answered": [one_line(answered)] if answered.strip() else [],
    }
    kept = {name: value for name, value in found.items() if value}
    if not kept:
        raise GuardConfigError("pin(): give a goal, a constraint, a decision or a question")
    return {"pins": kept}


def recorded(text: str, by: str = "") -> Decision:
    """Return a decision as it is kept: on one line, at most 400 characters, secrets blotted out."""
    return Decision(text=one_line(text), by=preview(by, 60))


def one_line(text: str) -> str:
    """Return a text as decisions and questions are kept."""
    return preview(text, DECISION)


def request(text: str) -> str:
    """Return a user's request as it is kept: word for word, up to 4,000 characters."""
    text = text.strip()
    return text if len(text) <= GOAL else f"{text[: GOAL - 60]} … (cut; {len(text):,} characters)"


def ended_task(to: str, task: str, said: str, *, n: int, ending: str) -> Task:
    """Return a task that ended, as it is kept."""
    return Task(to=to, n=n, task=preview(task, _TASK), said=preview(said, _SAID), ending=ending)


def _whole(name: str, text: Any, most: int) -> str:
    if not isinstance(text, str):
        raise GuardConfigError(f"pin({name}=...): a {type(text).__name__} was given; give a text")
    if len(text.strip()) > most:
        raise GuardConfigError(
            f"pin({name}=...): {len(text):,} characters were given, {most:,} are kept word for "
            "word; say it shorter, or pin several"
        )
    return text.strip()


def _short(name: str, text: str) -> str:
    return _whole(name, text, DECISION)


def add_pins(state: Pins | None, update: Pins | None) -> Pins:
    """Return the pins with an update in them; the reducer of the channel.

    Constraints, decisions and questions are kept once each. Where there is no room left, the first
    constraints and the newest of all else are kept, and the others are counted. What it does not
    know it leaves out: a reducer that raises would leave the thread stuck.
    """
    new: dict[str, Any] = dict(state or {})
    given: Mapping[str, Any] = update or {}
    for name in ("goal", "fields", "facts"):
        if name in given:
            new[name] = given[name]
    for name, most in _BOUNDS.items():
        if given.get(name):
            new[name], lost = _added(name, new.get(name, ()), given[name], most)
            if lost and name in _COUNTED:
                hidden = new.get("hidden", {})
                new["hidden"] = {**hidden, name: hidden.get(name, 0) + lost}
    if gone := given.get("answered"):
        new["questions"] = [one for one in new.get("questions", ()) if one not in gone]
    return new  # type: ignore[return-value]


_BOUNDS = {
    "requests": _REQUESTS,
    "constraints": _CONSTRAINTS,
    "decisions": _DECISIONS,
    "questions": _QUESTIONS,
    "tasks": _TASKS,
}
_COUNTED = ("constraints", "decisions", "questions")


def _added(name: str, old: Iterable[Any], new: Iterable[Any], most: int) -> tuple[list[Any], int]:
    kept = list(old)
    for item in new:
        known = item in kept
        if known and name == "requests":
            kept.remove(item)  # asked again: it is the newest now
        if not known or name == "requests":
            kept.append(item)
    lost = max(len(kept) - most, 0)
    return (kept[:most] if name == "constraints" else kept[lost:]), lost


def pins_since(now: Pins | None, then: Pins | None) -> Pins:
    """Return what pins have more than they had: what a subgraph hands up."""
    mine: Mapping[str, Any] = now or {}
    known: Mapping[str, Any] = then or {}
    new: dict[str, Any] = {}
    for name in _COUNTED:
        if found := [one for one in mine.get(name, ()) if one not in known.get(name, ())]:
            new[name] = found
    gone = [one for one in known.get("questions", ()) if one not in mine.get("questions", ())]
    if gone:
        new["answered"] = gone
    if mine.get("goal", "") != known.get("goal", ""):
        new["goal"] = mine.get("goal", "")
    return new  # type: ignore[return-value]


def goal_of(pins: Pins | None) -> str:
    """Return the goal: the one that was set, else the user's newest request; else empty."""
    pins = pins or {}
    return pins.get("goal") or next(reversed(pins.get("requests", [])), "")
