"""What the `ledger` channel stores, and the one reducer that makes it.

An update says what is new; the reducer numbers the steps, keeps the recent ones, and never drops a
total or a completed state-changing call. It is deterministic, and folding updates one by one or
all at once gives the same state, which is what LangGraph's `DeltaChannel` asks of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, cast

from typing_extensions import TypedDict

from .ledger import Done, Ledger, Spend, Step, no_spend
from .ruling import Ruling, kept_rulings, rulings_since

RECENT = 256
"""Steps kept in state."""
DONE_KEPT = 1_000
"""Completed calls kept one by one; older ones are counted per tool."""


class Begin(TypedDict):
    """The mark of a new run.

    Attributes:
        at: Unix time in seconds, or None when nobody knows.
    """

    at: float | None


class Cursor(TypedDict):
    """How far a graph's messages have been read.

    Attributes:
        count: Messages read.
        last: Id of the last one, empty when it had none.
        earlier: Ids of some before it, newest first, should it be taken back.
        characters: Their length in all, from which an unreported prompt is estimated.
    """

    count: int
    last: str
    earlier: NotRequired[list[str]]
    characters: int


class LedgerUpdate(TypedDict, total=False):
    """What a node adds to the ledger. Applied in the order of the fields.

    Attributes:
        seed: A whole state to begin with; only an empty ledger takes it.
        expect: The cursor this update was made from; another one in state means that a parallel
            node has read the same messages already, and the update is dropped.
        before: Steps that still belong to the run before `begin`.
        before_unpriced: Tokens of those steps for which no price was known.
        begin: A new run begins here.
        steps: New steps of this run, oldest first.
        done: Completed state-changing calls; each takes the number of the step with its call id.
        rulings: What a person said of proposed calls.
        spent: What the steps cost in all, when it is more than the steps given show.
        unpriced: Tokens of the new steps for which no price was known.
        grant: How much of each limit a person grants again in this run, as a part of it.
        use: The numbers of the budget that asked for it; for traces, the ledger keeps none.
        cursor: How far the messages have now been read.
    """

    seed: Mapping[str, Any]
    expect: Cursor | None
    before: list[Step]
    before_unpriced: int
    begin: Begin
    steps: list[Step]
    done: list[Done]
    rulings: list[Ruling]
    spent: Spend
    unpriced: int
    grant: dict[str, float]
    use: Mapping[str, Any]
    cursor: Cursor


class Base(TypedDict):
    """Where a ledger stood that another one was begun with.

    Attributes:
        n: Number of its last step.
        thread: Its totals.
        granted: How much of each limit was granted again.
    """

    n: int
    thread: Spend
    granted: dict[str, float]


class LedgerState(TypedDict, total=False):
    """The channel's value. Plain data of bounded size; an empty dict is an empty ledger.

    Attributes:
        n: Number of the last step.
        after: Number of the last step before the current run.
        started: Unix time at which the current run began, or None.
        recent: The last 256 steps of the thread.
        done: The last 1,000 completed state-changing calls, by key.
        folded: How many older ones there are, by tool.
        rulings: What people said of proposed calls, by key; the last 1,000.
        spent: Totals of the current run.
        thread: Totals of the thread.
        granted: How much of each limit was granted again in this run, as a part of it.
        cursor: How far the graph's messages have been read.
        base: Where the ledger stood that this one was begun with, if any.
    """

    n: int
    after: int
    started: float | None
    recent: list[Step]
    done: dict[str, Done]
    folded: dict[str, int]
    rulings: dict[str, Ruling]
    spent: Spend
    thread: Spend
    granted: dict[str, float]
    cursor: Cursor | None
    base: Base


def extend_ledger(
    state: LedgerState | None, updates: Sequence[LedgerUpdate | Sequence[LedgerUpdate]]
) -> LedgerState:
    """Return the ledger with some updates applied in turn; the reducer of the channel.

    A node that has read messages and acted as well writes several updates at once, as a list. A
    whole ledger is what a subgraph with the same channel is given and gives back: an empty ledger
    begins with it, another takes what it gained.
    """
    new: dict[str, Any] = dict(state or {})
    for update in updates:
        for part in (update,) if isinstance(update, dict) else update:
            _apply(new, part)
    return cast("LedgerState", new)


def _apply(new: dict[str, Any], update: LedgerUpdate) -> None:
    if "recent" in update:
        update = {"seed": update} if not new else gained(cast("LedgerState", update))
    if "seed" in update and not new:
        new.update(_begun_with(update["seed"]))
    if "expect" in update and new.get("cursor") != update["expect"]:
        return
    added = _add_steps(new, update.get("before", []), None)
    _add_unpriced(new, update.get("before_unpriced", 0))
    _begin_run(new, update)
    added += _add_steps(new, update.get("steps", []), update.get("spent"))
    _add_unpriced(new, update.get("unpriced", 0))
    if done := update.get("done"):
        _add_done(new, done, added)
    if rulings := update.get("rulings"):
        new["rulings"] = kept_rulings(new.get("rulings", {}), rulings, new.get("n", 0))
    if "cursor" in update:
        new["cursor"] = update["cursor"]


def _begun_with(seed: Mapping[str, Any]) -> dict[str, Any]:
    base: Base = {
        "n": seed.get("n", 0),
        "thread": seed.get("thread") or no_spend(),
        "granted": dict(seed.get("granted") or {}),
    }
    return {**seed, "base": base}


def gained(state: LedgerState) -> LedgerUpdate:
    """Return what a ledger has more than the one it was begun with."""
    base = state.get("base") or Base(n=0, thread=no_spend(), granted={})
    known = base["granted"]
    parts = {name: part - known.get(name, 0) for name, part in state.get("granted", {}).items()}
    return {
        "steps": [step for step in state.get("recent", ()) if step["n"] > base["n"]],
        "done": [item for item in state.get("done", {}).values() if item["n"] > base["n"]],
        "rulings": rulings_since(state, base["n"]),
        "spent": spend_since(state.get("thread") or no_spend(), base["thread"]),
        "grant": {name: part for name, part in parts.items() if part},
    }


def _begin_run(new: dict[str, Any], update: LedgerUpdate) -> None:
    if "begin" in update:
        new["after"] = new.get("n", 0)
        new["started"] = update["begin"]["at"]
        new["spent"] = no_spend()
        new["granted"] = {}
    for measure, part in update.get("grant", {}).items():
        known = new.get("granted", {})
        new["granted"] = {**known, measure: known.get(measure, 0) + part}


def _add_unpriced(new: dict[str, Any], tokens: int) -> None:
    for total in ("spent", "thread") if tokens else ():
        known = new.get(total) or no_spend()
        new[total] = {**known, "unpriced": known["unpriced"] + tokens}


def _add_steps(new: dict[str, Any], steps: Sequence[Step], spent: Spend | None) -> list[Step]:
    """Add steps and what they cost; return them with their numbers."""
    if not steps and spent is None:
        return []
    first = new.get("n", 0) + 1
    numbered: list[Step] = [{**step, "n": n} for n, step in enumerate(steps, first)]
    new["n"] = new.get("n", 0) + len(numbered)
    new["recent"] = [*new.get("recent", ()), *numbered][-RECENT:]
    cost = spend_of(steps) if spent is None else spent
    for total in ("spent", "thread"):
        new[total] = add_spend(new.get(total) or no_spend(), cost)
    return numbered


def _add_done(new: dict[str, Any], done: Sequence[Done], added: Sequence[Step]) -> None:
    known = [*new.get("recent", ()), *added]  # `added` may hold more than is kept
    numbers = {(step["call_id"], step["name"]): step["n"] for step in known if step["call_id"]}
    kept = dict(new.get("done", {}))
    for item in done:
        before = kept.pop(item["key"], None)  # done again: it is the newest now
        n = numbers.get((item["call_id"], item["tool"]), item["n"])
        kept[item["key"]] = {**item, "n": n, **_times(item, before)}
    folded = dict(new.get("folded", {}))
    while len(kept) > DONE_KEPT:
        oldest = kept.pop(next(iter(kept)))
        folded[oldest["tool"]] = folded.get(oldest["tool"], 0) + 1
    new["done"], new["folded"] = kept, folded


def _times(item: Done, before: Done | None) -> dict[str, int]:
    """Return how often a call was done in all; a subgraph has counted what it began with."""
    times = item.get("times", 1)
    if before is not None:
        again = before["call_id"] != item["call_id"]
        times = max(before.get("times", 1) + again, times)
    return {"times": times} if times > 1 else {}


def spend_of(steps: Sequence[Step]) -> Spend:
    """Return what some steps cost in all."""
    total = no_spend()
    for step in steps:
        tokens = step["tokens_in"] + step["tokens_out"]
        waits = step["kind"] == "human"
        ran = step["kind"] == "tool" and step["error"] != "blocked"
        total["steps"] += ran or step["kind"] == "model"
        total["model_calls"] += step["kind"] == "model"
        total["tool_calls"] += ran
        total["tokens_in"] += step["tokens_in"]
        total["tokens_out"] += step["tokens_out"]
        total["estimated"] += tokens if step["estimated"] else 0
        total["usd"] += step["usd"]
        total["waited" if waits else "seconds"] += step["seconds"]
    return total


def add_spend(one: Spend, other: Spend) -> Spend:
    """Return the sum of two spends."""
    return {name: one[name] + other[name] for name in one}  # type: ignore[return-value,literal-required]


def spend_since(now: Spend, then: Spend) -> Spend:
    """Return what was spent between two totals of the same run."""
    return {name: now[name] - then[name] for name in now}  # type: ignore[return-value,literal-required]


def view(state: LedgerState | None, **extra: Any) -> Ledger:
    """Return the read-only view of a stored ledger: the recent steps of its current run.

    Args:
        state: The channel's value.
        **extra: Further fields of `Ledger`: what is proposed, the tools, the time.
    """
    state = state or {}
    recent = state.get("recent", [])
    skipped = state.get("after", 0) - recent[0]["n"] + 1 if recent else 0
    return Ledger(
        steps=recent[skipped:] if skipped > 0 else recent,
        done=state.get("done") or {},
        spent=state.get("spent") or no_spend(),
        thread=state.get("thread") or no_spend(),
        started=state.get("started"),
        granted=state.get("granted") or {},
        rulings=state.get("rulings") or {},
        after=state.get("after", 0),
        recent=recent,
        **extra,
    )
