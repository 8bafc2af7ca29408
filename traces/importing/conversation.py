"""Make a trace of a run that is only a list of messages."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...guards.digest import digest
from ...guards.ledger import Call
from ...guards.message import Message, read_message
from ...guards.messages import Reader
from ..recording import Recording
from ..store.model import Span, Usage
from ..viewing.recordings import MESSAGES
from .messages import plain_message
from .objects import message_object
from .parsed import Parsed, ParsedTrace, assembled
from .times import nanoseconds
from .usage import usage_in

_NAMESPACE = uuid.UUID("6f3f0c52-6a55-5b7e-9d0a-1f8f6d0f2b11")
_TIMES = ("timestamp", "created_at", "created", "time")
_TICK = 1_000_000  # nanoseconds between messages that say no time: their order is all that is known


def parsed_recording(run: Recording) -> ParsedTrace:
    """Return a recorded run as a trace: a model's span for each reply, a tool's for each result.

    Messages that say no time begin at the epoch, a millisecond apart. The same run has the same
    ids whenever it is read.

    Raises:
        MessageError: An item of the run is no message.
    """
    trace = str(uuid.uuid5(_NAMESPACE, f"{run.id}\n{digest(list(run.messages))}"))
    told = {"run": run.id, "reward": run.reward, "domain": run.domain or None}
    metadata = {key: value for key, value in told.items() if value is not None}
    plain = [plain_message(item) for item in run.messages]
    times = list(_times(run.messages))
    root = Parsed(
        span=Span(
            id=trace,
            trace=trace,
            seq=0,
            kind="graph",
            name=run.domain or "messages",
            start=times[0],
            end=times[-1] + _TICK,
            status="ok",
            metadata=metadata,
        ),
        inputs={"messages": plain[: _opening(plain)]},
        outputs={"messages": plain[-1:]},
    )
    return assembled([root, *_spans(run, trace, plain, times)], source=MESSAGES)


def _opening(plain: Sequence[Mapping[str, Any]]) -> int:
    """Return how many messages stand before the first reply."""
    replies = (place for place, one in enumerate(plain) if one["type"] == "ai")
    return next(replies, len(plain))


def _times(messages: Sequence[Any]) -> Iterator[int]:
    before = 0
    for item in messages:
        said = (item.get(name) for name in _TIMES) if isinstance(item, Mapping) else ()
        time = next((found for one in said if (found := _time(one))), None)
        before = max(time if time is not None else before + _TICK, before)
        yield before


def _time(given: Any) -> int | None:
    """Return a time in nanoseconds; a number is of seconds, as OpenAI's are."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return int(given * 1_000_000_000)
    return nanoseconds(given)


def _spans(
    run: Recording, trace: str, plain: Sequence[Mapping[str, Any]], times: Sequence[int]
) -> Iterator[Parsed]:
    reader = Reader()
    objects = [message_object(one) for one in plain]
    for place, item in enumerate(run.messages):
        message = read_message(item)
        if message.role == "assistant":
            usage = usage_in(plain[place].get("usage_metadata")) or Usage()
            span = _span(trace, place, message, times, usage=usage)
            inputs = {"messages": objects[:place], "params": {}}
            yield Parsed(span=span, inputs=inputs, outputs={"message": objects[place]})
        elif message.role == "tool":
            call = reader.answered(message)
            span = _span(trace, place, message, times, call=call)
            yield Parsed(span=span, inputs=call.args, outputs=objects[place])
        if message.role in ("assistant", "user"):
            reader.wait_for(message.calls)


def _span(
    trace: str,
    place: int,
    message: Message,
    times: Sequence[int],
    *,
    call: Call | None = None,
    usage: Usage = Usage(),  # noqa: B008 - a named tuple
) -> Span:
    """Return the span of a reply, or of a call's result; it began when the message before came."""
    name = call.name if call else message.model or "model"
    return Span(
        id=str(uuid.uuid5(uuid.UUID(trace), str(place))),
        trace=trace,
        parent=trace,
        seq=place,
        kind="tool" if call else "model",
        name=name,
        node=(call.actor if call else message.name) or "",
        start=times[place - 1] if place else times[0],
        end=times[place],
        status="error" if message.failed else "ok",
        error="its result says that it failed" if message.failed else "",
        model="" if call else message.model,
        usage=usage,
        call_id=message.call_id,
    )
