"""A stored trace as a tree in a terminal: what was called, for how much, and what guards found."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console, Group
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from ...guards.digest import preview
from ...guards.verdict import ACTIONS, Action
from ..store import Event, Span, SpanKind, Status, Trace
from ..terminal import RUNG_COLOURS, ending_rung
from .blocks import ERROR, Blocks
from .call_texts import error_text
from .evidence import on_calls
from .facts import facts_of
from .seen import Seen, iso, seconds, stands
from .stored_trace import StoredTrace
from .told import shown_of

_KINDS: Mapping[SpanKind, str] = {
    "graph": "bold",
    "node": "cyan",
    "model": "bright_blue",
    "tool": "green",
    "guard": "yellow",
    "retriever": "green",
}
_STATUSES: Mapping[Status, str] = {
    "ok": "green",
    "error": "red",
    "interrupt": "yellow3",
    "cancelled": "magenta",
    "running": "dim",
}
_NAME = 48  # characters of a name
_SAID = 160  # characters of a reason or an error
_FACT = 400  # characters of a fact: ids of checkpoints stay whole
SHOWN = 2_000
"""Spans that a tree shows at most."""


def print_trace(
    console: Console,
    trace: Trace,
    seen: Sequence[Seen],
    told: Sequence[Event],
    *,
    blocks: Blocks | None = None,
    hidden: int = 0,
) -> None:
    """Print a trace as a tree.

    Args:
        console: Where to.
        trace: The trace.
        seen: Its spans.
        told: What happened in none of them.
        blocks: Where the texts of calls are, to print them whole; None: a line each.
        hidden: How many spans it has beside those.
    """
    head = Padding(_head(trace, spans_text(len(seen), hidden)), (1, 0, 0, 1), expand=False)
    console.print(Group(head, *_tree(seen, blocks), *map(_event_line, told)))


def _head(trace: Trace, spans: str) -> Text:
    text = Text.assemble((preview(trace.name, _NAME) or "trace", "bold"))
    text.append(f"  {trace.id}", style="dim")
    if trace.thread:
        text.append(f"  thread {preview(trace.thread, _NAME)}", style="dim")
    text.append("\n")
    word = stands(trace.status, trace.ending)
    colour = RUNG_COLOURS[ending_rung(word)] if trace.ending else _STATUSES[trace.status]
    text.append(preview(word, _NAME), style=colour)
    parts = [when for when in (iso(trace.start), took(seconds(trace.start, trace.end))) if when]
    parts.append(f"{trace.tokens_in:,} + {trace.tokens_out:,} tokens")
    parts += [f"${trace.usd:,.4f}"] if trace.usd else []
    parts.append(spans)
    parts += [preview(trace.source, _NAME)] if trace.source != "recorded" else []
    text.append("  " + ", ".join(parts), style="dim")
    if trace.error:
        text.append(f"\n{preview(trace.error, _SAID)}", style="red")
    return text


def head_words(stored: StoredTrace) -> str:
    """Return what a trace is and what it came to, in a line."""
    spans = spans_text(len(stored.spans) - stored.hidden, stored.hidden)
    return ", ".join(_head(stored.trace, spans).plain.split("\n"))


def spans_text(shown: int, hidden: int) -> str:
    """Return how many spans a trace has, in words: those that are shown, and those that are not."""
    return f"{shown:,} spans" + (f" and {hidden:,} hidden" if hidden else "")


def _tree(seen: Sequence[Seen], blocks: Blocks | None) -> Iterator[Tree | Text]:
    """Yield the trees of the spans at the top; of a very long trace, its beginning."""
    above: list[Tree] = []
    for one in seen[:SHOWN]:
        del above[one.depth :]
        tree = above[-1].add(_line(one)) if above else Tree(_line(one), guide_style="dim")
        if not above:
            yield tree
        above.append(tree)
        said = _lines(one) if blocks is None else _texts(one.span, blocks)
        for line in said:
            tree.add(line)
        for event in (*one.verdicts, *one.events):
            tree.add(_event_line(event))
        for fact in facts_of(one.span):
            tree.add(Text(f"· {fact.label} {preview(fact.text, _FACT)}", style="dim"))
    if len(seen) > SHOWN:
        yield Text(f" and {len(seen) - SHOWN:,} spans more; --json tells them all", style="dim")


def _lines(one: Seen) -> Iterator[Text]:
    return (Text(line, style="dim") for line in one.said)


def _texts(span: Span, blocks: Blocks) -> Iterator[Text]:
    """Yield what went into a call and came out of it, each text under what it is."""
    given, same = blocks.given(span)
    came = list(blocks.came(span))
    if not given and [block.title for block in came] == [ERROR] and len(span.error) < _SAID:
        return  # a graph or a node, in whose line it stands already
    if same:
        what = "1 message" if same == 1 else f"{same:,} messages"
        yield Text(f"in · {what} as in the prompt before, then:", style="dim")
    for side, found in (("in", given), ("out", came)):
        for block in found:
            text = Text(f"{side} · {block.title}\n", style="dim")
            text.append(block.text, style="not dim")
            if block.more:
                text.append(f"\nand {block.more:,} characters more; --json tells them")
            yield text


def _line(one: Seen) -> Text:
    span = one.span
    text = _called(one)
    if span.attempt > 1:
        text.append(f"  attempt {span.attempt}", style="yellow3")
    if span.kind == "model":
        used = span.usage
        text.append(f"  {sized(one)}", style="dim")
        text.append(f" → {used.tokens_in:,} + {used.tokens_out:,} tokens")
        if used.usd:
            text.append(f"  ${used.usd:,.4f}")
    if whole := took(seconds(span.start, span.end)):
        text.append(f"  {whole}", style="dim")
    if first := took(seconds(span.start, span.first_token)):
        text.append(f" (first token {first})", style="dim")
    if span.status != "ok":
        text.append(f"  {stands(span.status)}", style=_STATUSES[span.status])
    if said := error_text(span):
        text.append(f"  {preview(said, _SAID)}", style="red")
    return text


def _called(one: Seen) -> Text:
    """Return what was called, with the number that replays know it by: a call's, a super-step."""
    call = "" if one.call is None else f"  #{one.call}"
    step = "" if one.super_step is None else f"  step {one.super_step}"
    named = _named(one), _KINDS.get(one.span.kind, "")
    return Text.assemble((f"{one.span.kind} ", "dim"), named, (call, "bold"), (step, "dim"))


