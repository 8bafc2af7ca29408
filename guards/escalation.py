"""What a person is asked: the question as plain data, in a form that inboxes know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, get_args

from typing_extensions import TypedDict

from .digest import digest, preview
from .errors import GuardConfigError
from .ledger import Call, Spend, Step
from .shown_arguments import shown

Option = Literal[
    "continue",
    "answer",
    "approve",
    "edit",
    "reject",
    "respond",
    "raise_budget",
    "take_over",
    "abort",
]
"""What a person may decide. `approve`, `edit`, `reject`, `respond` are about proposed actions."""

Default = Literal["abort", "wrap_up", "continue", "reject"]
"""What is decided where nobody answers in time."""

OPTIONS: tuple[Option, ...] = get_args(Option)
DEFAULTS: tuple[Default, ...] = get_args(Default)
QUESTION = "ask_person"
"""The action that stands for a question without one, where an inbox wants an action."""
EVIDENCE = 8
"""Steps that a question shows."""
_REASON_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long a question stays open, and what is decided when nobody answers.

    Attributes:
        seconds: From when it was asked, above 0.
        default: What is decided then: `abort`, `wrap_up`, `continue`, or `reject` for actions.
    """

    seconds: float
    default: Default = "abort"

    def __post_init__(self) -> None:
        if self.seconds <= 0 or self.default not in DEFAULTS:
            raise GuardConfigError(
                f"Deadline(seconds={self.seconds!r}, default={self.default!r}): use seconds above "
                f"0, and one of {', '.join(DEFAULTS)}"
            )


def check_deadline(where: str, deadline: object) -> None:
    """Refuse a deadline that is none.

    Args:
        where: Who was given it.
        deadline: What was given.

    Raises:
        GuardConfigError: It is neither a `Deadline` nor None.
    """
    if deadline is not None and not isinstance(deadline, Deadline):
        raise GuardConfigError(
            f"{where}(deadline={deadline!r}): use Deadline(seconds, default), whose default says "
            f"what is decided then ({', '.join(DEFAULTS)}), or None: questions stay open for ever"
        )


class Ask(TypedDict, total=False):
    """How a person is to be asked; a guard may put it into its verdict, as `ask`.

    Attributes:
        options: What they may decide; absent: all that the place allows.
        answer: JSON schema of the answer; absent: text.
        seconds: How long the question stays open; absent: for ever.
        default: What is decided then; absent: `abort`.
    """

    options: list[Option]
    answer: dict[str, Any]
    seconds: float
    default: Default


class ProposedAction(TypedDict):
    """A call that a question is about.

    Attributes:
        name: The tool.
        args: Its arguments as shown: bounded, secrets blotted out.
        call_id: Id of the call.
        description: What a person should know of it.
    """

    name: str
    args: Any
    call_id: str
    description: str


class ActionRequest(TypedDict):
    """LangChain's form of a proposed action."""

    name: str
    args: dict[str, Any]
    description: NotRequired[str]


class ReviewConfig(TypedDict):
    """LangChain's form of what may be decided about an action."""

    action_name: str
    allowed_decisions: list[str]


class Escalation(TypedDict):
    """The question as a person gets it; the value of the interrupt. Plain data.

    It is LangChain's `HITLRequest` too (`action_requests`, `review_configs`), so an inbox made for
    that can show and answer it.

    Attributes:
        type: Always `escalation`.
        id: The same for the same question, also after the node ran again.
        reason: Why a person is asked.
        guard: Which guard or node asks, or empty.
        kind: What it found.
        evidence: The steps it points to, a line each, oldest first.
        steps: Their numbers.
        actions: The calls it is about.
        options: The decisions to choose from.
        answer_schema: JSON schema of an answer, or None: text.
        asked: Unix time at which it was asked, or None.
        deadline: Unix time until which it can be answered, or None.
        default: What is decided then.
        spent: What the run has spent until now.
        action_requests: The actions for an inbox, or one that stands for the question.
        review_configs: What may be decided about each.
    """

    type: Literal["escalation"]
    id: str
    reason: str
    guard: str
    kind: str
    evidence: list[str]
    steps: list[int]
    actions: list[ProposedAction]
    options: list[Option]
    answer_schema: dict[str, Any] | None
    asked: float | None
    deadline: float | None
    default: Default
    spent: Spend
    action_requests: list[ActionRequest]
    review_configs: list[ReviewConfig]


def make_escalation(
    reason: str,
    *,
    spent: Spend,
    options: Sequence[Option],
    guard: str = "",
    kind: str = "",
    steps: Sequence[Step] = (),
    actions: Sequence[ProposedAction] = (),
    ask: Ask | None = None,
    asked: float | None = None,
) -> Escalation:
    """Return a question with what is known of it."""
    ask = ask or {}
    said = preview(reason, _REASON_SHOWN)
    offered = [one for one in options if one in ask.get("options", options)]
    seconds = ask.get("seconds")
    found = [*steps][-EVIDENCE:]
    named = [[one["name"], one["call_id"], one["args"]] for one in actions]
    requests, configs = _requests(said, kind, found, actions, offered)
    return Escalation(
        type="escalation",
        id=digest([guard, kind, said, [step["n"] for step in found], named, asked]),
        reason=said,
        guard=guard,
        kind=kind,
        evidence=[evidence_line(step) for step in found],
        steps=[step["n"] for step in found],
        actions=list(actions),
        options=offered,
        answer_schema=ask.get("answer"),
        asked=asked,
        deadline=None if seconds is None or asked is None else asked + seconds,
        default=ask.get("default", "abort"),
        spent=spent,
        action_requests=requests,
        review_configs=configs,
    )


def evidence_line(step: Step) -> str:
    """Return a step on one line."""
    return f"step {step['n']}: {step['actor']} {step['kind']} {step['name']} -> {step['preview']}"


def proposed(call: Call, description: str = "") -> ProposedAction:
    """Return a call as a person is shown it."""
    return ProposedAction(
        name=preview(call.name, 120),
        args=shown(call.args),
        call_id=call.id,
        description=description,
    )


def _requests(
    reason: str,
    kind: str,
    steps: Sequence[Step],
    actions: Sequence[ProposedAction],
    options: Sequence[Option],
) -> tuple[list[ActionRequest], list[ReviewConfig]]:
    if not actions:
        lines = "\n".join([reason, *map(evidence_line, steps)])
        request = ActionRequest(name=QUESTION, args={"kind": kind}, description=lines)
        allowed = ["approve", *(["reject"] if "abort" in options else []), "respond"]
        return [request], [ReviewConfig(action_name=QUESTION, allowed_decisions=allowed)]
    ways = [one for one in ("approve", "edit", "reject") if one in options]
    return (
        [_request(reason, one) for one in actions],
        [ReviewConfig(action_name=one["name"], allowed_decisions=[*ways, "respond"])
         for one in actions],
    )  # fmt: skip


def _request(reason: str, action: ProposedAction) -> ActionRequest:
    args = action["args"]
    return ActionRequest(
        name=action["name"],
        args=dict(args) if isinstance(args, Mapping) else {"": args},
        description=action["description"] or reason,
    )


def is_escalation(value: Any) -> bool:
    """Return whether the value of an interrupt is a question of Holdfast's."""
    return isinstance(value, Mapping) and value.get("type") == "escalation"
