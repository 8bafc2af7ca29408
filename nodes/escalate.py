"""Send a run to a person from any node: by an update, or by asking in the middle of its work."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from langgraph.config import get_config
from langgraph.types import interrupt
from pydantic import TypeAdapter

from ..guards.channel import view
from ..guards.errors import GuardConfigError, NoCheckpointerError
from ..guards.escalation import (
    OPTIONS,
    Ask,
    Deadline,
    Option,
    check_deadline,
    make_escalation,
    proposed,
)
from ..guards.ledger import Call, no_spend
from ..guards.ruling import lifted
from ..guards.verdict import tripped
from .clock import now
from .human import check_can_wait
from .human_answer import HumanAnswer, Settling
from .judging import Clock
from .reading import read
from .specs import Tools, specs_of

_OPTIONS: tuple[Option, ...] = ("continue", "answer", "take_over", "abort")
_ABOUT_CALLS: tuple[Option, ...] = ("approve", "edit", "reject")


def escalate(
    state: Any,
    reason: str,
    *,
    by: str,
    kind: str = "asked",
    options: Sequence[Option] | None = None,
    answer: Any = None,
    deadline: Deadline | None = None,
    steps: Sequence[int] = (),
    clock: Clock = now,
) -> dict[str, Any]:
    """Return the update with which a node sends its run to the graph's `human_node`.

    Return it from the node, alone or merged with what else the node writes, and route on it with
    `by_action`: the rung is `escalate`. The person's answer is taken by the human node, as after
    a guard's trip.

    Args:
        state: The graph's state, as the node was given it.
        reason: Why a person is asked, in a sentence.
        by: Who asks: the node's name, say.
        kind: What about, in one word.
        options: What they may decide; None: all that the human node allows.
        answer: What an answer must be: a type, or a JSON schema; None: text.
        deadline: Until when they can answer, and what is decided then.
        steps: Numbers of the steps that are the evidence.
        clock: Unix time in seconds.

    Raises:
        GuardConfigError: An option, or the deadline, is none.
    """
    ask = _asking(options, answer, deadline)
    ledger: Mapping[str, Any] = read(state, "ledger") or {}
    verdict = tripped(by, kind, "escalate", reason, steps=steps, ask=ask)
    given = {**verdict, "step": ledger.get("n", 0), "at": clock()}
    return {"verdicts": [given], "rung": "escalate"}


def ask(
    reason: str,
    *,
    by: str = "",
    kind: str = "asked",
    options: Sequence[Option] | None = None,
    answer: Any = None,
    deadline: Deadline | None = None,
    calls: Sequence[Call] = (),
    tools: Tools = (),
    state: Any = None,
    clock: Clock = now,
) -> HumanAnswer:
    """Ask a person in the middle of a node's or a tool's work, and return the checked answer.

    It interrupts: on resume the node runs again from its top, so ask before what must not be done
    twice. Its deadline is kept by `resume` and `expire`, which tell the node that it has passed:
    the answer is then the default's decision.

    Args:
        reason: Why a person is asked, in a sentence.
        by: Who asks.
        kind: What about, in one word.
        options: What they may decide; None: to go on, to answer, to take over, to abort, and with
            `calls` to approve, edit and reject them.
        answer: What an answer must be: a type, or a JSON schema; None: text.
        deadline: Until when they can answer, and what is decided then.
        calls: Actions that the question is about.
        tools: Their tools: what an edit is checked against.
        state: The graph's state, to show what the run has spent.
        clock: Unix time in seconds.

    Raises:
        NoCheckpointerError: The graph has no checkpointer to wait with, or no graph runs.
        GuardConfigError: An option, or the deadline, is none.
    """
    _check_can_ask()
    offered = options or [*_OPTIONS, *(_ABOUT_CALLS if calls else ())]
    question = make_escalation(
        reason,
        spent=no_spend() if state is None else view(read(state, "ledger")).spent,
        options=offered,
        guard=by,
        kind=kind,
        actions=[proposed(call) for call in calls],
        ask=_asking(options, answer, deadline),
        asked=clock(),
    )
    settling = Settling(question, clock, calls, specs_of(tools), keeps_time=False)
    given: HumanAnswer = interrupt(question, response_schema=settling.schema)
    return given


def _check_can_ask() -> None:
    try:
        config = get_config()
    except RuntimeError as error:
        raise NoCheckpointerError(
            "ask(): there is no run here that could wait for an answer; call it in a node or a "
            "tool, while the graph runs, and compile that graph with a checkpointer"
        ) from error
    check_can_wait(config)


def allow_again(state: Any, *tools: str) -> dict[str, Any]:
    """Return the update that takes back what people rejected in a thread.

    A rejected call stays rejected: proposed again, it is answered. Where its tool needs approval, a
    later run asks once more, and shows the reason that was given. Merge this into the input of the
    next run, `app.invoke({**question, **allow_again(values, "book")}, config)`, or return it from
    a node; the calls are then judged like any others.

    Args:
        state: The thread's state: `app.get_state(config).values`, or what a node is given.
        *tools: Whose calls may be proposed again; none: all tools'.

    Raises:
        GuardConfigError: No call of one of these tools is rejected.
    """
    ledger: Mapping[str, Any] = read(state, "ledger") or {}
    found = lifted(ledger.get("rulings"), tools)
    known = {one["tool"] for one in lifted(ledger.get("rulings"))}
    if unknown := [tool for tool in tools if tool not in known]:
        some = ", ".join(sorted(known)) or "none"
        raise GuardConfigError(
            f"allow_again({', '.join(map(repr, unknown))}): no call of it is rejected; rejected "
            f"are calls of: {some}"
        )
    return {"ledger": [{"rulings": found}]}


def _asking(options: Sequence[Option] | None, answer: Any, deadline: Deadline | None) -> Ask:
    if unknown := [one for one in options or () if one not in OPTIONS]:
        raise GuardConfigError(f"options={unknown!r}: use some of {', '.join(OPTIONS)}")
    check_deadline("escalate, ask", deadline)
    found: dict[str, Any] = {}
    if options is not None:
        found["options"] = list(options)
    if answer is not None:
        is_schema = isinstance(answer, Mapping)
        found["answer"] = dict(answer) if is_schema else TypeAdapter(answer).json_schema()
    if deadline is not None:
        found |= {"seconds": deadline.seconds, "default": deadline.default}
    return cast("Ask", found)