def sized(one: Seen) -> str:
    """Return how large a model's prompt is, in words."""
    messages = "1 message" if one.messages == 1 else f"{one.messages:,} messages"
    characters = "1 character" if one.characters == 1 else f"{one.characters:,} characters"
    return f"{messages}, {characters}"


def _named(one: Seen) -> str:
    span = one.span
    name = preview(span.name, _NAME)
    model = preview(span.model, _NAME) if span.kind == "model" else ""
    return model or name or span.kind


def took(given: float | None) -> str:
    """Return how long something took, in the unit in which it is short to read."""
    if given is None:
        return ""
    if given < 1:
        return f"{given * 1_000:.1f} ms" if given < 0.01 else f"{given * 1_000:.0f} ms"
    return f"{given:.1f} s" if given < 60 else f"{given / 60:.1f} min"


def _event_line(event: Event) -> Text:
    if event.kind == "verdict":
        return verdict_line(event)
    said = ", ".join(f"{key} {value}" for key, value in shown_of(event).items())
    text = Text("· ", style="dim")
    text.append(f"{event.kind} {preview(event.name, _NAME)}", style="italic")
    return text.append(f"  {preview(said, _SAID)}", style="dim") if said else text


def verdict_line(event: Event) -> Text:
    """Return what a guard found, in a line."""
    data = event.data
    action = rung(data.get("action"))
    text = Text("◆ ", style=RUNG_COLOURS[action])
    text.append(f"{preview(event.name, _NAME)} ", style="bold")
    word = action if data.get("outcome") == "trip" else str(data.get("outcome", ""))
    text.append(preview(word, _NAME), style=RUNG_COLOURS[action])
    if kind := data.get("kind"):
        text.append(f" {preview(str(kind), _NAME)}")
    if reason := data.get("reason"):
        text.append(f"  {preview(str(reason), _SAID)}", style="dim")
    return text.append(on_calls(data), style="dim")


def rung(given: object) -> Action:
    """Return a recorded rung; `none` of what is no rung."""
    return next((action for action in ACTIONS if action == given), "none")
