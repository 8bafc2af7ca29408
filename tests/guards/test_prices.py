import pytest
from holdfast.guards import GuardConfigError, Price
from holdfast.guards.prices import price_of
from hypothesis import given
from hypothesis import strategies as st

SMALL, LARGE = Price(1.0, 2.0), Price(10.0, 20.0)
PRICES = {"gpt-x": LARGE, "gpt-x-mini": SMALL, "claude-y-4": LARGE}
tokens = st.integers(0, 10**9)
price = st.builds(Price, *[st.floats(0, 1_000)] * 3)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("gpt-x", LARGE, id="the very name"),
        pytest.param("gpt-x-mini", SMALL, id="a name that begins with another's"),
        pytest.param("gpt-x-2026-05-01", LARGE, id="a dated name"),
        pytest.param("gpt-x-mini-2026-05-01", SMALL, id="a dated name of the longer one"),
        pytest.param("claude-y-4-20260501", LARGE, id="a date without dashes"),
        pytest.param("claude-y-4@20260501", LARGE, id="a date behind an at sign"),
        pytest.param("claude-y-4-latest", LARGE, id="the latest"),
        pytest.param("gpt-x-nano", None, id="a smaller model of the family"),
        pytest.param("gpt-xl", None, id="a name that goes on"),
        pytest.param("claude-y-4-5", None, id="the next version"),
        pytest.param("other", None, id="another name"),
        pytest.param("", None, id="no name"),
    ],
)
def test_a_model_is_priced_by_its_name_or_its_dated_name(asked, found):
    assert price_of(PRICES, asked) == found


@pytest.mark.parametrize("prices", [pytest.param(None, id="none"), pytest.param({}, id="empty")])
def test_without_a_table_there_is_no_price(prices):
    assert price_of(prices, "gpt-x") is None


def test_an_empty_name_in_the_table_prices_nothing_else():
    assert price_of({"": SMALL}, "gpt-x") is None


@pytest.mark.parametrize(
    ("given_price", "counts", "usd"),
    [
        pytest.param(Price(2.0, 8.0), (1_000_000, 0, 0), 2.0, id="a prompt"),
        pytest.param(Price(2.0, 8.0), (0, 500_000, 0), 4.0, id="a reply"),
        pytest.param(Price(2.0, 8.0), (1_000_000, 0, 400_000), 2.0, id="cached at the full price"),
        pytest.param(Price(2.0, 8.0, 0.5), (1_000_000, 0, 1_000_000), 0.5, id="all cached"),
        pytest.param(Price(2.0, 8.0, 0.5), (1_000_000, 0, 500_000), 1.25, id="half cached"),
        pytest.param(Price(2.0, 8.0, 0.0), (1_000_000, 0, 1_000_000), 0.0, id="cached for nothing"),
    ],
)
def test_a_price_is_for_a_million_tokens(given_price, counts, usd):
    assert given_price.of(*counts) == usd


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param((-1.0, 1.0), id="the prompt's"),
        pytest.param((1.0, -1.0), id="the reply's"),
        pytest.param((1.0, 1.0, -1.0), id="the cache's"),
        pytest.param((float("nan"), 1.0), id="no number"),
    ],
)
def test_a_price_below_nothing_is_refused(numbers):
    with pytest.raises(GuardConfigError, match=r"Price\(tokens_in=.*0 or more"):
        Price(*numbers)


@given(price=price, one=tokens, other=tokens, reply=tokens)
def test_more_tokens_never_cost_less(price, one, other, reply):
    assert price.of(one, reply) <= price.of(one + other, reply)


@given(price=price, one=tokens, other=tokens)
def test_the_cost_of_the_parts_is_the_cost_of_the_whole(price, one, other):
    assert price.of(one, 0) + price.of(other, 0) == pytest.approx(price.of(one + other, 0))


@given(price=price, fresh=tokens, cached=tokens)
def test_a_cheaper_cache_never_makes_a_call_dearer(price, fresh, cached):
    whole = Price(price.tokens_in, price.tokens_out, price.tokens_in)
    cheap = Price(price.tokens_in, price.tokens_out, price.tokens_in / 2)
    assert cheap.of(fresh + cached, 0, cached) <= whole.of(fresh + cached, 0, cached)
