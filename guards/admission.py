"""Ask a budget before a model is called: may it be, and how long may the reply be."""

from collections.abc import Iterable
from dataclasses import dataclass

from .budget import Budget
from .ledger import Ledger, Spend, no_spend
from .limits import Use
from .prices import price_of
from .verdict import Action, Verdict, severity, tripped

SHORTEST_REPLY = 16
"""Tokens without which a reply says nothing; a call that cannot have them is not made. Chosen."""

PART = 1 / 32
"""What part of the tokens left one of several branches may hold at a time; chosen."""
FAIR_REPLY = 1_024
"""Tokens that one of several branches may hold in any case, if they are left; chosen."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a model may be called.

    Attributes:
        refusal: Why not, as a verdict; None when it may.
        max_tokens: Most tokens of the reply, or None when nothing limits it.
        reserve: The most that the call can cost, to be held until it is settled.
    """

    refusal: Verdict | None
    max_tokens: int | None
    reserve: Spend


def admit(
    budgets: Iterable[Budget],
    ledger: Ledger,
    *,
    prompt_tokens: int,
    model: str,
    last_word: bool,
    shared: bool = False,
) -> Admission:
    """Return whether a model may be called once more, and how long its reply may be.

    Args:
        budgets: All that apply.
        ledger: The run, with the time.
        prompt_tokens: Tokens of the prompt; an estimate will do, and is as good as it is.
        model: The model's name, for its price.
        last_word: Whether it is the wrap-up turn, which the warning rungs do not stop.
        shared: Whether others want of what is left at the same time: then the reply is held to a
            part of it, since what one holds the others cannot have.

    Cost: a few microseconds for each budget.
    """
    longest: int | None = None
    for budget in budgets:
        verdict = _refusal(budget, ledger, prompt_tokens, model, last_word)
        if verdict is not None:
            return Admission(verdict, None, no_spend())
        allowed = _reply_tokens(budget, ledger, prompt_tokens, model)
        if allowed is not None and shared:
            allowed = min(allowed, max(int(allowed * PART), FAIR_REPLY))
        if allowed is not None and allowed < budget.longest_reply:
            longest = allowed if longest is None else min(longest, allowed)
    return Admission(None, longest, _most(prompt_tokens, longest, model, list(budgets)))


def _refusal(
    budget: Budget, ledger: Ledger, prompt_tokens: int, model: str, last_word: bool
) -> Verdict | None:
    verdict = budget.check(ledger)
    severe: Action = "stop" if last_word else "wrap_up"
    if verdict["outcome"] == "trip" and severity(verdict["action"]) >= severity(severe):
        return verdict
    spent = budget.spent(ledger)
    for use in budget.uses(ledger, spent) if spent is not None else ():
        need = _needs(use, budget, prompt_tokens, model)
        if need > use.left and spent is not None:
            what = "the prompt and the shortest reply" if "call" not in use.measure else "one call"
            reason = budget.reason(use, spent, f"{what} would need {_shown(need)} more")
            told = budget.evidence(use, ledger, need)
            return tripped("budget", budget.kind(use), "wrap_up", reason, score=use.share, use=told)
    return None


def _needs(use: Use, budget: Budget, prompt_tokens: int, model: str) -> float:
    """Return the least that one more model call takes of a limit."""
    if use.measure in ("steps", "model_calls"):
        return 1
    if use.measure == "usd":
        price = price_of(budget.prices, model)
        return price.of(prompt_tokens, SHORTEST_REPLY) if price else 0
    by_tokens = {
        "tokens": prompt_tokens + SHORTEST_REPLY,
        "tokens_in": prompt_tokens,
        "tokens_out": SHORTEST_REPLY,
    }
    return by_tokens.get(use.measure, 0)


def _reply_tokens(budget: Budget, ledger: Ledger, prompt_tokens: int, model: str) -> int | None:
    """Return how many tokens are left for a reply, or None when nothing limits them."""
    left: list[int] = []
    spent = budget.spent(ledger)
    for use in budget.uses(ledger, spent) if spent is not None else ():
        if use.measure == "tokens":
            left.append(int(use.left) - prompt_tokens)
        elif use.measure == "tokens_out":
            left.append(int(use.left))
        elif use.measure == "usd" and (price := price_of(budget.prices, model)):
            rest = use.left - price.of(prompt_tokens, 0)
            if price.tokens_out > 0:
                left.append(int(rest * 1_000_000 / price.tokens_out))
    return min(left) if left else None


def _most(prompt_tokens: int, longest: int | None, model: str, budgets: list[Budget]) -> Spend:
    """Return the most that a call can cost."""
    reply = longest
    if reply is None:
        reply = max((budget.longest_reply for budget in budgets), default=0)
    tables = (price_of(budget.prices, model) for budget in budgets)
    price = next((one for one in tables if one), None)
    return {
        **no_spend(),
        "steps": 1,
        "model_calls": 1,
        "tokens_in": prompt_tokens,
        "tokens_out": reply,
        "usd": price.of(prompt_tokens, reply) if price else 0.0,
    }


def _shown(number: float) -> str:
    return f"{number:,.0f}" if number >= 1 else f"{number:,.4f}"
