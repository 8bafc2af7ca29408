"""The wrap-up turn: one last word of a model, without tools, before a run ends early."""

from typing import Any

from langchain_core.messages import AIMessage, SystemMessage
from langchain_core.runnables import Runnable, RunnableConfig

from ..guards.ending import ending_of
from ..guards.message import read_message
from ..guards.prices import Prices
from . import told
from .acting import Act, Failure, acting_node
from .human import cause_of
from .model_step import failed_update, model_update
from .reading import read


def wrap_up_node(
    model: Any, schema: type, *, actor: str, prices: Prices | None = None, system: str = ""
) -> Runnable[Any, Any]:
    """Return the node that asks for a last word and sets the ending.

    What is there already is kept whatever the model does; when it fails, the run ends all the
    same.

    Args:
        model: A chat model without tools.
        schema: The graph's state.
        actor: Who speaks.
        prices: What its tokens cost.
        system: What it is told first, when the state's messages do not begin with that.
    """

    def prepare(state: Any, _: RunnableConfig) -> list[Any]:
        first = [SystemMessage(system)] if system else []
        return [*first, *read(state, "messages"), told.note(_request(state), "wrap_up")]

    def call(messages: list[Any], config: RunnableConfig) -> Any:
        return model.invoke(messages, config)

    async def acall(messages: list[Any], config: RunnableConfig) -> Any:
        return await model.ainvoke(messages, config)

    def finish(state: Any, prompt: list[Any], outcome: Any, seconds: float) -> dict[str, Any]:
        who: dict[str, Any] = {
            "actor": actor,
            "branch": read(state, "branch") or "",
            "seconds": seconds,
        }
        if isinstance(outcome, Failure):
            return {**ended(state), "ledger": [failed_update(outcome.error, **who)]}
        update = {**ended(state), "ledger": [model_update(outcome, prompt, prices=prices, **who)]}
        text = read_message(outcome).text
        return {**update, "messages": [AIMessage(text)]} if text.strip() else update

    return acting_node("wrap_up", schema, Act(prepare, call, acall, finish))


def ended(state: Any) -> dict[str, Any]:
    """Return how a run ends that its newest trip ends."""
    cause = cause_of(read(state, "verdicts"))
    return {"ending": ending_of(cause) if cause else "stopped"}


def _request(state: Any) -> str:
    cause = cause_of(read(state, "verdicts"))
    why = cause["reason"] if cause else "The run has to end."
    return (
        f"[Note of the system that runs you] {why} This is your last turn: without calling tools, "
        "say what was done, what was found, and what is missing."
    )
