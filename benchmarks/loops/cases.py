"""Read the labelled cases and the recorded runs, each as a list of messages."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HARNESS = {"holdfast": "harness"}
"""Marks a message that no person wrote: it begins no new run."""
_JUDGED_AT_THE_END = ("openhands", "oh-sdk")  # their tests ask once, of the whole history


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled run, or a slice of one.

    Attributes:
        id: Its name.
        messages: The run in OpenAI's form.
        loop: Whether it holds a loop.
        group: `confident`, `low confidence`, `calls without results` or `streamed text`.
        kind: For a loop, what repeats.
        at_end: Whether the label speaks of the state at the end alone.
        note: What the label rests on.
        origin: Where it is from; for a slice, the run's id first.
    """

    id: str
    messages: list[dict[str, Any]]
    loop: bool
    group: str
    kind: str
    at_end: bool
    note: str
    origin: str


@dataclass(frozen=True, slots=True)
class Run:
    """A recorded run.

    Attributes:
        id: Its name.
        messages: The run in OpenAI's form.
        reward: 1 where the task was solved.
        truncated: Whether it ran into its step limit.
    """

    id: str
    messages: list[dict[str, Any]]
    reward: float | None
    truncated: bool


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        for line in file.read().split("\n"):
            if line.strip():
                yield json.loads(line)


def read_cases(path: Path) -> list[Case]:
    return [_case(row) for row in _lines(path)]


def read_runs(path: Path) -> list[Run]:
    return [
        Run(row["id"], row["messages"], row["reward"], bool(row["truncated"]))
        for row in _lines(path)
    ]


def _case(row: dict[str, Any]) -> Case:
    events = row["events"]
    messages = _messages(events, headless=bool(row.get("headless")))
    return Case(
        id=row["id"],
        messages=messages,
        loop=row["expected_loop"],
        group=_group(row),
        kind=_kind(row) if row["expected_loop"] else "",
        at_end=row["id"].startswith(_JUDGED_AT_THE_END),
        note=row["note"],
        origin=row["origin"],
    )


def _group(row: dict[str, Any]) -> str:
    types = {event["type"] for event in row["events"]}
    if any(event.get("stream_chunk") for event in row["events"]):
        return "streamed text"
    if "tool_call" in types and "tool_result" not in types and _kind(row) != "own text":
        return "calls without results"
    return "low confidence" if row["label_confidence"] == "low" else "confident"


def _kind(row: dict[str, Any]) -> str:
    note = row["note"].lower()
    if "assistant messages" in note or "monologue" in note or "content loop" in note:
        return "own text"
    if "abab" in note or "cyclic" in note or "pattern" in note:
        return "cycle"
    failed = any(e["type"] == "tool_result" and e.get("error") for e in row["events"][-4:])
    return "same call, same error" if failed else "same call, same result"


def _messages(events: list[dict[str, Any]], *, headless: bool) -> list[dict[str, Any]]:
    """Return events as messages: calls that come before a result are one turn.

    A slice can begin with results of calls before it; nobody can know what those were.
    """
    blind = not any(event["type"] == "tool_result" for event in events)
    messages: list[dict[str, Any]] = []
    waiting: list[str] = []
    before = ""
    for count, event in enumerate(events):
        kind = event["type"]
        if kind == "message":
            messages.append(_said(event, headless=headless))
        elif kind == "tool_call":
            call_id = event.get("id") or f"call-{count}"
            joined = before == "assistant" or (before == "tool_call" and not blind)
            _add_call(messages, event, call_id, joined=joined)
            waiting.append(call_id)
            if blind:
                messages.append(_result({"content": ""}, waiting.pop()))
        elif kind == "tool_result" and waiting:
            answered = event["id"] if event.get("id") in waiting else waiting[0]
            waiting.remove(answered)
            messages.append(_result(event, answered))
        before = event["role"] if kind == "message" else kind
    return messages


def _said(event: dict[str, Any], *, headless: bool) -> dict[str, Any]:
    said = {"role": event["role"], "content": event["content"]}
    harness = headless and event["role"] == "user"
    return {**said, "additional_kwargs": HARNESS} if harness else said


def _add_call(
    messages: list[dict[str, Any]], event: dict[str, Any], call_id: str, *, joined: bool
) -> None:
    role = "user" if event.get("requestor") == "user" else "assistant"
    made = {"name": event["name"], "arguments": json.dumps(event["args"])}
    call = {"id": call_id, "type": "function", "function": made}
    if joined and messages[-1]["role"] == role:
        messages[-1].setdefault("tool_calls", []).append(call)
    else:
        messages.append({"role": role, "content": "", "tool_calls": [call]})


def _result(event: dict[str, Any], call_id: str) -> dict[str, Any]:
    failed = bool(event.get("error"))
    return {
        "role": "tool",
        "tool_call_id": call_id,
        "content": event["content"],
        "x_error": failed,
    }
