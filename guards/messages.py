"""Derive the ledger of a run from its messages, one at a time or all that are new."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from .channel import RECENT, Cursor, LedgerState, LedgerUpdate, extend_ledger, view
from .digest import canonical, digest, digest_arguments, preview, sketch
from .facts import ToolSpec
from .failure import classify_text
from .ledger import Call, Done, ErrorClass, Ledger, Step, StepKind, done_key, make_step
from .loops.near import sketch_call
from .message import AGENT, REST, USER, Message, read_message
from .prices import Prices, price_of
from .sources import Sources

CHARACTERS_PER_TOKEN = 4
"""What an estimate reckons with where the provider reports no usage; English text, roughly."""
_KNOWN: Mapping[str, ErrorClass] = {"block": "blocked", "unknown": "unknown"}  # by Holdfast's mark
_REMEMBERED = 8  # messages that a cursor knows by their ids, should the last ones be taken back


def estimate_tokens(characters: int) -> int:
    """Return about how many tokens a text of some length has."""
    return -(-characters // CHARACTERS_PER_TOKEN)


def read_tools(tools: Mapping[str, ToolSpec] | Iterable[Any] | None) -> dict[str, ToolSpec] | None:
    """Return tools by name, given as such, as specs, or as JSON schemas.

    Raises:
        GuardConfigError: A schema has no name.
    """
    if tools is None:
        return None
    given: Iterable[Any] = tools.values() if isinstance(tools, Mapping) else tools
    specs = [tool if isinstance(tool, ToolSpec) else ToolSpec.from_schema(tool) for tool in given]
    return {spec.name: spec for spec in specs}


@dataclass(slots=True)
class Reader:
    """Reads messages in order and keeps what the next ones need to be understood.

    Attributes:
        tools: What is known of the tools, for completed state-changing calls.
        prices: What the models' tokens cost.
        characters: Length of the conversation so far, from which a prompt is estimated.
        waiting: Calls whose results have not come yet, by id, oldest first.
        counts_only: Whether to count what was spent and leave out what steps are compared by; for
            messages so old that their steps will not be kept.
    """

    tools: Mapping[str, ToolSpec] | None = None
    prices: Prices | None = None
    characters: int = 0
    waiting: dict[str, Call] = field(default_factory=dict)
    counts_only: bool = False

    def read(self, message: Message) -> LedgerUpdate:
        """Return what one message adds to the ledger."""
        before = self.characters
        self.characters += len(message.text)
        if message.role == "user" and not message.mark:
            self.wait_for(message.calls)
            return {"begin": {"at": None}}
        if message.role == "assistant":
            self.wait_for(message.calls)
            return {} if message.mark == REST else self._model_step(message, before)
        if message.role == "tool":
            return self._tool_step(message)
        return {}

    def wait_for(self, calls: Iterable[Call]) -> None:
        """Expect the results of some calls, and of no others."""
        self.waiting = {call.id or f"#{place}": call for place, call in enumerate(calls)}

    def answered(self, message: Message) -> Call:
        """Return the call that a tool's message answers: by its id, its name, or its turn."""
        if message.call_id in self.waiting:
            return self.waiting.pop(message.call_id)
        for key, call in self.waiting.items():
            if not message.call_id and message.name in ("", call.name):
                return self.waiting.pop(key)
        return Call(message.call_id, message.name or "tool")

    def _model_step(self, message: Message, prompt: int) -> LedgerUpdate:
        written = sum(len(canonical(call.args)) + len(call.name) for call in message.calls)
        self.characters += written
        spent, unpriced = self._spent(message, prompt, len(message.text) + written)
        step = make_step("model", message.model or "model", actor=message.name or AGENT, **spent)
        if message.text and not self.counts_only:
            step["result"] = digest(message.text)
            step["preview"], step["sketch"] = preview(message.text), sketch(message.text)
        return {"steps": [step], "unpriced": unpriced} if unpriced else {"steps": [step]}

    def _spent(self, message: Message, prompt: int, reply: int) -> tuple[dict[str, Any], int]:
        tokens_in, tokens_out, cached = message.usage or (
            estimate_tokens(prompt),
            estimate_tokens(reply),
            0,
        )
        price = price_of(self.prices, message.model)
        spent = {
            "tokens_in": tokens_in,
            "tokens_out": tokens_out,
            "estimated": message.usage is None,
            "usd": price.of(tokens_in, tokens_out, cached) if price else 0.0,
        }
        return spent, 0 if price else tokens_in + tokens_out

    def _tool_step(self, message: Message) -> LedgerUpdate:
        call = self.answered(message)
        if self.counts_only and not self._has_effects(call):
            kind: StepKind = "human" if call.actor == USER else "tool"
            known = _KNOWN.get(message.mark)
            return {"steps": [make_step(kind, call.name, actor=call.actor, error=known)]}
        step = tool_step(call, message.text, failed=message.failed, error=_KNOWN.get(message.mark))
        if step["kind"] == "tool" and step["error"] is None and self._has_effects(call):
            return {"steps": [step], "done": [done_item(call, step)]}
        return {"steps": [step]}

    def _has_effects(self, call: Call) -> bool:
        spec = self.tools.get(call.name) if self.tools else None
        return bool(spec and spec.facts.effects)


def tool_step(
    call: Call,
    text: str,
    *,
    failed: bool = False,
    error: ErrorClass | None = None,
    seconds: float = 0.0,
) -> Step:
    """Return the step of a tool call and what came back; a failure is classified by its text."""
    error = error or (classify_text(text) if failed else None)
    return make_step(
        "human" if call.actor == USER else "tool",
        call.name,
        actor=call.actor or AGENT,
        branch=call.branch,
        args=digest_arguments(call.args),
        result=digest(text),
        preview=preview(text),
        sketch=sketch_call(canonical(call.args)),
        call_id=call.id,
        error=error,
        seconds=seconds,
    )


