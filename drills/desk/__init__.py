"""A support desk to try harnesses on: a scripted model that fails as models do, real tools."""

from .database import Database
from .guarded import colleague, guarded_graph
from .meter import Event, Meter
from .plain import plain_graph
from .policy import desk_model, policy
from .run import Asked, Report, Trip, run_ticket
from .team import Advice, Delivery, Desk, Refund
from .tickets import TICKETS, Served, Ticket
from .tools import desk_tools

__all__ = [
    "TICKETS",
    "Advice",
    "Asked",
    "Database",
    "Delivery",
    "Desk",
    "Event",
    "Meter",
    "Refund",
    "Report",
    "Served",
    "Ticket",
    "Trip",
    "colleague",
    "desk_model",
    "desk_tools",
    "guarded_graph",
    "plain_graph",
    "policy",
    "run_ticket",
]
