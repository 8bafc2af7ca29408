"""Run a ticket through a harness, and report what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from time import monotonic
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from ...guards.digest import preview
from ...guards.escalation import Escalation
from ...guards.message import read_message
from .database import Database
from .guarded import colleague, guarded_graph
from .meter import Event, Meter
from .plain import RECURSION_LIMIT, plain_graph
from .team import ROLES
from .tickets import Served, Ticket
from .tools import desk_tools

Harness = Literal["plain", "holdfast"]
Watch = Callable[[Event], None]
Person = Callable[[Escalation], dict[str, str]]

_QUESTIONS = 3  # times a person answers in one run


@dataclass(frozen=True, slots=True)
class Trip:
    """A guard's trip, as the table shows it."""

    guard: str
    kind: str
    action: str
    step: int
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a person, and the answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a ticket in one harness.

    Attributes:
        ticket: Its key.
        harness: `plain` or `holdfast`.
        ending: How the run ended: an ending, or for plain LangGraph `answered` or the exception.
        reason: Why, where it did not end well.
        fault: What is wrong with what was left behind; empty: the customer was served.
        answer: What the customer was told, or empty.
        calls: The tools that were asked for, in order.
        events: All that happened.
        trips: What the guards found.
        asked: What a person was asked.
        model_calls: Calls of the model.
        tool_calls: Tools that ran.
        tokens: Tokens.
        seconds: Wall time.
    """

    ticket: str
    harness: Harness
    ending: str
    reason: str
    fault: str
    answer: str
    calls: tuple[str, ...]
    events: tuple[Event, ...]
    trips: tuple[Trip, ...]
    asked: tuple[Asked, ...]
    model_calls: int
    tool_calls: int
    tokens: int
    seconds: float

    @property
    def path(self) -> list[tuple[str, int]]:
        """The tools that were asked for, those in a row as one with their number."""
        return [(name, len(list(same))) for name, same in groupby(self.calls)]


def run_ticket(
    ticket: Ticket,
    harness: Harness,
    model: BaseChatModel,
    *,
    watch: Watch | None = None,
    person: Person = colleague,
    most_calls: int = 60,
) -> Report:
    """Run a ticket on a database of its own.

    Args:
        ticket: The request.
        harness: Which of the two runs it.
        model: The model of all roles.
        watch: Is shown each event when it happens.
        person: Answers escalations.
        most_calls: Model calls after which plain LangGraph, which has no budget, is broken off.

    Cost: for the scripted model, some 0.2 seconds.
    """
    database = Database()
    meter = Meter(watch, most_calls if harness == "plain" else None)
    began = monotonic()
    run = _run_plain if harness == "plain" else _run_guarded
    try:
        came = run(ticket, model, database, meter, person)
        served = Served(database, came.fields, came.answer)
        broken = came.ending not in ("answered", "completed")
        fault = "no answer" if broken and not came.answer else ticket.fault(served)
    finally:
        database.close()
    return Report(
        ticket.key,
        harness,
        came.ending,
        came.reason,
        fault,
        came.answer,
        tuple(event.name for event in meter.events if event.kind == "asks"),
        tuple(meter.events),
        came.trips,
        came.asked,
        meter.model_calls,
        meter.tool_calls,
        meter.tokens,
        monotonic() - began,
    )


@dataclass(frozen=True, slots=True)
class _Came:
    """How a graph came out."""

    ending: str
    fields: dict[str, Any]
    answer: str
    reason: str = ""
    trips: tuple[Trip, ...] = ()
    asked: tuple[Asked, ...] = ()


def _run_plain(
    ticket: Ticket, model: BaseChatModel, database: Database, meter: Meter, _: Person
) -> _Came:
    app = plain_graph(model, desk_tools(database))
    config = RunnableConfig(callbacks=[meter], recursion_limit=RECURSION_LIMIT)
    try:
        out = app.invoke({"messages": [HumanMessage(ticket.text)]}, config)
    except Exception as error:  # noqa: BLE001 - what kills the run is what is shown
        return _Came(type(error).__name__, {}, "", preview(str(error)))
    return _Came("answered", _fields(out), _last(out))


def _run_guarded(
    ticket: Ticket, model: BaseChatModel, database: Database, meter: Meter, person: Person
) -> _Came:
    app = guarded_graph(model, desk_tools(database))
    config = RunnableConfig(callbacks=[meter], configurable={"thread_id": ticket.key})
    asked: list[Asked] = []
    given: Any = {"messages": [HumanMessage(ticket.text)]}
    try:
        out = app.invoke(given, config)
        while "__interrupt__" in out and len(asked) < _QUESTIONS:
            question: Escalation = out["__interrupt__"][0].value
            answer = person(question)
            asked.append(Asked(question["reason"], answer["message"]))
            out = app.invoke(Command(resume=answer), config)
    except Exception as error:  # noqa: BLE001 - what kills the run is what is shown
        return _Came(type(error).__name__, {}, "", preview(str(error)), asked=tuple(asked))
    trips = tuple(_trip(given) for given in out["verdicts"] if given["outcome"] == "trip")
    if "__interrupt__" in out:  # the question is open, and what led to it is still inside
        open_question = out["__interrupt__"][0].value["reason"]
        return _Came("escalated", _fields(out), "", open_question, trips, tuple(asked))
    reason = trips[-1].reason if trips else ""
    return _Came(out["ending"], _fields(out), _last(out), reason, trips, tuple(asked))


def _trip(given: Any) -> Trip:
    return Trip(given["guard"], given["kind"], given["action"], given["step"], given["reason"])


def _fields(out: dict[str, Any]) -> dict[str, Any]:
    return {role.field: out.get(role.field) for role in ROLES}


def _last(out: dict[str, Any]) -> str:
    last = read_message(out["messages"][-1])
    return last.text if last.role == "assistant" else ""
