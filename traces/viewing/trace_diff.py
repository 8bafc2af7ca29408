"""Two recorded runs side by side: where they part, and what that changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from functools import cached_property
from pathlib import Path
from typing import Any

from ...guards.digest import preview
from ...guards.errors import AuditInputError
from ..store import Store, Trace
from .aligning import Change, Pair, aligned
from .call_steps import CallStep, call_steps
from .seen import seconds, trace_data
from .stored_trace import StoredTrace

LINES = 40
"""Lines of a difference between two texts that are shown."""
_LINE = 200  # characters of such a line
_TEXT = 100_000  # characters of a text that are compared
_NAME = 60  # characters of a node's name
Run = StoredTrace | str


@dataclass(frozen=True, slots=True)
class Turn:
    """A place at which two runs went different ways.

    Attributes:
        after: The last node that both went through before, or empty.
        a: The nodes the one went through next.
        b: The nodes the other went through next.
    """

    after: str
    a: Sequence[str]
    b: Sequence[str]


@dataclass(frozen=True)
class TraceDiff:
    """Two recorded runs side by side. Shows itself in a terminal (`rich`) and in a notebook.

    Attributes:
        a: The one trace.
        b: The other.
        pairs: Their calls, aligned.
        turns: Where their ways through the graph part.
    """

    a: Trace
    b: Trace
    pairs: Sequence[Pair]
    turns: Sequence[Turn]

    @cached_property
    def first(self) -> Pair | None:
        """The first pair of calls that differ, or None."""
        return next((pair for pair in self.pairs if pair.change != "same"), None)

    @property
    def same(self) -> bool:
        """Whether both made the same calls with the same results, and ended alike."""
        ends = (self.a.status, self.a.ending) == (self.b.status, self.b.ending)
        return self.first is None and not self.turns and ends

    def count(self, *changes: Change) -> int:
        """Return how many pairs differ in one of some ways."""
        return sum(pair.change in changes for pair in self.pairs)

    def data(self) -> dict[str, Any]:
        """Return it as plain data; texts that differ as the lines of a unified diff, bounded."""
        return {
            "same": self.same,
            "a": trace_data(self.a),
            "b": trace_data(self.b),
            "first": _pair_data(self.first) if self.first else None,
            "turns": [{"after": turn.after, "a": turn.a, "b": turn.b} for turn in self.turns],
            "pairs": [_pair_data(pair) for pair in self.pairs],
        }

    def __rich__(self) -> Any:
        from .diff_tables import tables

        return tables(self)

    def _repr_html_(self) -> str:
        from .diff_tables import page_part

        return page_part(self)


def diff(run_a: Run, run_b: Run, store: Store | str | Path | None = None) -> TraceDiff:
    """Return two recorded runs side by side.

    Calls are aligned by kind, place, name and how alike the requests are; ids that change from
    run to run are no difference.

    Args:
        run_a: The one: a stored trace, or an id, a part of one, `last`.
        run_b: The other.
        store: The store or its file, where runs are given by id.

    Raises:
        NoSuchTraceError: The store has no such trace.
        AuditInputError: A run is given by id, and no store.
    """
    if isinstance(store, str | Path):
        with Store(store, read_only=True) as opened:
            return diff(run_a, run_b, opened)
    one, other = _run(run_a, store), _run(run_b, store)
    pairs = aligned(list(call_steps(one)), list(call_steps(other)))
    return TraceDiff(one.trace, other.trace, pairs, list(_turns(_nodes(one), _nodes(other))))


def _run(run: Run, store: Store | None) -> StoredTrace:
    if isinstance(run, StoredTrace):
        return run
    if store is None:
        raise AuditInputError(f"diff({run!r}, ...) without a store: give store='traces.db'")
    return StoredTrace.of(store, run)


def _nodes(stored: StoredTrace) -> list[str]:
    return [
        preview(span.namespace.replace("|", " / ") or span.name, _NAME)
        for span in stored.spans
        if span.kind == "node" and not span.hidden
    ]


def _turns(one: Sequence[str], other: Sequence[str]) -> Iterator[Turn]:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        if kind != "equal":
            yield Turn(one[i - 1] if i else "", list(one[i:i_end]), list(other[j:j_end]))


def _pair_data(pair: Pair) -> dict[str, Any]:
    lines = {part: list(text_diff(pair, part)) for part in ("request", "result")}
    return {
        "change": pair.change,
        "a": _step_data(pair.a) if pair.a else None,
        "b": _step_data(pair.b) if pair.b else None,
        "diff": {part: found for part, found in lines.items() if found},
    }


def _step_data(step: CallStep) -> dict[str, Any]:
    span = step.span
    return {
        "n": step.n,
        "span": span.id,
        "kind": span.kind,
        "name": span.name,
        "node": span.node,
        "namespace": span.namespace,
        "status": span.status,
        "tokens_in": span.usage.tokens_in,
        "tokens_out": span.usage.tokens_out,
        "usd": span.usage.usd,
        "seconds": seconds(span.start, span.end),
    }


def text_diff(pair: Pair, part: str, lines: int = LINES) -> Iterator[str]:
    """Yield how the request or the result of two calls differ, as lines of a unified diff.

    At most so many lines, of at most 200 characters each, control characters and secrets gone.
    """
    if pair.a is None or pair.b is None:
        return
    one, other = getattr(pair.a, part)[:_TEXT], getattr(pair.b, part)[:_TEXT]
    if part == "request":
        one, other = _with_before(pair.a, one), _with_before(pair.b, other)
    if one == other:
        return
    found = unified_diff(one.splitlines(), other.splitlines(), lineterm="", n=1)
    for shown, line in enumerate(line for line in found if line[:3] not in ("---", "+++")):
        if shown >= lines:
            yield "…"
            return
        yield line[:1] + preview(line[1:], _LINE)


def _with_before(step: CallStep, new: str) -> str:
    """Return a request with what was there before, in which it may differ as well."""
    return f"{step.before[-_TEXT:]}\n{new}" if step.before else new
