"""Claimed actions in recorded runs: every trip, and what is caught when the calls are erased."""

from collections import Counter

from holdfast.guards.grounding import unexecuted_claims
from holdfast.guards.grounding.verbs import kind_of_tool
from runs import moments, tools

Row = tuple[str, str, str]


def report() -> tuple[list[Row], list[Row]]:
    """Return the figures, and every trip to be read."""
    turns = list(moments())
    known = {name: tool["function"]["description"] for name, tool in tools().items()}
    offered: dict[str, dict[str, str]] = {}
    for turn in turns:
        for name, _ in turn.calls:
            offered.setdefault(turn.domain, {})[name] = known.get(name, "")
    counts: Counter[str] = Counter()
    trips: list[Row] = []
    for turn in turns:
        if not turn.answer:
            continue
        book = offered.get(turn.domain, {})
        counts["answers"] += 1
        looked = [name for name in turn.done if not kind_of_tool(name, book.get(name, ""))]
        counts["claims"] += len(unexecuted_claims(turn.answer, [], book))
        counts["erased"] += len(unexecuted_claims(turn.answer, looked, book, known=turn.spoken[:1]))
        for trip in unexecuted_claims(turn.answer, turn.done, book, known=turn.spoken):
            counts["trips"] += 1
            text = " ".join(trip.text.split())[:160]
            trips.append(
                ("good" if turn.success else "failed", f"{trip.verb}: {text}", turn.run[:20])
            )
    return [
        ("answers", f"{counts['answers']:,}", ""),
        ("claims of done actions", f"{counts['claims']:,}", "matched to a tool or plain"),
        ("trips", f"{counts['trips']:,}", "all listed below"),
        ("trips, acting calls erased", f"{counts['erased']:,}", "of the claims"),
    ], trips
