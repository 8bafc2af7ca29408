"""Updates for the tests of the ledger's reducer."""

from holdfast.guards import make_step as step
from holdfast.guards.channel import (
    extend_ledger,
)

CURSOR = {"count": 1, "last": "m1", "characters": 5}


def tool(call_id="", **known):
    return step("tool", "book", call_id=call_id, **known)


def model(**known):
    return step("model", "gpt-x", **known)


def done(call_id, key=None, tool_name="book"):
    return {"key": key or call_id, "n": 0, "tool": tool_name, "line": "", "call_id": call_id}


def fold(*updates):
    return extend_ledger(None, updates)


def numbers(state):
    return [each["n"] for each in state["recent"]]
