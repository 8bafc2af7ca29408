"""Make a call, or answer it from a tape: whole or in chunks, sync or awaited."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from .leaf import being_made
from .outcome import (
    chunk_of,
    chunks_again,
    outcome_of,
    outcome_of_error,
    raise_again,
    returned_again,
    was_cancelled,
    without_failure,
)
from .tape import LeafCall, Outcome, Tape
from .waiting import asked_meanwhile

_END: Any = object()
_CANCELLING_SECONDS = 60.0  # for which an answer that never came is waited for, as it was then


def call_whole(tape: Tape, call: LeafCall, make: Callable[[], Any]) -> Any:
    """Return what a call comes to, made or answered."""
    answered = tape.answer(call)
    if answered is not None:
        if was_cancelled(answered) and "until" in answered:  # a thread of an async graph's
            answered["until"].wait(_CANCELLING_SECONDS)
        return returned_again(answered)
    with asked_meanwhile(call) as asked:
        try:
            with being_made(call):
                returned = make()
        except BaseException as error:
            tape.keep(call, {**outcome_of_error(error), **asked()})
            raise
        tape.keep(call, {**outcome_of(returned), **asked()})
    return returned


async def acall_whole(tape: Tape, call: LeafCall, make: Callable[[], Awaitable[Any]]) -> Any:
    """Return what a call comes to, made or answered, awaited."""
    answered = tape.answer(call)
    if answered is not None:
        await _as_long_as_then(answered)
        return returned_again(answered)
    with asked_meanwhile(call) as asked:
        try:
            with being_made(call):
                returned = await make()
        except BaseException as error:
            tape.keep(call, {**outcome_of_error(error), **asked()})
            raise
        tape.keep(call, {**outcome_of(returned), **asked()})
    return returned


def call_stream(tape: Tape, call: LeafCall, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
    """Yield what a streamed call yields, made or answered."""
    answered = tape.answer(call)
    if answered is not None:
        yield from chunks_again(answered)
        return
    seen: list[Any] = []
    failed: Outcome = {}
    try:
        with being_made(call):
            chunks = make()
        while True:
            with being_made(call):
                chunk = next(chunks, _END)
            if chunk is _END:
                break
            seen.append(chunk_of(chunk))
            yield chunk
    except Exception as error:
        failed = outcome_of_error(error)
        raise
    finally:  # also where the reader stops early
        tape.keep(call, {"chunks": seen, **failed})


async def acall_stream(
    tape: Tape, call: LeafCall, make: Callable[[], AsyncIterator[Any]]
) -> AsyncIterator[Any]:
    """Yield what a streamed call yields, made or answered, awaited."""
    answered = tape.answer(call)
    if answered is not None:
        for chunk in chunks_again(without_failure(answered)):
            yield chunk
        await _as_long_as_then(answered)
        raise_again(answered)
        return
    seen: list[Any] = []
    failed: Outcome = {}
    try:
        with being_made(call):
            chunks = make()
        while True:
            with being_made(call):
                chunk = await anext(chunks, _END)
            if chunk is _END:
                break
            seen.append(chunk_of(chunk))
            yield chunk
    except (Exception, asyncio.CancelledError) as error:
        failed = outcome_of_error(error)
        raise
    finally:  # also where the reader stops early
        tape.keep(call, {"chunks": seen, **failed})


async def _as_long_as_then(outcome: Outcome) -> None:
    """Wait to be cancelled, where the call was cancelled when it was kept."""
    if was_cancelled(outcome):
        await asyncio.sleep(_CANCELLING_SECONDS)
