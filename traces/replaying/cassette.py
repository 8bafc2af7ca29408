"""A recorded thread in one small file that can be read, reviewed and kept beside a test.

JSON, redacted. Each message stands in it once, under a name, without its empty fields; everything
else refers to it. Of what was asked there is only what a diff shows: it is known by its digest.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage

from ..store.codec import MARK, decode, encode
from ..store.model import CallKey, RecordedCall, Trace
from .answer import Answer
from .recorded_run import RecordedRun, ReplayError
from .request import Redact, plain
from .requested import Requested
from .watch import Question, Visit

_VERSION = 1
_NAMED = "named"  # the mark of a message that stands elsewhere


def write_cassette(path: Path, runs: Sequence[RecordedRun], redact: Redact) -> None:
    """Write the runs of a thread, oldest first; what is there is replaced."""
    path.write_text(cassette_text(runs, redact), encoding="utf-8")


def cassette_text(runs: Sequence[RecordedRun], redact: Redact) -> str:
    """Return the text of a cassette."""
    written = _Written(redact)
    made = [written.run(run) for run in runs]
    whole = {
        "cassette": _VERSION,
        "runs": made,
        "asked": written.asked,
        "messages": written.messages,
        "empty": written.empty,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def read_cassette(path: Path) -> list[RecordedRun]:
    """Return the runs of a cassette, oldest first.

    Raises:
        ReplayError: The file is no cassette, or one of a newer version.
    """
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        version = whole["cassette"]
    except OSError as error:
        raise ReplayError(f"{path}: it cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ReplayError(
            f"{path} is no cassette: write one with holdfast trace to-test"
        ) from error
    if version != _VERSION:
        raise ReplayError(f"{path} is of version {version!r}: this Holdfast reads {_VERSION}")
    named = {name: _filled(tree, whole["empty"]) for name, tree in whole["messages"].items()}
    named |= whole["asked"]
    requested = Requested(lambda _: None)

    def value(tree: Any) -> Any:
        return decode(_unnamed(tree, named))

    def asked(tree: Any) -> Any:
        return requested.decoded(_unnamed(tree, named))

    return [_run(run, value, asked) for run in whole["runs"]]


class _Written:
    """A cassette in the making."""

    def __init__(self, redact: Redact) -> None:
        self.messages: dict[str, Any] = {}
        self.asked: dict[str, Any] = {}
        self.empty: dict[str, dict[str, Any]] = {}
        self._names: dict[str, str] = {}
        self._asked_once: dict[int, tuple[Any, Any]] = {}
        self._redact = redact

    def run(self, run: RecordedRun) -> Mapping[str, Any]:
        kept = [answer for answer in run.answers if not answer.call.nested]
        return {
            "id": run.trace.id,
            "name": run.trace.name,
            "thread": run.trace.thread,
            "start": run.trace.start,
            "status": run.trace.status,
            "error": run.trace.error,
            "metadata": self._tree(dict(run.trace.metadata)),
            "configurable": self._tree(dict(run.configurable)),
            "context": self._tree(run.context),
            "given": self._tree(run.given),
            "output": self._tree(run.output),
            "questions": [list(question) for question in run.questions],
            "visits": [list(visit) for visit in run.visits],
            "calls": [self._call(answer) for answer in kept],
        }

    def _call(self, answer: Answer) -> Mapping[str, Any]:
        call, outcome = answer.call, dict(answer.outcome())
        return {
            "n": call.n,
            "kind": call.kind,
            "name": call.key.name,
            "method": call.method,
            "node": call.node,
            "step": call.step,
            "namespace": call.key.namespace,
            "path": call.key.path,
            "digest": call.key.request,
            "request": self._asked(answer.asked()),
            "outcome": self._tree(outcome),
        }

    def _tree(self, value: Any) -> Any:
        return self._redact(encode(value, self._named))

    def _asked(self, request: Mapping[str, Any]) -> Any:
        messages = request.get("messages")
        if not isinstance(messages, list):
            return self._redact(plain(request))
        return {
            "messages": [self._once(message) for message in messages],
            "model": self._redact(plain(request.get("model"))),
            "params": self._once(request.get("params")),
        }

    def _once(self, part: Any) -> Any:
        seen = self._asked_once.get(id(part))
        if seen is None:
            name = self._name(self.asked, "asked", self._redact(plain(part)))
            seen = self._asked_once[id(part)] = (part, name)  # kept, so its number stays its own
        return seen[1]

    def _named(self, value: Any) -> Any:
        if not isinstance(value, BaseMessage):
            return None
        tree = self._redact(encode(value))
        empty = {name: each for name, each in tree["v"].items() if each in (None, [], {})}
        self.empty.setdefault(tree["c"], {}).update(empty)
        left = {name: each for name, each in tree["v"].items() if name not in empty}
        return self._name(self.messages, value.type, {**tree, "v": left})

    def _name(self, table: dict[str, Any], kind: str, tree: Any) -> Any:
        """Return a reference to a tree that stands in a table, once."""
        text = f"{kind} {json.dumps(tree, sort_keys=True)}"
        name = self._names.setdefault(text, f"{kind} {len(table) + 1}")
        table[name] = tree
        return {MARK: _NAMED, "h": name}


def _filled(tree: Mapping[str, Any], empty: Mapping[str, Mapping[str, Any]]) -> Any:
    return {**tree, "v": {**empty.get(tree["c"], {}), **tree["v"]}}


def _unnamed(tree: Any, messages: Mapping[str, Any]) -> Any:
    if isinstance(tree, dict):
        if tree.get(MARK) == _NAMED:
            return messages[tree["h"]]
        return {key: _unnamed(each, messages) for key, each in tree.items()}
    return [_unnamed(each, messages) for each in tree] if isinstance(tree, list) else tree


def _run(
    run: Mapping[str, Any], value: Callable[[Any], Any], asked: Callable[[Any], Any]
) -> RecordedRun:
    trace = Trace(
        id=run["id"],
        name=run["name"],
        start=run["start"],
        thread=run["thread"],
        status=run["status"],
        error=run["error"],
        metadata=value(run["metadata"]),
    )
    return RecordedRun(
        trace=trace,
        given=value(run["given"]),
        output=value(run["output"]),
        answers=[_answer(trace, call, value, asked) for call in run["calls"]],
        visits=[Visit(*visit) for visit in run["visits"]],
        questions=[Question(*question) for question in run["questions"]],
        configurable=value(run["configurable"]),
        context=value(run.get("context")),
    )


def _answer(
    trace: Trace,
    call: Mapping[str, Any],
    value: Callable[[Any], Any],
    asked: Callable[[Any], Any],
) -> Answer:
    key = CallKey(call["namespace"], call["path"], call["name"], call["digest"])
    recorded = RecordedCall(
        trace=trace.id,
        n=call["n"],
        key=key,
        kind=call["kind"],
        method=call["method"],
        request="",
        outcome="",
        node=call["node"],
        step=call["step"],
    )
    return Answer(
        call=recorded,
        asked=lambda: asked(call["request"]),
        outcome=lambda: value(call["outcome"]),
    )
