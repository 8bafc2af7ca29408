"""Ask the scorers of an answer's guards, and look up what arguments must exist."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableConfig

from ..guards.argument_grounding import lookups
from ..guards.channel import LedgerUpdate, extend_ledger
from ..guards.grounding_guard import texts_of
from ..guards.guard import Guard
from ..guards.ledger import Call, Ledger
from .acting import Failure, Turn, goes_up
from .asking import Asker
from .model_judge import ModelJudge
from .reading import read

if TYPE_CHECKING:
    from ..guards.grounding import Scores

_READ = ("ledger", "verdicts", "allowance", "pool", "branch")  # what an asker reads of a state


def existing(ledger: Ledger, calls: Iterable[Call]) -> dict[str, dict[str, bool]]:
    """Return, for arguments whose facts say how to look them up, whether their values exist.

    Where a lookup fails there is no answer, and the value must have been seen.
    """
    found: dict[str, dict[str, bool]] = {}
    for call in calls:
        for path, value, exists in lookups(ledger, call):
            try:
                answer = bool(exists(value))
            except Exception as error:
                if goes_up(error):
                    raise
            else:
                found.setdefault(call.id, {})[path] = answer
    return found


def scored(
    guards: Sequence[Guard], ledger: Ledger, asker: Asker, state: Any, config: RunnableConfig
) -> tuple[dict[str, "Scores"], list[LedgerUpdate]]:
    """Ask the scorers of some guards about the answer in a view.

    A scorer that fails, or that no budget admits, gives no scores: its guard will say so.

    Args:
        guards: The guards; those with a `scorer` have one asked.
        ledger: The view that they are to judge.
        asker: Who asks, within which budgets.
        state: The graph's state.
        config: The node's config.

    Returns:
        The scores by the scorer's name, and what asking added to the ledger.
    """
    scores: dict[str, Scores] = {}
    charged: list[LedgerUpdate] = []
    found = [getattr(guard, "scorer", None) for guard in guards]
    scorers = {scorer.name: scorer for scorer in found if scorer is not None}
    texts = texts_of(ledger.sources) if scorers and ledger.answer else []
    for name, scorer in scorers.items() if texts else ():
        if isinstance(scorer, ModelJudge):
            marks = _asked(scorer, ledger, texts, asker, state, config, charged)
        else:
            marks = _run(scorer, str(ledger.answer), texts)
        if marks is not None:
            scores[name] = marks
    return scores, charged


def _run(scorer: Any, answer: str, texts: Sequence[str]) -> "Scores | None":
    from ..guards.grounding import Scores, claims_of

    try:
        marks = tuple(map(float, scorer(claims_of(answer), texts)))
    except Exception as error:
        if goes_up(error):
            raise
        return None
    return Scores(scorer.name, marks, getattr(scorer, "threshold", 0.5))


def _asked(
    judge: ModelJudge,
    ledger: Ledger,
    texts: Sequence[str],
    asker: Asker,
    state: Any,
    config: RunnableConfig,
    charged: list[LedgerUpdate],
) -> "Scores | None":
    """Ask a model within the budgets, again where its reply cannot be read; charge each time."""
    from ..guards.grounding import Scores, claims_of

    claims = claims_of(str(ledger.answer))
    prompt = judge.prompt(claims, texts)
    now: Mapping[str, Any] = {name: read(state, name) for name in _READ}
    own = Asker(judge.name, asker.judges, asker.clock, asker.holdings)
    for _ in range(judge.attempts + 1 if len(claims) <= judge.claims else 0):
        seen = {**now, "ledger": extend_ledger(now["ledger"], [charged])}
        update = Turn(own.act(_of(judge.model), _of(prompt), _reply)).run(seen, config)
        charged.extend(update.get("ledger", ()))
        reply = update.get("reply")
        if reply is None or isinstance(reply, Failure):
            return None
        marks = judge.read(reply, len(claims))
        if marks is not None:
            return Scores(judge.name, marks, judge.threshold)
        prompt = judge.again(prompt, reply)
    return None


def _of(value: Any) -> Any:
    return lambda _: value


def _reply(_: Any, outcome: Any, ledger: list[LedgerUpdate]) -> dict[str, Any]:
    return {"reply": outcome, "ledger": ledger}
