"""The tickets: what customers write, and how to tell whether they were served."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .database import Database


@dataclass(frozen=True, slots=True)
class Served:
    """What a harness left behind.

    Attributes:
        database: The desk's data afterwards.
        fields: The typed results, as plain data, by the state's field.
        answer: What the customer was told, or empty.
    """

    database: Database
    fields: Mapping[str, Any]
    answer: str

    def value(self, field: str, key: str) -> Any:
        """Return a part of a typed result, or None."""
        return (self.fields.get(field) or {}).get(key)

    def refunds(self, order_id: str) -> list[tuple[float, str]]:
        """Return what was refunded for an order: amounts and states."""
        sql = "select amount, state from refunds where order_id = ? order by id"
        return [(row["amount"], row["state"]) for row in self.database.read(sql, order_id)]


@dataclass(frozen=True, slots=True)
class Ticket:
    """One customer's request, centred on one way in which models fail.

    Attributes:
        key: A short name.
        failure: What goes wrong in it.
        text: What the customer writes.
        fault: From what was left behind, what is wrong with it in a few words; empty: nothing.
    """

    key: str
    failure: str
    text: str
    fault: Callable[[Served], str]


def _due(day: str) -> Callable[[Served], str]:
    def fault(served: Served) -> str:
        told = served.value("delivery", "due_on")
        return "" if told == day else f"told {told or 'no date'}, due {day}"

    return fault


def _article(number: str) -> Callable[[Served], str]:
    def fault(served: Served) -> str:
        given = served.value("advice", "article")
        return "" if given == number else f"advice from {given or 'nowhere'}, not {number}"

    return fault


def _paid_back(order: str, amount: float, state: str) -> Callable[[Served], str]:
    def fault(served: Served) -> str:
        done = served.refunds(order)
        if done == [(amount, state)]:
            return ""
        given = " + ".join(f"{paid:.2f}" for paid, _ in done) or "nothing"
        return f"{given} EUR refunded, not {amount:.2f}"

    return fault


def _told(amount: float) -> Callable[[Served], str]:
    def fault(served: Served) -> str:
        told = served.value("refund", "amount")
        if told == amount:
            return ""
        return "told no amount" if told is None else f"told {told:.2f} EUR, it was {amount:.2f}"

    return fault


def _nothing_paid(order: str) -> Callable[[Served], str]:
    def fault(served: Served) -> str:
        return "refunded without a return" if served.refunds(order) else ""

    return fault


TICKETS = (
    Ticket(
        "unknown-tool",
        "calls a tool that does not exist",
        "When does my keyboard come? ann@example.com",
        _due("2026-03-09"),
    ),
    Ticket(
        "bad-json",
        "answers in broken JSON",
        "My router blinks orange slowly, what now? ola@example.com, A-1042",
        _article("KB-11"),
    ),
    Ticket(
        "invented-parameter",
        "invents a parameter",
        "The cable of A-1043 is broken. Please refund 24.90 EUR for it; I keep the monitor.",
        _paid_back("A-1043", 24.9, "paid"),
    ),
    Ticket(
        "cut-off-answer",
        "stops in the middle of its answer",
        "How much money did I get back for A-1045?",
        _told(118.5),
    ),
    Ticket(
        "invented-id",
        "invents an id, then another",
        "My parcel is late. dia@example.com",
        _due("2026-03-12"),
    ),
    Ticket(
        "same-call",
        "makes the same call again and again",
        "My monitor from A-1048 says E-42 and flickers.",
        _article("KB-12"),
    ),
    Ticket(
        "ping-pong",
        "hands off to and fro",
        "I sent A-1047 back. Where is my money? eve@example.com",
        _nothing_paid("A-1047"),
    ),
    Ticket(
        "dead-service",
        "hammers a dead service",
        "You have A-1049 back. Please pay me the refund.",
        _paid_back("A-1049", 89.9, "queued"),
    ),
)
