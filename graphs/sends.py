"""Check what is sent to a node along with it, where it is sent."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from langgraph.types import Command, Send

from .contracts import Contract


def check_sends(writer: str, output: Any, contract_of: Callable[[str], Contract | None]) -> None:
    """Check the inputs in the `Send`s of a node's output, or of a routing function's choice.

    A node gets such an input in the place of the state, and LangGraph would blame the node for it.

    Args:
        writer: Who sends, for messages.
        output: What a node returned, or a routing function chose.
        contract_of: Returns what a node takes, or None where that is not known.

    Raises:
        ContractError: A field is of a wrong type, unknown, or lacking.
    """
    for send in _sends(output):
        if isinstance(send.arg, Mapping) and (contract := contract_of(send.node)) is not None:
            contract.check_whole(f"{writer}, sending to {send.node!r},", send.arg)


def _sends(output: Any) -> Iterator[Send]:
    if isinstance(output, Send):
        yield output
    elif isinstance(output, Command):
        if output.graph is None:
            yield from _sends(output.goto)
    elif isinstance(output, list | tuple):
        for one in output:
            if isinstance(one, Send | Command):
                yield from _sends(one)