def done_item(call: Call, step: Step) -> Done:
    """Return the entry of `done` for a state-changing call that succeeded."""
    shown = preview(f"{call.name}({preview(canonical(call.args), 90)}) -> {step['preview']}")
    return Done(
        key=done_key(call.name, call.args),
        n=step["n"],
        tool=call.name,
        line=shown,
        call_id=call.id,
    )


def read_new(
    messages: Sequence[Any],
    state: LedgerState | None = None,
    *,
    tools: Mapping[str, ToolSpec] | None = None,
    prices: Prices | None = None,
    now: float | None = None,
) -> tuple[LedgerUpdate | None, tuple[Call, ...]]:
    """Return what messages add to a ledger that has read some already, and the calls proposed.

    Cost: grows with the messages that are new, not with those that were read before: 30
    microseconds each, half of that for those of a long history whose steps are not kept. A history
    that was rewritten (compacted, say) is searched once for the last messages read.

    Args:
        messages: A graph's messages, oldest first.
        state: The ledger's value, with the cursor of what was read; None: a recorded run. With
            a ledger, the results that Holdfast's own nodes wrote are in it already.
        tools: What is known of the tools.
        prices: What the models' tokens cost.
        now: Unix time in seconds, at which a run that begins here is said to begin.
    """
    cursor = (state or {}).get("cursor")
    begin = _where(messages, cursor)
    reader = Reader(tools, prices, characters=_characters(cursor))
    if begin == len(messages):
        return None, _made_last(messages)
    _wait_before(reader, messages, begin)
    known = _call_ids(state) if cursor and begin == 0 else frozenset()
    update: LedgerUpdate = {"expect": cursor, "steps": [], "done": []}
    compared = len(messages) - 2 * RECENT  # from here on, steps may still be kept
    for index, item in enumerate(islice(messages, begin, None), begin):
        message = read_message(item)
        reader.counts_only = index < compared
        part = reader.read(message)
        if state is None or message.role != "tool" or not message.mark:  # else: it is in there
            _fold(update, part, known, now)
    update["cursor"] = _cursor(messages, reader.characters)
    return update, _made_last(messages)


def _cursor(messages: Sequence[Any], characters: int) -> Cursor:
    last, *earlier = map(_id, reversed(messages[-_REMEMBERED:]))
    return Cursor(count=len(messages), last=last, earlier=earlier, characters=characters)


def reread(messages: Sequence[Any]) -> Cursor:
    """Return the cursor of a history that was rewritten and has been read to its end."""
    reader = Reader(counts_only=True)
    for item in messages:
        reader.read(read_message(item))
    return _cursor(messages, reader.characters)


def _made_last(messages: Sequence[Any]) -> tuple[Call, ...]:
    """Return the calls that the last message makes, an agent's only."""
    last = read_message(messages[-1]) if messages else None
    return tuple(last.calls) if last and last.role == "assistant" else ()


def _call_ids(state: LedgerState | None) -> frozenset[str]:
    return frozenset(step["call_id"] for step in (state or {}).get("recent", ()))


def _fold(
    update: LedgerUpdate, part: LedgerUpdate, known: Iterable[str], now: float | None
) -> None:
    if "begin" in part:
        update.setdefault("before", []).extend(update["steps"])
        update["begin"] = {"at": now}
        update["steps"] = []
        update["before_unpriced"] = update.get("before_unpriced", 0) + update.get("unpriced", 0)
        update["unpriced"] = 0
        return
    steps = [
        step
        for step in part.get("steps", [])
        if not step["call_id"] or step["call_id"] not in known
    ]
    update["steps"].extend(steps)
    update["done"].extend(part.get("done", []) if steps else [])
    update["unpriced"] = update.get("unpriced", 0) + (part.get("unpriced", 0) if steps else 0)


def _where(messages: Sequence[Any], cursor: Cursor | None) -> int:
    """Return the index of the first message that was not read yet."""
    if not cursor or not messages:
        return 0
    count, last = cursor["count"], cursor["last"]
    if count <= len(messages) and (not last or _id(messages[count - 1]) == last):
        return count
    places = {_id(item): place for place, item in enumerate(messages, 1)}
    left = (one for one in (last, *cursor.get("earlier", ())) if one and one in places)
    return places.get(next(left, ""), 0)


def _id(item: Any) -> str:
    found = item.get("id") if isinstance(item, Mapping) else getattr(item, "id", None)
    return found if isinstance(found, str) else ""  # a dump's `id` is the path of its class


def _characters(cursor: Cursor | None) -> int:
    return cursor["characters"] if cursor else 0


def _wait_before(reader: Reader, messages: Sequence[Any], begin: int) -> None:
    """Let a reader expect the results of calls made before an index and not answered there."""
    results: list[Message] = []
    for index in range(begin - 1, -1, -1):
        message = read_message(messages[index])
        if message.role == "tool":
            results.append(message)
        elif message.calls:
            reader.wait_for(message.calls)
            break
        elif message.role != "system" and not message.mark:
            break
    for result in reversed(results):
        reader.answered(result)


def read_run(
    messages: Sequence[Any], tools: Mapping[str, ToolSpec] | Sequence[Any] | None = None
) -> Ledger:
    """Return the view of a recorded run as it stands after its last message."""
    specs = read_tools(tools)
    update, proposed = read_new(messages, None, tools=specs)
    state = extend_ledger(None, [update] if update else [])
    last = read_message(messages[-1]) if messages else None
    answers = last is not None and last.role == "assistant" and not last.calls
    answer = last.text if last and answers else None
    return view(state, proposed=proposed, tools=specs, answer=answer, sources=Sources(messages))
