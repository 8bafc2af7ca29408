"""The ledger: the typed, durable, bounded record of what a run did, and the view guards get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NotRequired

from typing_extensions import TypedDict

from .digest import digest, digest_arguments
from .facts import NO_FACTS, ToolFacts, ToolSpec
from .ruling import Ruling

if TYPE_CHECKING:
    from .context import Prompt
    from .grounding import Scores

StepKind = Literal["model", "tool", "handoff", "human", "answer"]
ErrorClass = Literal["model_fixable", "dependency", "auth", "cancelled", "blocked", "unknown"]
"""`blocked`: a guard answered the call, and the tool never ran. `unknown`: the process died in the
middle of it, and nobody knows whether it took effect."""


class Step(TypedDict):
    """One thing a run did. Plain data, in state.

    Attributes:
        n: Its number in the thread, from 1, given by the reducer; evidence points here.
        actor: Who did it.
        branch: Which parallel branch it was done in; empty outside of one.
        kind: What sort of thing it was.
        name: The tool, the model, the specialist that was handed to.
        args: One digest for each top-level argument.
        result: Digest of what came back; for a model step, of its text.
        preview: At most 200 characters of what came back, redacted.
        sketch: Small similarity sketch of the arguments, for a model step of its text.
        call_id: Id of the tool call; the full payload is the ToolMessage of that id.
        error: None, or the class of the failure.
        tokens_in: Prompt tokens.
        tokens_out: Reply tokens.
        estimated: Whether the tokens were estimated, because the provider reported none.
        usd: Cost in USD; 0 without a price.
        seconds: Duration; for a human step, how long the run waited.
    """

    n: int
    actor: str
    branch: str
    kind: StepKind
    name: str
    args: dict[str, str]
    result: str
    preview: str
    sketch: str
    call_id: str
    error: ErrorClass | None
    tokens_in: int
    tokens_out: int
    estimated: bool
    usd: float
    seconds: float


def make_step(kind: StepKind, name: str, **known: Any) -> Step:
    """Return a step with what is known of it; the reducer will number it."""
    step = Step(
        n=0,
        actor="",
        branch="",
        kind=kind,
        name=name,
        args={},
        result="",
        preview="",
        sketch="",
        call_id="",
        error=None,
        tokens_in=0,
        tokens_out=0,
        estimated=False,
        usd=0.0,
        seconds=0.0,
    )
    step.update(known)  # type: ignore[typeddict-item]
    return step


class Done(TypedDict):
    """A state-changing call that succeeded.

    Attributes:
        key: Digest of the tool and its arguments.
        n: Number of its step.
        tool: The tool's name.
        line: What was done, in one redacted line.
        call_id: Id of the tool call.
        times: How often it was done, where that is more than once.
    """

    key: str
    n: int
    tool: str
    line: str
    call_id: str
    times: NotRequired[int]


class Spend(TypedDict):
    """Totals of a run or a thread.

    Attributes:
        steps: Model and tool calls that were made.
        model_calls: Calls of models, failed ones too.
        tool_calls: Calls of tools that ran.
        tokens_in: Prompt tokens.
        tokens_out: Reply tokens.
        estimated: How many of those tokens were estimated.
        unpriced: How many of those tokens had no price.
        usd: Cost in USD.
        seconds: Sum of the durations of model and tool calls; parallel ones add up.
        waited: Seconds spent waiting for a person.
    """

    steps: int
    model_calls: int
    tool_calls: int
    tokens_in: int
    tokens_out: int
    estimated: int
    unpriced: int
    usd: float
    seconds: float
    waited: float


def no_spend() -> Spend:
    """Return a spend of nothing."""
    return Spend(
        steps=0,
        model_calls=0,
        tool_calls=0,
        tokens_in=0,
        tokens_out=0,
        estimated=0,
        unpriced=0,
        usd=0.0,
        seconds=0.0,
        waited=0.0,
    )


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a model wants to make now.

    Attributes:
        id: Id of the tool call.
        name: The tool, or the specialist to hand to.
        args: The arguments, or the text that could not be read as arguments.
        actor: Who wants to make it.
        branch: In which parallel branch.
        kind: `tool` or `handoff`.
        error: Why the arguments could not be read, or None.
    """

    id: str
    name: str
    args: Any = None
    actor: str = ""
    branch: str = ""
    kind: Literal["tool", "handoff"] = "tool"
    error: str | None = None

    @property
    def digests(self) -> dict[str, str]:
        """One digest for each top-level argument, as a step has them."""
        return digest_arguments(self.args)

    @property
    def key(self) -> str:
        """What `done` would know this call by."""
        return done_key(self.name, self.args)


