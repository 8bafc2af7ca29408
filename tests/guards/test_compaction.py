import pytest
from holdfast.guards.compaction import STUB, Plan, Sizes, plan
from holdfast.guards.message import read_message
from hypothesis import given
from hypothesis import strategies as st


def user(size=10):
    return {"role": "user", "content": "u" * size}


def system(size=10):
    return {"role": "system", "content": "s" * size}


def note(mark="nudge", size=10):
    return {"role": "user", "content": "n" * size, "additional_kwargs": {"holdfast": mark}}


def says(size=10):
    return {"role": "assistant", "content": "a" * size}


def calls(*ids, name="look", **args):
    made = [
        {"id": one, "function": {"name": name, "arguments": {"of": one, **args}}} for one in ids
    ]
    return {"role": "assistant", "content": "", "tool_calls": made}


def result(of, size=1_000):
    return {"role": "tool", "tool_call_id": of, "content": "r" * size}


def same(of, size=1_000):
    made = [{"id": of, "function": {"name": "look", "arguments": {}}}]
    return [{"role": "assistant", "content": "", "tool_calls": made}, result(of, size)]


def rounds(number, size=1_000, by="c"):
    made = [f"{by}{n}" for n in range(number)]
    return [one for call in made for one in (calls(call), result(call, size))]


def planned(history, limit, *, keep=2, target=None, summary=100, stub=50, fixed=0):
    messages = [read_message(one) for one in history]
    lengths = [len(one.text) + 5 for one in messages]
    sizes = Sizes(limit, target or int(limit * 0.7), fixed, stub, summary)
    return plan(messages, lengths, sizes, keep=keep)


def test_what_fits_stays_as_it_is():
    assert planned([user(), *rounds(3, 10)], 1_000) == Plan(tokens=75)


@pytest.mark.parametrize(
    ("history", "limit", "stubs", "gone"),
    [
        pytest.param([user(), *rounds(5)], 3_000, (2, 4, 6), (), id="the oldest results first"),
        pytest.param(
            [user(), *same("a"), *same("b"), *rounds(3)], 4_900, (2, 4), (),
            id="superseded ones before older ones",
        ),
        pytest.param(
            [user(), *rounds(4, 40), *rounds(2, 10, "d")], 200, (), (*range(1, 9),), id="turns"
        ),
        pytest.param(
            [system(), user(), *rounds(20, 100), user(), says(), says()], 1_500,
            (*range(3, 40, 2), 41), (), id="as many as are needed",
        ),
        pytest.param(
            [user(300), says(300), user(20), says(300), says(10), says(10)], 500, (), (0, 1, 3),
            id="an earlier request leaves",
        ),
        pytest.param(
            [note("human", 300), says(500), user(), says(), says()], 500, (), (1,),
            id="what a person said stays",
        ),
        pytest.param(
            [calls("open", "c0"), result("c0", 30), says(500), user(), says(), says()], 500, (),
            (2,), id="a call that waits for its result stays",
        ),
        pytest.param(
            [user(), *rounds(1, 400), calls("x"), result("x", 400)], 500, (2,), (),
            id="of the latest turns results leave before the limit is broken",
        ),
    ],
)  # fmt: skip
def test_what_leaves(history, limit, stubs, gone):
    found = planned(history, limit)
    assert (found.stubs, found.gone) == (stubs, gone)
    assert found.tokens <= limit


def test_a_superseded_result_leaves_before_an_older_one():
    history = [user(), *rounds(1, by="z"), *same("a"), *same("b"), *rounds(2)]
    assert planned(history, 4_500, target=4_200).stubs == (4,)


def test_what_cannot_fit_says_why():
    found = planned([system(900), user(), says(50), says(50)], 1_000, fixed=200)
    assert found.why == (
        "What has to stay takes 1,230 tokens, and 1,000 are allowed: 200 beside the messages, the "
        "rest the last 2 turns, the request and what waits for results. Allow more tokens, or "
        "keep fewer turns."
    )


