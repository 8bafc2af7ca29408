"""Runs made for what the recorded cases hold too little of: cycles, edits, hand-offs, no news."""

import random
from dataclasses import dataclass

from holdfast.guards import Call, Step, make_step
from holdfast.guards.digest import digest, preview, sketch
from holdfast.guards.messages import tool_step

CITIES = ("Lisbon", "Porto", "Faro", "Madrid", "Sevilla", "Bilbao", "Paris", "Lyon", "Nantes")
EACH = 20
"""Runs made of each sort, with other names and numbers."""


@dataclass(frozen=True, slots=True)
class Made:
    """A made run.

    Attributes:
        sort: What sort of loop it holds, or what looks like one and is none.
        loop: Whether it is a loop.
        steps: The run.
    """

    sort: str
    loop: bool
    steps: list[Step]


def called(tool: str, result: str, **arguments: object) -> Step:
    return tool_step(Call("", tool, arguments, "agent"), result)


def handed(to: str, task: str, answer: str) -> Step:
    return make_step(
        "handoff",
        to,
        actor="supervisor",
        args={"task": digest(task)},
        result=digest(answer),
        preview=preview(answer),
        sketch=sketch(answer),
    )


def made_runs(seed: int = 7) -> list[Made]:
    """Return loops and look-alikes, the same for the same seed."""
    dice = random.Random(seed)
    sorts = {**LOOPS, **LOOK_ALIKES}
    return [
        Made(sort, sort in LOOPS, _lead_in(dice) + make(dice))
        for sort, make in sorts.items()
        for _ in range(EACH)
    ]


def _lead_in(dice: random.Random) -> list[Step]:
    """Return a few calls of honest work before anything happens."""
    return [
        called("open", f"page {n} of {dice.random()}", page=n) for n in range(dice.randint(0, 6))
    ]


def _cycle(dice: random.Random) -> list[Step]:
    size = dice.randint(2, 8)
    lap = [called(f"tool_{n}", f"same {n}", q=dice.random()) for n in range(size)]
    return lap * 4


def _edits(dice: random.Random) -> list[Step]:
    city = dice.choice(CITIES)
    asked = [
        f"cheap direct flights from {city} to Berlin on a weekend",
        f"cheap direct flight from {city} to Berlin on the weekend",
        f"Cheap direct flights, {city} to Berlin on weekends",
        f"please: cheap direct flights from {city} to Berlin, weekend",
        f"cheap and direct flights from {city} to Berlin on the weekends",
        f"cheap direct flights from {city} to Berlin for a weekend",
    ]
    dice.shuffle(asked)
    return [called("search", "No results found.", query=text) for text in asked]


def _walk(dice: random.Random) -> list[Step]:
    pages = [called("read", f"text of page {n}", page=n) for n in range(dice.randint(3, 5))]
    return [dice.choice(pages) for _ in range(40)]


def _ping_pong(dice: random.Random) -> list[Step]:
    team = dice.sample(("search", "billing", "visa", "returns"), dice.randint(2, 3))
    return [
        handed(name, f"Look into it, attempt {lap}.", f"{name}: that is for somebody else to do.")
        for lap in range(6)
        for name in team
    ]


def _finished(dice: random.Random) -> list[Step]:
    steps = []
    for lap in range(5):
        steps.append(
            handed("search", "Find a flight to Lisbon.", "LH 1166 leaves at 9:40, 118 EUR.")
        )
        news = " ".join(f"{dice.random():.9f}" for _ in range(9))
        steps.append(handed(f"desk_{lap}", f"Ask desk {lap}.", f"Desk {lap} says {news}."))
    return steps


def _batch(dice: random.Random) -> list[Step]:
    return [called("status", "available", flight=f"HAT{dice.randint(100, 999)}") for _ in range(20)]


def _dates(_: random.Random) -> list[Step]:
    return [called("search", "[]", day=f"2024-05-{n:02}", to="ORD") for n in range(1, 25)]


def _pages(dice: random.Random) -> list[Step]:
    return [called("list", f"rows {dice.random()}", offset=n * 50) for n in range(20)]


def _poll(dice: random.Random) -> list[Step]:
    shown = sorted(dice.sample(range(100), 15))
    return [called("job", f"{percent} % done", id=7) for percent in shown]


def _poll_without_news(_: random.Random) -> list[Step]:
    wait = [called("get_job_status", "running", id=7), called("wait", "ok", seconds=30)]
    return [*wait * 3, called("get_job_status", "done", id=7)]


def _test_and_edit(dice: random.Random) -> list[Step]:
    steps = []
    for _ in range(8):
        steps.append(called("run_tests", "FAILED test_book", path="tests"))
        steps.append(called("edit", "ok", path="book.py", text=f"return {dice.random()}"))
    return steps


def _team_at_work(dice: random.Random) -> list[Step]:
    steps = []
    for _ in range(8):
        steps.append(called("look", f"found {dice.random()}", q=dice.random()))
        steps.append(handed("search", "Go on.", "I found some more of it."))
    return steps


LOOPS = {
    "cycle of 2 to 8 calls": _cycle,
    "edits that change nothing": _edits,
    "walk among known calls": _walk,
    "control that goes round": _ping_pong,
    "finished task handed over again": _finished,
}
LOOK_ALIKES = {
    "batch with one answer": _batch,
    "day by day, nothing found": _dates,
    "page by page": _pages,
    "poll with news": _poll,
    "poll that waits for news": _poll_without_news,
    "test, edit, test": _test_and_edit,
    "team at work": _team_at_work,
}
