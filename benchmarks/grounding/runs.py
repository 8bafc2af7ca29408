"""Recorded customer-service runs: every proposed call, and every answer, with what came before."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from datasets import SHARED, read_lines

BASE = SHARED / "trajectories"


@dataclass
class Moment:
    """A point of a run: what was seen and done before it, and the calls or the answer made there.

    Attributes:
        seen: Texts of the user and the tools, and the policy where the record has the task.
        done: Names of the tools that ran without an error.
    """

    run: str
    domain: str
    success: bool
    seen: list[str]
    spoken: list[str]
    done: list[str]
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answer: str = ""


def moments() -> Iterator[Moment]:
    """Yield each turn of the agent; none when the shared data is absent."""
    rows = read_lines(BASE / "trajectories.jsonl.gz")
    policies = json.loads((BASE / "tau2_policies.json").read_text()) if rows else {}
    for row in rows:
        if row["domain"] != "coding":
            yield from _turns(row, policies)


def _turns(row: dict[str, Any], policies: dict[str, str]) -> Iterator[Moment]:
    roles = {message["role"] for message in row["messages"]}
    has_task = bool(roles & {"user"})
    seen = [] if "system" in roles or not has_task else [policies[row["domain"]]]
    spoken: list[str] = []
    done: list[str] = []
    names: dict[str, str] = {}
    for message in row["messages"]:
        text = _text(message.get("content"))
        for call in message.get("tool_calls") or []:
            names[call.get("id")] = call["function"]["name"]
        if message["role"] == "assistant":
            yield Moment(
                row["id"],
                row["domain"],
                row["reward"] == 1,
                list(seen),
                list(spoken),
                list(done),
                list(_calls(message)),
                text,
            )
            continue
        seen += [text] if text else []
        spoken += [text] if message["role"] != "system" else []
        if message["role"] == "tool" and not (message.get("x_error") or text.startswith("Error")):
            done.append(message.get("name") or names.get(message.get("tool_call_id"), ""))


def _calls(message: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for call in message.get("tool_calls") or []:
        try:
            args = json.loads(call["function"]["arguments"])
        except ValueError:
            continue
        if isinstance(args, dict):
            yield call["function"]["name"], args


def _text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content) if content else ""


def tools() -> dict[str, dict[str, Any]]:
    """Return the tools' schemas by name, as far as they are known."""
    path = BASE / "tau1_tools.json"
    if not path.exists():
        return {}
    listed = json.loads(path.read_text()).values()
    return {tool["function"]["name"]: tool for domain in listed for tool in domain}