def test_what_is_a_reference_already_is_not_replaced_again():
    stub = {**result("c9", 400), "additional_kwargs": {"holdfast": STUB}}
    found = planned([user(), calls("c9"), stub, *rounds(3, 10), says(500)], 700, keep=1)
    assert (found.stubs, found.gone[:2]) == ((), (1, 2))


def test_a_summary_that_is_longer_than_what_it_stands_for_is_not_made():
    assert planned([says(40), user(500), says(), says()], 500, summary=100).gone == ()


@st.composite
def histories(draw):
    """Conversations with parallel calls, open calls, notes between, and results out of order."""
    history = [system(draw(st.integers(0, 50)))] if draw(st.booleans()) else []
    for turn in range(draw(st.integers(0, 14))):
        kind = draw(st.sampled_from(["user", "says", "note", "person", "calls", "open"]))
        if kind in ("calls", "open"):
            ids = [f"t{turn}c{n}" for n in range(draw(st.integers(1, 3)))]
            history.append(calls(*ids))
            answered = draw(st.permutations(ids))[kind == "open" :]
            for one in answered:
                history.append(result(one, draw(st.integers(0, 800))))
                if draw(st.booleans()):
                    history.append(note(size=5))
            continue
        makes = {"user": user, "says": says, "note": note}
        size = draw(st.integers(1, 300))
        history.append(note("human", size) if kind == "person" else makes[kind](size=size))
    return history


def after(history, found, *, stub=50):
    """Return what the plan makes of a history."""
    kept = []
    for place, one in enumerate(history):
        if place in found.stubs:
            one = {**one, "content": "x" * (stub - 5), "additional_kwargs": {"holdfast": STUB}}
        if place in found.gone:
            if place != found.gone[0]:
                continue
            one = note("summary", 90)
        kept.append(one)
    return kept


limits = st.integers(200, 3_000)
keeps = st.integers(1, 6)


@given(histories(), limits, keeps)
def test_no_result_is_left_without_its_call_and_no_call_without_its_results(history, limit, keep):
    found = planned(history, limit, keep=keep)
    left = [read_message(one) for one in after(history, found)]
    made = [call.id for message in left for call in message.calls]
    answered = [message.call_id for message in left if message.role == "tool"]
    assert set(answered) <= set(made)
    whole = [read_message(one) for one in history]
    had = {message.call_id for message in whole if message.role == "tool"}
    assert set(made) & had <= set(answered)
    for place, message in enumerate(left):  # and each result still comes after its call
        if message.role == "tool":
            assert any(message.call_id == c.id for m in left[:place] for c in m.calls)


@given(histories(), limits, keeps)
def test_what_must_stay_stays(history, limit, keep):
    found = planned(history, limit, keep=keep)
    whole = [read_message(one) for one in history]
    asked = [n for n, m in enumerate(whole) if m.role == "user" and not m.mark]
    turns = [n for n, m in enumerate(whole) if m.role == "assistant" or n in asked]
    must = {n for n, m in enumerate(whole) if m.role == "system" or m.mark == "human"}
    must |= set(asked[-1:]) | set(turns[-keep:])
    assert not must & set(found.gone)


@given(histories(), limits, keeps)
def test_it_fits_or_says_why(history, limit, keep):
    found = planned(history, limit, keep=keep)
    assert bool(found.why) == (found.tokens > limit)
    lengths = [len(read_message(one).text) + 5 for one in after(history, found)]
    assert sum(lengths) <= found.tokens


@given(histories(), limits, keeps)
def test_what_fits_now_is_left_alone_the_next_time(history, limit, keep):
    found = planned(history, limit, keep=keep)
    if not found.why:
        assert planned(after(history, found), limit, keep=keep).is_empty


@given(histories(), limits, keeps)
def test_places_are_in_order_and_nothing_leaves_twice(history, limit, keep):
    found = planned(history, limit, keep=keep)
    assert list(found.stubs) == sorted(set(found.stubs) - set(found.gone))
    assert list(found.gone) == sorted(set(found.gone))
