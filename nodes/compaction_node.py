"""Compaction as a node of any graph."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langchain_core.runnables import Runnable

from ..guards.guard import Guard, Policy
from ..guards.overflow import COMPACTION
from ..guards.settings import check_switches
from .asking import Asker
from .channels import input_schema
from .clock import now
from .compaction import Compaction, Compactor, check_model
from .holdings import Holdings
from .judging import Clock
from .specs import Tools, specs_of
from .token_counts import Count


def compaction_node(
    model: Any,
    *,
    tokens: int | None = None,
    keep: int = 8,
    attempts: int = 1,
    counter: Count | None = None,
    messages: str = "messages",
    derive: bool = True,
    tools: Tools = (),
    guards: Sequence[Guard] = (),
    policy: Policy | None = None,
    fetch: bool = True,
    system: str = "",
    clock: Clock = now,
    holdings: Holdings | None = None,
) -> Runnable[Any, Any]:
    """Return a node that keeps a graph's conversation within a number of tokens.

    Put it before the node that asks the model. Where the prompt is too long, results of tools are
    replaced by references, superseded ones first, and can be fetched back with `fetch_result`;
    then the oldest turns are summarised. A call and its result are never parted. System messages,
    the user's last request, what a person said and the latest turns stay; what `pins` and `done`
    hold is in other channels and stays in any case. The summary is charged to the run's budgets;
    where there is none (no budget, a model that fails) the beginnings of what was left out stand
    in its place. Steps are read off the messages before they leave, each once.

    Originals go into the channel `archive` of the same checkpoint (500,000 characters, the oldest
    go first), so they are as durable as the conversation and leave with it. `state["messages"]`
    gets shorter: an app that shows the whole conversation keeps its own copy as it streams, or
    reads the thread's earlier checkpoints (`app.get_state_history`).

    Args:
        model: The chat model that the prompt is for, and that summarises.
        tokens: What the prompt may have in all; None: 0.8 of the window in the model's profile.
        keep: How many of the latest turns stay whole.
        attempts: How often the model is asked again for a summary that cannot be read.
        counter: From messages, their tokens; None: see `Compaction`.
        messages: The channel of the messages; its reducer must replace and remove by id, as
            `add_messages` does.
        derive: Whether to read steps of the graph's other nodes out of its messages first.
        tools: The tools, for what they weigh in the prompt and for the steps.
        guards: The budgets that the summary is within.
        policy: For a guard's name, the rung to which its verdicts are raised.
        fetch: Whether the model has the tool `fetch_result`, and references say so.
        system: What stands in the prompt beside the messages and the pins.
        clock: Unix time in seconds.
        holdings: What the graph's calls hold of the budgets; None: a table of its own.

    Raises:
        GuardConfigError: Nobody says how many tokens there may be, a number is too small, or the
            model is none.

    Cost: 25 microseconds for each message while it fits; else one or two calls of the model.

    >>> from langchain_core.language_models import FakeListChatModel
    >>> node = compaction_node(FakeListChatModel(responses=["{}"]), tokens=4_000)
    >>> node.invoke({"messages": []})
    {}
    """
    check_model("compaction_node", model)
    check_switches("compaction_node", derive=derive, fetch=fetch)
    settings = Compaction(tokens=tokens, keep=keep, attempts=attempts, counter=counter)
    asker = Asker.of(COMPACTION, guards, policy, clock, holdings)
    specs = specs_of(tools)
    way = Compactor.of(settings, model, asker, messages=messages, specs=specs, system=system)
    return replace(way, derive=derive, fetch=fetch).node(input_schema(messages))
