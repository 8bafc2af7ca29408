"""The channels that Holdfast keeps in a graph's state, whatever that state is."""

import operator
from collections.abc import Sequence
from typing import Annotated, Any, get_type_hints

from langgraph.channels.delta import DeltaChannel
from typing_extensions import TypedDict

from ..guards.archive import add_kept
from ..guards.channel import extend_ledger
from ..guards.guard import Given, add_verdicts
from ..guards.pins import add_pins
from ..guards.verdict import Action


def newest(_: object, new: Any) -> Any:
    """Return the newest of several values; parallel nodes may all write one."""
    return new


_WHOLE = 500  # updates after which a checkpoint holds the whole; reading a thread replays the rest
LedgerChannel = Annotated[dict[str, Any], DeltaChannel(extend_ledger, snapshot_frequency=_WHOLE)]
"""The ledger: checkpoints store what was added, not the whole."""


def _add_verdicts(state: list[Given] | None, writes: Sequence[list[Given] | None]) -> list[Given]:
    return add_verdicts(state, [verdict for write in writes for verdict in write or ()])


VerdictsChannel = Annotated[list[Any], DeltaChannel(_add_verdicts, snapshot_frequency=_WHOLE)]
"""The last 64 trips and skips, each with the step it was given at."""
RungChannel = Annotated[str, newest]
"""The rung that the newest judgement calls for; what `by_action` routes on."""
EndingChannel = Annotated[str | None, newest]
"""How the run ended, or None while it goes on."""
DecisionChannel = Annotated[str, newest]
"""What a person decided last; what `by_decision` routes on."""
PinsChannel = Annotated[dict[str, Any], add_pins]
"""What no compaction touches: goal, constraints, decisions, open questions."""
ArchiveChannel = Annotated[dict[str, Any], DeltaChannel(add_kept)]
"""The results that compaction took out; see `holdfast.guards.archive`."""
Appended = Annotated[list[Any], operator.add]


class GuardChannels(TypedDict, total=False):
    """What an adapter's node reads of any graph's state."""

    ledger: LedgerChannel
    verdicts: VerdictsChannel
    rung: RungChannel
    pins: PinsChannel
    archive: ArchiveChannel


class GuardInput(GuardChannels, total=False):
    """The same, with the messages of a graph that keeps them under that name.

    A channel that the graph has already keeps its own reducer.
    """

    messages: Sequence[Any]


def input_schema(messages: str, state_schema: type | None = None) -> type:
    """Return what an adapter's node reads.

    Args:
        messages: The channel of the messages.
        state_schema: A graph's state, when more of it is wanted than the messages.
    """
    if messages == "messages" and state_schema is None:
        return GuardInput
    wanted = dict.fromkeys(get_type_hints(state_schema), Any) if state_schema else {}
    fields = {**wanted, messages: Sequence[Any], **GuardChannels.__annotations__}
    return TypedDict("GuardInput", fields, total=False)  # type: ignore[operator,no-any-return]


def action_in(state: Any) -> Action:
    """Return the rung in a state, whether that is a mapping or an object."""
    found = state.get("rung") if isinstance(state, dict) else getattr(state, "rung", None)
    return found or "none"
