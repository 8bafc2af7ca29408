"""The desk's people: what each specialist is told, and what each hands back."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from ...graphs.state import AgentState


class Delivery(BaseModel):
    """What became of an order."""

    order_id: str
    status: str = Field(description="Where it is, in words for the customer.")
    due_on: str | None = Field(default=None, description="Date, YYYY-MM-DD, if it is known.")


class Refund(BaseModel):
    """What a customer gets back."""

    order_id: str
    note: str = Field(description="What was done or is missing, in words for the customer.")
    state: Literal["paid", "queued", "none"]
    amount: float = Field(description="EUR refunded for the order in all.")


class Advice(BaseModel):
    """What to do about a fault."""

    problem: str
    steps: str = Field(description="What the customer should do, in order.")
    article: str | None = Field(default=None, description="Id of the help article.")


class Desk(AgentState):
    """The state of one ticket."""

    delivery: Delivery | None = None
    refund: Refund | None = None
    advice: Advice | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """One specialist, whatever runs it.

    Attributes:
        name: Its name.
        prompt: What its model is told.
        field: The state field that its result goes into.
        returns: The type of its result.
    """

    name: str
    prompt: str
    field: str
    returns: type[BaseModel]


SUPERVISOR_PROMPT = (
    "You answer the tickets of a shop's customers. Never promise what no specialist has done."
)

ROLES = (
    Role(
        "orders",
        "Find orders and say where parcels are.\nCustomers often do not know their numbers.",
        "delivery",
        Delivery,
    ),
    Role(
        "billing",
        "Look up payments and refund customers.\nRefund only what came back or was broken.",
        "refund",
        Refund,
    ),
    Role(
        "technical",
        "Help with faults, from the help articles.\nOpen a repair only when no article helps.",
        "advice",
        Advice,
    ),
)
