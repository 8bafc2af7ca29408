"""What holds for budgets whatever a run has spent."""

from itertools import permutations

from holdfast.guards import Budget, Ledger, Price, make_step
from holdfast.guards.admission import admit
from holdfast.guards.channel import add_spend, extend_ledger, spend_of, spend_since, view
from holdfast.guards.ledger import no_spend
from holdfast.guards.limits import measured
from holdfast.nodes.fan_out import allowances
from hypothesis import given
from hypothesis import strategies as st

COUNTS = ("steps", "model_calls", "tool_calls", "tokens", "tokens_in", "tokens_out")
PRICES = {"m": Price(tokens_in=3.0, tokens_out=15.0)}

steps = st.builds(
    lambda kind, tokens_in, tokens_out, usd, error: make_step(
        kind, "m", tokens_in=tokens_in, tokens_out=tokens_out, usd=usd / 64, error=error
    ),
    st.sampled_from(["model", "tool", "handoff", "human"]),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.integers(0, 640),  # 64ths, which add up without rounding
    st.sampled_from([None, "blocked", "dependency"]),
)
updates = st.lists(steps, max_size=5).map(lambda made: {"steps": made})
spends = st.lists(steps, max_size=20).map(spend_of)
limits = st.dictionaries(st.sampled_from(COUNTS), st.integers(1, 100_000), min_size=1)


@given(parts=st.lists(st.lists(steps, max_size=5), max_size=6))
def test_the_sum_of_the_parts_is_the_whole(parts):
    whole = spend_of([step for part in parts for step in part])
    total = no_spend()
    for part in parts:
        total = add_spend(total, spend_of(part))
    assert total == whole


@given(before=spends, more=spends)
def test_what_was_spent_since_then_is_what_was_added(before, more):
    assert spend_since(add_spend(before, more), before) == more


@given(parallel=st.lists(updates, min_size=2, max_size=4))
def test_the_order_of_parallel_updates_does_not_matter_to_the_totals(parallel):
    totals = [extend_ledger(None, order).get("spent") for order in permutations(parallel)]
    assert all(total == totals[0] for total in totals)


@given(spent=spends, limit=limits, granted=st.floats(0, 3), cap=st.integers(0, 1_000))
def test_what_is_left_is_never_negative(spent, limit, granted, cap):
    ledger = Ledger(spent=spent, granted=dict.fromkeys(limit, granted), caps={"steps": cap})
    uses = list(Budget(**limit).uses(ledger, spent))
    assert all(use.left >= 0 and use.share >= 0 for use in uses)


@given(spent=spends, limit=limits, branches=st.integers(1, 60))
def test_the_shares_of_the_branches_sum_to_what_is_left(spent, limit, branches):
    budget, ledger = Budget(**limit), Ledger(spent=spent)
    shares = allowances([budget], ledger, branches)
    for use in budget.uses(ledger, spent):
        parts = [share[use.measure] - use.used for share in shares]
        assert min(parts) >= 0
        assert sum(parts) == use.left


@given(spent=spends, limit=limits, branches=st.integers(1, 60))
def test_the_shares_of_branches_are_all_but_equal(spent, limit, branches):
    for measure in limit:
        parts = [s[measure] for s in allowances([Budget(**limit)], Ledger(spent=spent), branches)]
        assert max(parts) - min(parts) <= 1


@given(
    spent=spends,
    limit=limits,
    usd=st.none() | st.integers(1, 640).map(lambda n: n / 64),
    prompt=st.integers(0, 20_000),
    last_word=st.booleans(),
    shared=st.booleans(),
)
def test_what_is_admitted_fits_into_what_is_left(spent, limit, usd, prompt, last_word, shared):
    budget = Budget(**limit, usd=usd, prices=PRICES, longest_reply=50_000)
    ledger = Ledger(spent=spent)
    found = admit(
        [budget], ledger, prompt_tokens=prompt, model="m", last_word=last_word, shared=shared
    )
    if found.refusal is not None:
        return
    for use in budget.uses(ledger, spent):
        assert measured(use.measure, found.reserve) <= use.left + 1e-9


@given(parts=st.lists(updates, max_size=6), tail=st.lists(updates, max_size=6))
def test_a_budget_never_gets_milder_as_a_run_goes_on(parts, tail):
    budget, severity = Budget(steps=10, tokens=40_000), ["none", "nudge", "wrap_up", "stop"]
    before, after = (
        budget.check(view(extend_ledger(None, some)))["action"] for some in (parts, parts + tail)
    )
    assert severity.index(after) >= severity.index(before)