def done_key(tool: str, arguments: Any) -> str:
    """Return what `done` knows a call by: its tool and its arguments, in canonical form."""
    return digest([tool, digest_arguments(arguments)])


@dataclass(frozen=True, slots=True)
class Source:
    """A text that an answer or an argument may rest on.

    Attributes:
        id: Id of the message, tool call or document it comes from.
        text: The text.
        kind: Whose words they are.
    """

    id: str
    text: str
    kind: Literal["user", "tool", "system", "document"] = "document"


@dataclass(frozen=True, slots=True)
class Ledger:
    """A read-only view of a run, built by a node or by the audit, never stored.

    Attributes:
        steps: The recent steps of this run, oldest first.
        done: Each successful state-changing call of the thread, by its key.
        spent: Totals of this run.
        proposed: Calls the model wants to make now.
        answer: The answer about to be given, or None.
        sources: What the run has seen, oldest first, without the model's own words.
        tools: The tools on offer by name, or None when nobody said.
        now: Unix time in seconds, or None: a guard has no clock.
        started: Unix time at which the run began, or None.
        thread: Totals of the whole thread, this run included.
        periods: Totals of the tenant by period (`day`, `month`), where a node has fetched them.
        granted: How often a person has granted a limit again, by measure; 0.5 is half of it.
        caps: For one branch of several, the totals of the run that it may reach, by measure.
        after: Number of the last step before this run.
        recent: The recent steps of the whole thread, this run's included, oldest first.
        exists: For arguments that somebody looked up, by the call's id: the path, and whether the
            value exists.
        prompt: The prompt that a model is about to be sent, or None.
        scores: What scorers said of the answer's claims, by the scorer's name.
        rulings: What people have said of proposed calls, by a call's key.
        held: What of the totals is not this branch's: held or spent by those beside it, or None.
    """

    steps: Sequence[Step] = ()
    done: Mapping[str, Done] = field(default_factory=dict)
    spent: Spend = field(default_factory=no_spend)
    proposed: Sequence[Call] = ()
    answer: str | None = None
    sources: Sequence[Source] = ()
    tools: Mapping[str, ToolSpec] | None = None
    now: float | None = None
    started: float | None = None
    thread: Spend = field(default_factory=no_spend)
    periods: Mapping[str, Spend] = field(default_factory=dict)
    granted: Mapping[str, float] = field(default_factory=dict)
    caps: Mapping[str, float] = field(default_factory=dict)
    after: int = 0
    recent: Sequence[Step] = ()
    exists: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    prompt: "Prompt | None" = None
    scores: "Mapping[str, Scores]" = field(default_factory=dict)
    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    held: Spend | None = None

    def facts(self, tool: str) -> ToolFacts:
        """Return what is known of a tool; of one nobody described, nothing."""
        spec = self.tools.get(tool) if self.tools else None
        return spec.facts if spec else NO_FACTS

    @classmethod
    def from_messages(
        cls, messages: Sequence[Any], tools: Mapping[str, ToolSpec] | Sequence[Any] | None = None
    ) -> "Ledger":
        """Read a recorded run, as it stands after its last message.

        Args:
            messages: OpenAI-style dicts, LangChain messages or their dumps, oldest first.
            tools: The tools by name, or JSON schemas of them.

        Raises:
            MessageError: An item is no message.
        """
        from .messages import read_run  # messages build ledgers: the import cannot be mutual

        return read_run(messages, tools)
