"""A desk that looks up and refunds orders, for the tests of grounding."""

import json

from holdfast.guards import Ledger

TOOLS = [
    {
        "name": name,
        "description": about,
        "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}},
    }
    for name, about in (("look", "Look up an order."), ("refund", "Refund an order."))
]
FOUND = "Order W1234567: two lamps, delivered on Monday to Oslo, paid by card."


def user(text="Please refund order W1234567."):
    return {"role": "user", "content": text}


def makes(name, call_id="a", **args):
    call = {"id": call_id, "function": {"name": name, "arguments": json.dumps(args)}}
    return {"role": "assistant", "content": "", "tool_calls": [call]}


def result(text=FOUND, call_id="a", **known):
    return {"role": "tool", "tool_call_id": call_id, "content": text, **known}


def says(text):
    return {"role": "assistant", "content": text}


def run(*messages, tools=TOOLS):
    """Return the ledger of a recorded run."""
    return Ledger.from_messages(list(messages), tools)


LOOKED = (user("What is in order W1234567?"), makes("look", order_id="W1234567"), result())
REFUNDED = (user(), makes("refund", order_id="W1234567"), result("refunded"))
