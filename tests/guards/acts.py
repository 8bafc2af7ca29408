"""Runs for the tests of the loop guard, written as letters: one call each."""

from holdfast.guards import Call, Ledger, LoopGuard, ToolFacts, ToolSpec
from holdfast.guards import make_step as step
from holdfast.guards.digest import digest, digest_arguments, sketch


def act(name, result="same", branch="", actor="agent", error=None, **args):
    """Return the step of a tool call; by default one that always gives the same."""
    return step(
        "tool",
        name,
        actor=actor,
        branch=branch,
        args=digest_arguments(args),
        result=digest(result),
        preview=result,
        error=error,
    )


def acts(letters):
    """Return the step of a call for each letter."""
    return [act(letter) for letter in letters]


def handoff(name, said="", error=None):
    return step("handoff", name, actor="supervisor", sketch=sketch(said), error=error)


def numbered(steps):
    return [{**each, "n": n} for n, each in enumerate(steps, 1)]


def ledger(steps, proposed=(), **facts):
    """Return a view of a run; facts are by tool."""
    tools = {name: ToolSpec(name, facts=each) for name, each in facts.items()} or None
    return Ledger(steps=numbered(steps), proposed=proposed, tools=tools)


def call(name, call_id="p", branch="", actor="agent", **args):
    return Call(call_id, name, args, actor, branch)


def rung(steps, proposed=(), guard=None, **facts):
    return (guard or LoopGuard()).check(ledger(steps, proposed, **facts))["action"]


POLLER, FREE, VOLATILE = ToolFacts(poller=True), ToolFacts(free=True), ToolFacts(volatile=("at",))
