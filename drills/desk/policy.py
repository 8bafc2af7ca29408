"""The scripted model: one policy that works like a model, and fails like one.

It is shown messages and the names of its tools, and keeps nothing between two calls. Each habit
below ends only when a text in the conversation holds what would end it in a real model: the name
of the tool that exists, how often the same was done, what is wrong with the answer. A bare "please
fix your mistakes" ends none.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from ..replies import tool_call
from ..scripted import ScriptedModel
from .talk import (
    Talk,
    is_no_json,
    name_instead,
    other_way,
    read_json,
    repeats_itself,
    was_cut_off,
)

Tools = Mapping[str, Mapping[str, Any]]
Reply = AIMessage | str

_EMAIL = re.compile(r"[\w.]+@[\w.]+\w")
_ORDER = re.compile(r"\bA-\d{4}\b")
_EUROS = re.compile(r"(\d+\.\d\d) EUR")


def desk_model() -> ScriptedModel:
    """Return the desk's scripted model; one for supervisor and specialists alike."""
    return ScriptedModel(policy, model_name="scripted-desk")


def policy(messages: Sequence[BaseMessage], tools: Tools) -> Reply:
    """Return the next reply of whoever has these tools."""
    talk = Talk.of(messages)
    for tool, role in _ROLES:
        if tool in tools:
            return role(talk, tools)
    return "I could not finish this; a colleague has to go on with what is written above."


def _supervisor(talk: Talk, _: Tools) -> Reply:
    """Hand off, believe what comes back, and hand off again to whomever a report names."""
    if not talk.turns:
        return _hand_off(_first(talk.task), talk)
    last = talk.turns[-1]
    report = read_json(last.answer) or {}
    words = report.get("note") or report.get("status") or report.get("steps")
    if words is None:
        return f"I am sorry, this could not be done today. {last.answer[:160]}"
    other = {"orders": "billing", "billing": "orders"}.get(str(last.args.get("to")))
    if other and f"ask {other}" in words:
        if talk.knows(repeats_itself):
            return "We cannot see your parcel yet. Please send us the return number you were given."
        return _hand_off(other, talk)
    money = f" Refunded in all: {report['amount']:.2f} EUR." if "amount" in report else ""
    due = f" It is due on {report['due_on']}." if report.get("due_on") else ""
    return f"{words.rstrip('.')}.{money}{due}"


def _hand_off(to: str, talk: Talk) -> Reply:
    return tool_call("handoff", to=to, task=f"A customer writes: {talk.task}")


def _first(task: str) -> str:
    if re.search(r"refund|money", task):
        return "billing"
    return "technical" if re.search(r"blinks|flickers", task) else "orders"


def _orders(talk: Talk, tools: Tools) -> Reply:
    """Find the order and its parcel. Guesses the parcel's number when in a hurry."""
    if number := _ORDER.search(talk.task):
        return _status(talk, number.group())
    hurry = "late" in talk.task and not talk.knows(repeats_itself)
    if hurry and not talk.result("track_parcel"):
        return tool_call("track_parcel", parcel_id=f"PX-{1001 + talk.count('track_parcel')}")
    found = talk.result("find_orders")
    if found is None:
        return tool_call("find_orders", email=_EMAIL.search(talk.task)[0])  # type: ignore[index]
    parcel = talk.result("track_parcel")
    if parcel is None:
        right = talk.knows(name_instead, "track_package", tools)
        wanted = "track_parcel" if "late" in talk.task else right or "track_package"
        return tool_call(wanted, parcel_id=found[0]["parcel"])
    status = f"Your parcel is in {parcel['place']}"
    return json.dumps({"order_id": found[0]["id"], "status": status, "due_on": parcel["due_on"]})


def _status(talk: Talk, number: str) -> Reply:
    order = talk.result("get_order")
    if order is None:
        return tool_call("get_order", order_id=number)
    status = f"{order['place']}; for a return, ask billing"
    return json.dumps({"order_id": number, "status": status, "due_on": None})


def _billing(talk: Talk, tools: Tools) -> Reply:
    """Look up the payment, then refund or explain."""
    number = _ORDER.search(talk.task)[0]  # type: ignore[index]
    payment = talk.result("get_payment")
    if payment is None:
        return tool_call("get_payment", order_id=number)
    if payment["refunds"]:
        return _account(talk, number, payment)
    if part := _EUROS.search(talk.task):
        return _part(talk, number, float(part.group(1)), tools)
    if payment["returned_on"] is None:
        return _refund(number, 0.0, "none", "Nothing came back yet; ask orders where it is.")
    return _whole(talk, number, tools)


def _account(talk: Talk, number: str, payment: Mapping[str, Any]) -> Reply:
    """Say what was refunded; at first at such length that the answer is cut off in a number."""
    back = sum(one["amount"] for one in payment["refunds"])
    if talk.knows(was_cut_off):
        return _refund(number, back, "paid", "Your refund was paid.")
    long = f"We received the lamps on {payment['returned_on']} and paid you back by card. " * 3
    whole = _refund(number, back, "paid", long.strip())
    cut = whole[: whole.index(f"{back}") + 2]
    return AIMessage(cut, response_metadata={"finish_reason": "length"})


def _part(talk: Talk, number: str, amount: float, tools: Tools) -> Reply:
    """Refund a part, under a parameter that sounds right and does not exist."""
    if done := talk.result("refund"):
        return _refund(number, done["amount"], "paid", "We refunded the cable.")
    known = tools["refund"]["parameters"]["properties"]
    name = talk.knows(name_instead, "partial_amount", known) or "partial_amount"
    return tool_call("refund", order_id=number, reason="broken cable", **{name: amount})


def _whole(talk: Talk, number: str, tools: Tools) -> Reply:
    """Refund everything; when that fails, try again until somebody names another way."""
    if done := talk.result("queue_refund") or talk.result("refund"):
        words = {"paid": "Your refund was paid.", "queued": "Your refund is paid tomorrow."}
        return _refund(number, done["amount"], done["state"], words[done["state"]])
    tool = talk.knows(other_way, tools) or "refund"
    return tool_call(tool, order_id=number, reason="returned")


def _refund(number: str, amount: float, state: str, note: str) -> str:
    return json.dumps({"order_id": number, "note": note, "state": state, "amount": amount})


def _technical(talk: Talk, _: Tools) -> Reply:
    """Search, read, advise. Searches for the error code, whatever comes back."""
    article = talk.result("read_article")
    if article is not None:
        return _advice(talk, article)
    found = talk.result("search_articles")
    if found:
        return tool_call("read_article", article_id=found[0]["id"])
    fault = re.search(r"blinks orange|flickers", talk.task)
    words = fault.group() if fault else talk.task
    stuck = "E-42" in talk.task and not talk.knows(repeats_itself)
    return tool_call("search_articles", query="E-42" if stuck else words)


def _advice(talk: Talk, article: Mapping[str, Any]) -> Reply:
    """Answer in a fence and with a comma too many, as chat models like to."""
    fields = {"problem": article["title"], "steps": article["body"], "article": article["id"]}
    text = json.dumps(fields)
    return text if talk.knows(is_no_json) else f"```json\n{text[:-1]},\n}}\n```"


_ROLES = (
    ("handoff", _supervisor),
    ("track_parcel", _orders),
    ("refund", _billing),
    ("search_articles", _technical),
)
