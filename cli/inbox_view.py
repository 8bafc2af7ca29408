"""What `holdfast inbox` shows of questions, with nothing in it that could drive a terminal."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..guards.escalation import is_escalation

if TYPE_CHECKING:
    from ..graphs import Question

_SHORT = 8  # characters of an id that tell questions apart
_MEANS = {
    "approve": "the calls are made as they stand",
    "edit": "the call is made with --args JSON",
    "reject": "the calls are not made, and the agent is told so, with --message",
    "respond": "--message stands for the call's result",
    "continue": "the run goes on; --message is guidance",
    "answer": "--message is the answer",
    "raise_budget": "the run goes on with a larger limit",
    "take_over": "the run ends: you do the rest, --message says what",
    "abort": "the run ends",
}
_MEANS_UNKNOWN = {
    "approve": "it did not take effect: it is made again, with the same key",
    "respond": "it took effect, and --message is its result; it is not made again",
    "reject": "nobody knows; it is not made again, and the agent is told so",
}
"""What choices do where the process died in a call, and nobody knows what became of it."""
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def clean(text: object) -> str:
    """Return a text on one line, without control characters and overrides of direction."""
    return "".join(char if char.isprintable() else " " for char in str(text))


def print_list(found: "Sequence[Question]", now: float, console: Console | None = None) -> None:
    """Print questions as a table, those that wait longest first."""
    console = console or Console(highlight=False)
    if not found:
        console.print("Nobody waits for an answer.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("id", "thread", "waits", "asked by"):
        table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=20)
    table.add_column("question", overflow="fold", min_width=20)
    table.add_column("open for", no_wrap=True)
    for one in found:
        style = "" if one.claim is None else "dim"
        table.add_row(*map(Text, _row(one, now)), style=style)
    console.print(table)
    many = "1 question" if len(found) == 1 else f"{len(found)} questions"
    console.print(Text(f"\n{many}. One whole: --show ID", style="dim"))


def _row(one: "Question", now: float) -> Iterator[str]:
    value = one.value if is_escalation(one.value) else {}
    yield one.id[:_SHORT]
    yield clean(one.thread)
    yield _waited(one, now)
    yield clean(value.get("guard") or "-")
    yield clean(one.reason or _json(one.value))[:200]
    yield _until(one, now)


def print_one(one: "Question", now: float, console: Console | None = None) -> None:
    """Print a question whole."""
    console = console or Console(highlight=False)
    value = one.value if is_escalation(one.value) else {}
    console.print(Text(clean(one.reason or _json(one.value)), style="bold"))
    for name, text in _facts(one, value, now):
        console.print(Text(f"{name:<10} ", style="dim") + Text(text))
    _lines(console, "evidence", value.get("evidence") or ())
    for action in value.get("actions") or ():
        about = f": {action['description']}" if action.get("description") else ""
        _lines(console, f"{action['name']}{about}", _pretty(action["args"]))
    if value.get("answer_schema"):
        _lines(console, "the answer must fit", _pretty(value["answer_schema"]))
    _lines(console, "what each choice does", list(_choices(value)))
    console.print()
    console.print(Text(_how(one, value), style="dim"))


def _facts(one: "Question", value: Any, now: float) -> Iterator[tuple[str, str]]:
    yield "question", one.id
    yield "thread", clean(one.thread)
    yield "waits", _waited(one, now)
    if value:
        yield "asked by", clean(f"{value['guard'] or 'the graph'} ({value['kind'] or 'asked'})")
        spent = value["spent"]
        tokens = spent["tokens_in"] + spent["tokens_out"]
        yield "spent", f"{spent['steps']} steps, {tokens:,} tokens, {spent['usd']:.2f} USD"
        yield "choices", clean(", ".join(value["options"]))
    yield "open for", _until(one, now)
    if one.attempts:
        yield "tries", f"{one.attempts} answers did not fit"


def _lines(console: Console, title: str, lines: Sequence[Any]) -> None:
    if lines:
        console.print()
        console.print(Text(clean(title), style="bold"))
    for line in lines:
        console.print(Text(f"  {clean(line)}"))


def _choices(value: Any) -> Iterator[str]:
    own = _MEANS_UNKNOWN if value.get("kind") == "unknown" else {}
    for word in value.get("options", ()):
        yield f"--decision {word}: {own.get(word) or _MEANS.get(word, '')}"


def _how(one: "Question", value: Any) -> str:
    said = "--decision CHOICE [--message TEXT]" if value.get("options") else "--message TEXT"
    front = "holdfast inbox DATABASE --app MODULE:GRAPH"
    return f"Answer it: {front} --answer {one.id[:_SHORT]} {said}"


def _waited(one: "Question", now: float) -> str:
    if one.asked_at is None:
        return "-"
    return _long(max(now - datetime.fromisoformat(one.asked_at).timestamp(), 0.0))


def _until(one: "Question", now: float) -> str:
    if one.claim is not None:
        return "being answered"
    if one.deadline is None:
        return "-"
    if one.is_expired(now):
        return f"passed: {clean(one.value['default'])}"
    return _long(one.deadline - now)


def _long(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "0 s"


def _pretty(value: Any) -> list[str]:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str).splitlines()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def as_plain(one: "Question", now: float) -> dict[str, Any]:
    """Return a question as plain data, for JSON."""
    return {
        "id": one.id,
        "thread": one.thread,
        "checkpoint": one.checkpoint,
        "asked_at": one.asked_at,
        "reason": one.reason,
        "deadline": one.deadline,
        "is_expired": one.is_expired(now),
        "is_being_answered": one.claim is not None,
        "attempts": one.attempts,
        "value": one.value,
        "schema": one.schema,
    }
