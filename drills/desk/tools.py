"""The specialists' tools: they really read and write the desk's database."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.tools import BaseTool, tool

from ...guards.facts import tool_facts
from .database import Database


def desk_tools(database: Database) -> Mapping[str, Sequence[BaseTool]]:
    """Return each specialist's tools, over one database."""
    return {
        "orders": _order_tools(database),
        "billing": _billing_tools(database),
        "technical": _technical_tools(database),
    }


def _order_tools(database: Database) -> list[BaseTool]:
    @tool
    def find_orders(email: str) -> str:
        """Find a customer's orders by e-mail address."""
        return _json(database.read("select * from orders where email = ?", email))

    @tool
    def get_order(order_id: str) -> str:
        """Get one order, with where its parcel is."""
        return _json(
            database.one(
                "select o.*, p.place from orders o join parcels p on p.id = o.parcel"
                " where o.id = ?",
                order_id,
                missing=f"no order {order_id!r}",
            )
        )

    @tool
    def track_parcel(parcel_id: str) -> str:
        """Say where a parcel is and when it is due."""
        return _json(
            database.one(
                "select * from parcels where id = ?", parcel_id, missing=f"no parcel {parcel_id!r}"
            )
        )

    return [find_orders, get_order, track_parcel]


def _billing_tools(database: Database) -> list[BaseTool]:
    @tool
    def get_payment(order_id: str) -> str:
        """Get what was paid for an order, what came back, and what was refunded."""
        payment = _payment(database, order_id)
        refunds = database.read("select amount, state from refunds where order_id = ?", order_id)
        return _json({**payment, "refunds": refunds})

    @tool
    def refund(order_id: str, amount: float | None = None, reason: str = "") -> str:
        """Refund an order over the way it was paid; without an amount, all of it."""
        payment = _payment(database, order_id)
        method = payment["method"]
        if not database.read("select 1 from services where method = ? and up", method):
            raise ConnectionError(f"{method} gateway: connection refused")
        return _booked(database, payment, amount, reason, "paid")

    @tool
    def queue_refund(order_id: str, amount: float | None = None, reason: str = "") -> str:
        """Put a refund on the list that accounting pays by hand the next day."""
        return _booked(database, _payment(database, order_id), amount, reason, "queued")

    tool_facts(refund, effects=True, dependency="payments", claims=("refunded",))
    tool_facts(queue_refund, effects=True)
    return [get_payment, refund, queue_refund]


def _payment(database: Database, order_id: str) -> Mapping[str, Any]:
    return database.one(
        "select * from payments where order_id = ?", order_id, missing=f"no order {order_id!r}"
    )


def _booked(
    database: Database, payment: Mapping[str, Any], amount: float | None, reason: str, state: str
) -> str:
    amount = payment["paid"] if amount is None else amount
    if not 0 < amount <= payment["paid"]:
        raise ValueError(f"amount must be above 0 and at most {payment['paid']:.2f}")
    number = database.write(
        "insert into refunds (order_id, amount, reason, state) values (?, ?, ?, ?)",
        payment["order_id"], amount, reason, state,
    )  # fmt: skip
    known = {"refund": f"R-{number}", "order_id": payment["order_id"]}
    return _json({**known, "amount": amount, "state": state})


def _technical_tools(database: Database) -> list[BaseTool]:
    @tool
    def search_articles(query: str) -> str:
        """Search the titles of the help articles for words."""
        titles = database.read("select id, title from articles")
        words = set(query.lower().split())
        found = [row for row in titles if words & set(row["title"].lower().split())]
        return _json(found) if found else f"No article matches {query!r}."

    @tool
    def read_article(article_id: str) -> str:
        """Read a help article."""
        return _json(
            database.one(
                "select * from articles where id = ?",
                article_id,
                missing=f"no article {article_id!r}",
            )
        )

    @tool
    def open_repair(order_id: str, fault: str) -> str:
        """Open a repair for an order."""
        number = database.write(
            "insert into repairs (order_id, fault) values (?, ?)", order_id, fault
        )
        return _json({"repair": f"S-{number}", "order_id": order_id})

    tool_facts(open_repair, effects=True)
    return [search_articles, read_article, open_repair]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
