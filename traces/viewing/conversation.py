"""A recorded thread as the messages that guards judge: in order, each once."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...guards.ledger import Call, Step
from ...guards.message import REST, Message, read_message
from ..store import Span
from .payloads import Plain, messages_of
from .people import Did, people_in
from .spoken import named, result_message, whole, with_mark
from .stored_trace import StoredTrace

TASK = "task"
"""The mark of a message that is no user's word: what a model or a node wrote to another."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a recorded thread.

    Attributes:
        message: The message, plain.
        usd: What the model call cost that it is the reply of.
        span: The span it came out of, or None.
    """

    message: Plain
    usd: float = 0.0
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """The messages of a recorded thread.

    Attributes:
        said: They, in order.
        before: How many of them were there before the thread's first trace began.
        tools: The JSON schemas of the tools that its models were offered.
        refused: Ids of the calls that were answered without being run.
        people: What people did between messages, by how many were said before it.
    """

    said: Sequence[Said]
    before: int
    tools: Sequence[Plain]
    refused: frozenset[str]
    people: Mapping[int, Sequence[Step]]

    @classmethod
    def of(cls, runs: Sequence[StoredTrace]) -> "Conversation":
        """Read the messages of a thread's traces, given oldest first.

        Replies and results stand in the order in which they came; what stands in prompts beside
        them stands before the first reply that was given it: system prompts, a person's words,
        tasks that an agent wrote to another (marked, since they begin no run), answers to calls
        that never ran. Where several agents take turns, a reply whose calls are still open is
        announced again before a result of them, so that each result is read with its arguments.
        """
        thread = _Thread(runs)
        said: list[Said] = []
        people: dict[int, list[Step]] = {}
        for one in thread.said():
            if isinstance(one, Did):
                people.setdefault(len(said), []).append(one.step)
            else:
                said.append(one)
        first = next((at for at, one in enumerate(said) if one.span is not None), len(said))
        earlier = [at for at in range(first) if read_message(said[at].message).role == "assistant"]
        before = earlier[-1] + 1 if earlier and first < len(said) else 0
        refused = frozenset(thread.refused)
        return cls(said, before, list(thread.tools.values()), refused, people)


@dataclass
class _Thread:
    runs: Sequence[StoredTrace]
    tools: dict[str, Plain] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    _told: Counter[tuple[str, str]] = field(default_factory=Counter)
    _open: dict[str, tuple[Call, Span]] = field(default_factory=dict)
    _announced: set[str] = field(default_factory=set)
    _answered: set[str] = field(default_factory=set)
    _read: dict[int, tuple[Plain, Message, tuple[str, str]]] = field(default_factory=dict)
    _users: set[tuple[str, str]] = field(default_factory=set)
    _waiting: list[Plain] = field(default_factory=list)
    _did: deque[Did] = field(default_factory=deque)
    _replied: bool = False
    _begun: bool = False

    def said(self) -> Iterator[Said | Did]:
        """Yield the messages of all traces, and what people did between them."""
        self._answered = {
            span.call_id for run in self.runs for span in run.spans if _is_result(span)
        }
        for run in self.runs:
            yield from self._words(list(messages_of(_root_inputs(run))))
            self._did.extend(people_in(run))
            for span in sorted(filter(_has_come, run.spans), key=_came):
                if span.kind == "model":
                    yield from self._reply(run, span)
                else:
                    yield from self._result(run, span)
            yield from self._rest(run)
            yield from self._people()

    def _words(self, asked: Sequence[Plain]) -> Iterator[Said]:
        """Yield what is new of what a trace began with; the last words wait for their prompt.

        There they stand behind what was said before, which only the prompt may hold.
        """
        last = len(asked)
        while last and self._message(asked[last - 1]).role == "user":
            last -= 1
        self._users |= set(map(self._key, asked))
        yield from self._new(asked[:last], None)
        self._waiting = list(asked[last:])

    def _spoken(self, prompt: Sequence[Plain]) -> Iterator[Said]:
        """Yield the words that wait and that a prompt does not bring."""
        here = Counter(map(self._key, prompt))
        for message in self._waiting:
            key = self._key(message)
            if here[key] > self._told[key]:
                here[key] -= 1
                continue
            self._told[key] += 1
            self._begun = True
            yield Said(message)
        self._waiting = []

    def _rest(self, run: StoredTrace) -> Iterator[Said]:
        """Yield what a trace's state ended with and no prompt held."""
        yield from self._spoken(())
        root = run.children.get(None, ())
        if root and root[0].kind != "model":
            yield from self._new(list(messages_of(run.payload(root[0].outputs))), None)

    def _new(self, prompt: Sequence[Plain], span: Span | None) -> Iterator[Said]:
        """Yield what of a prompt was not said yet; of earlier replies, only before the first."""
        for message in self._missing(prompt):
            read = self._message(message)
            if read.role == "assistant" and self._replied:
                continue
            if read.role == "tool" and self._replied:
                if read.call_id not in self._open or read.call_id in self._answered:
                    continue
                yield from self._announce(read.call_id)
                self._open.pop(read.call_id)
                self.refused |= {read.call_id} if self._answered else set()
                yield Said(message)
                continue
            yield Said(self._marked(message, read, span))
            self._begun = self._begun or read.role == "user"

    def _missing(self, prompt: Sequence[Plain]) -> list[Plain]:
        """Return the messages that a prompt holds more often than they were said."""
        here: Counter[tuple[str, str]] = Counter()
        found = []
        for message in prompt:
            key = self._key(message)
            here[key] += 1
            if here[key] > self._told[key]:
                self._told[key] += 1
                found.append(message)
        return found

    def _marked(self, message: Plain, read: Message, span: Span | None) -> Plain:
        """Return a message, marked where it is no user's although it looks so.

        What a graph inside of another is told, and nobody said to the outer one, its agents wrote.
        """
        if read.role != "user" or read.mark or span is None or self._key(message) in self._users:
            return message
        is_inside = "|" in span.namespace
        return with_mark(message, TASK) if is_inside and self._begun else message

    def _people(self, before: Span | None = None) -> Iterator[Did]:
        """Yield what people did before a reply or a result came.

        It stands behind the answers to calls that never ran, which only the prompt holds.
        """
        while self._did and (before is None or self._did[0].time <= _came(before)[0]):
            yield self._did.popleft()

    def _reply(self, run: StoredTrace, span: Span) -> Iterator[Said | Did]:
        prompt = run.prompt(span)
        self.tools |= {str(tool.get("function", tool).get("name")): tool for tool in prompt.tools}
        yield from self._spoken(prompt.messages)
        yield from self._new(prompt.messages, span)
        yield from self._people(span)
        for message in run.replies(span)[:1]:
            read = self._message(message)
            if read.role != "assistant":
                continue
            self._told[self._key(message)] += 1
            self._replied = self._begun = True
            self._open |= {call.id: (call, span) for call in read.calls if call.id}
            self._announced = {call.id for call in read.calls}
            yield Said(whole(message, span), span.usage.usd, span)

    def _result(self, run: StoredTrace, span: Span) -> Iterator[Said | Did]:
        yield from self._spoken(())
        yield from self._people(span)
        message = result_message(run, span)
        call_id = str(message["tool_call_id"])
        if call_id not in self._open:  # called without a model, or by one that was not recorded
            args = run.payload(span.inputs)
            self._open[call_id] = Call(call_id, span.name, args), span
        yield from self._announce(call_id)
        self._open.pop(call_id)
        self._told[self._key(message)] += 1
        yield Said(message, span=span)

    def _announce(self, call_id: str) -> Iterator[Said]:
        """Say again which calls are open, where another agent spoke since they were made."""
        if call_id in self._announced:
            return
        _, span = self._open[call_id]
        calls = [call for call, of in self._open.values() if of is span]
        self._announced = {call.id for call in calls}
        made = [
            {"id": call.id, "name": call.name, "args": call.args, "type": "tool_call"}
            for call in calls
        ]
        message = {"type": "ai", "content": "", "tool_calls": made}
        yield Said(with_mark(named(message, span), REST))

    def _message(self, message: Plain) -> Message:
        return self._known(message)[1]

    def _key(self, message: Plain) -> tuple[str, str]:
        """Return what a message is known by: a result by its call, a reply by calls or words."""
        return self._known(message)[2]

    def _known(self, message: Plain) -> tuple[Plain, Message, tuple[str, str]]:
        """Read a message once, in however many prompts it stands."""
        found = self._read.get(id(message))
        if found is None:
            read = read_message(message)
            found = self._read[id(message)] = message, read, _key(read)
        return found


def _root_inputs(run: StoredTrace) -> Any:
    root = run.children.get(None, ())
    return run.payload(root[0].inputs) if root and root[0].kind != "model" else None


def _has_come(span: Span) -> bool:
    return _is_result(span) or (span.kind == "model" and span.outputs is not None)


def _is_result(span: Span) -> bool:
    """Return whether a tool's span holds a result; one that waits for a person runs again."""
    return span.kind == "tool" and span.end is not None and span.status in ("ok", "error")


def _came(span: Span) -> tuple[int, int]:
    return (span.end if span.end is not None else span.start), span.seq


def _key(read: Message) -> tuple[str, str]:
    if read.role == "tool" and read.call_id:
        return "tool", read.call_id
    return read.role, " ".join(call.id for call in read.calls) or read.text
