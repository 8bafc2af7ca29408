"""The typed state that a supervisor and its specialists pass."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ..nodes.channels import (
    ArchiveChannel,
    DecisionChannel,
    EndingChannel,
    LedgerChannel,
    PinsChannel,
    RungChannel,
    VerdictsChannel,
    newest,
)
from ..nodes.conversation import MessagesChannel


class AgentState(BaseModel):
    """What every supervised graph keeps; subclass it with the fields of your own task.

    Holdfast's channels hold plain data: they survive any checkpoint, and another process.

    Attributes:
        messages: The conversation between the user and the supervisor.
        ledger: What the run did; see `holdfast.guards.LedgerState`.
        verdicts: The last 64 trips and skips, each with the step it was given at.
        rung: The rung that the newest judgement calls for.
        pins: What every prompt shows, whatever else was left out; see `holdfast.guards.pin`.
        archive: Results that compaction took out of the conversation, by the ids of their calls.
        handoff: The task that is handed over now, or None.
        ending: How the run ended, or None while it goes on.
        decision: What a person decided last, or empty.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    messages: MessagesChannel = Field(default_factory=list)
    ledger: LedgerChannel = Field(default_factory=dict)
    verdicts: VerdictsChannel = Field(default_factory=list)
    rung: RungChannel = "none"
    pins: PinsChannel = Field(default_factory=dict)
    archive: ArchiveChannel = Field(default_factory=dict)
    handoff: Annotated[dict[str, Any] | None, newest] = None
    ending: EndingChannel = None
    decision: DecisionChannel = ""


OWN_FIELDS = frozenset(AgentState.model_fields)
"""The fields that Holdfast writes itself."""
