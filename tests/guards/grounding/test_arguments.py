import pytest
from holdfast.guards.grounding import Seen, ground_arguments
from hypothesis import given, settings
from hypothesis import strategies as st

RUN = [
    "Today is 2024-05-15. A checked bag is $50.",
    "I'm Mia Li, mia.li@example.com. Two of us, New York to Seattle on May 20th.",
    (
        '{"reservation_id": "GV1N64", "phone": "(555) 123-2002", "balance": "$1,200.50",'
        ' "items": [{"item_id": "6086499569"}]}'
    ),
    "My order is 9502126, or spelled out: order W 9502127. The day after would do too.",
]


def paths(args, seen=RUN, schema=None, **settings):
    return [each.path for each in ground_arguments("tool", args, seen, schema, **settings)]


@pytest.mark.parametrize(
    "args",
    [
        pytest.param({"reservation_id": "gv1n64"}, id="an id in another case"),
        pytest.param({"phone": "+555-123-2002"}, id="a phone with other marks"),
        pytest.param({"order_id": "#W9502127"}, id="an id that was spelled with a space"),
        pytest.param({"order_id": "#W9502126"}, id="a long number with a short prefix added"),
        pytest.param({"date": "2024-05-20"}, id="a day whose year follows from today's"),
        pytest.param({"date": "05/20/2024"}, id="a day in another order"),
        pytest.param({"date": "2024-05-21"}, id="a day that was counted from another"),
        pytest.param({"amount": 1200.5}, id="an amount with a currency and separators"),
        pytest.param({"passengers": 2}, id="a number that was said as a word"),
        pytest.param({"email": "Mia.Li@Example.com"}, id="an address in another case"),
        pytest.param({"first_name": "Mia"}, id="a name"),
        pytest.param({"state": "NY"}, id="a state's code"),
        pytest.param({"origin": "JFK"}, id="an airport's code"),
        pytest.param({"code": "SEA"}, id="the letters of a seen name"),
        pytest.param({"cabin": "basic_economy"}, id="a choice"),
        pytest.param({"summary": "Asks for order 111222333."}, id="the model's own words"),
        pytest.param({"insurance": True, "note": None, "size": ""}, id="nothing to check"),
        pytest.param({"expression": "2 * 1200.50"}, id="a sum of seen amounts"),
        pytest.param({}, id="no arguments"),
    ],
)
def test_what_was_seen_or_follows_is_let_through(args):
    assert paths(args) == []


@pytest.mark.parametrize(
    ("args", "path"),
    [
        pytest.param({"reservation_id": "GV1N65"}, "reservation_id", id="one character off"),
        pytest.param({"reservation_id": "GV1N6"}, "reservation_id", id="a part of an id"),
        pytest.param({"user_id": "john_doe_123"}, "user_id", id="a made-up id"),
        pytest.param({"user_id": "unknown"}, "user_id", id="a word where an id belongs"),
        pytest.param({"email": "mia.li@example.org"}, "email", id="another domain"),
        pytest.param({"date": "2024-08-02"}, "date", id="a day nobody named"),
        pytest.param({"dob": "1985-07-14"}, "dob", id="a birthday nobody gave"),
        pytest.param({"amount": 431.77}, "amount", id="an amount from nowhere"),
        pytest.param({"url": "https://example.net/pay"}, "url", id="an address of a page"),
        pytest.param({"path": "/srv/app/main.py"}, "path", id="a file"),
        pytest.param({"last_name": "Smith"}, "last_name", id="a name nobody gave"),
        pytest.param({"expression": "431.77 - 17.5"}, "expression", id="a sum of invented amounts"),
        pytest.param(
            {"flights": [{"date": "2024-05-20"}, {"date": "2025-01-01"}]},
            "flights[1].date",
            id="one of several, inside",
        ),
        pytest.param({"item_ids": ["6086499569", "6086499560"]}, "item_ids[1]", id="in a list"),
    ],
)
def test_what_came_from_nowhere_is_named_by_its_path(args, path):
    assert paths(args) == [path]


def test_the_nearest_seen_values_are_offered():
    (found,) = ground_arguments("tool", {"reservation_id": "GV1N65"}, RUN)
    assert found.nearest[0] == "GV1N64"


def test_an_example_in_the_schema_does_not_vouch_for_a_value():
    schema = {"properties": {"user_id": {"description": "such as 'sara_doe_496'"}}}
    assert paths({"user_id": "sara_doe_496"}, schema=schema) == ["user_id"]


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"enum": ["RT-77", "OW-11"]}, id="an enum"),
        pytest.param({"default": "RT-77"}, id="a default"),
        pytest.param({"anyOf": [{"const": "RT-77"}, {"type": "null"}]}, id="one of several"),
    ],
)
def test_a_value_the_schema_lists_is_let_through(schema):
    whole = {"function": {"parameters": {"properties": {"id": schema}}}}
    assert paths({"id": "RT-77"}, schema=whole) == []


@pytest.mark.parametrize(
    ("rule", "value", "exists", "found"),
    [
        pytest.param("free", "XK-12345", None, [], id="free is not checked"),
        pytest.param("seen", "2024-05-21", None, ["x"], id="seen leaves out what only follows"),
        pytest.param("seen", "GV1N64", None, [], id="seen lets the seen through"),
        pytest.param("derivable", "2024-05-21", None, [], id="derivable is the default"),
        pytest.param("exists", "/etc/hosts", {"/etc/hosts": True}, [], id="exists, and does"),
        pytest.param("exists", "GV1N64", {"x": False}, ["x"], id="seen, but does not exist"),
        pytest.param("exists", "/etc/hosts", None, ["x"], id="exists, but nobody looked"),
        pytest.param("seen", "wednesday", None, ["x"], id="seen checks plain words too"),
    ],
)
def test_a_policy_says_how_one_argument_is_checked(rule, value, exists, found):
    assert paths({"x": value}, policy={"x": rule}, exists=exists) == found


def test_a_policy_reaches_inside_by_a_path_without_indices():
    args = {"flights": [{"number": "HAT001"}]}
    assert paths(args, policy={"flights.number": "free"}) == []


def test_a_total_of_the_records_a_call_names_is_let_through():
    prices = '[{"flight": "HAT069", "price": 51}, {"flight": "HAT276", "price": 155}]'
    args = {"flights": ["HAT069", "HAT276"], "payments": [{"amount": 39}, {"amount": 167}]}
    assert paths(args, [prices, "I have $39 left on my card."]) == []


@pytest.mark.parametrize(
    "seen", [pytest.param([], id="no text"), pytest.param(["", "  "], id="blank texts")]
)
def test_a_run_that_has_seen_nothing_is_not_judged(seen):
    assert paths({"id": "GV1N64"}, seen) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<td>GV1N64</td>", id="HTML"),
        pytest.param("| id | GV1N64 |", id="a table"),
        pytest.param("`GV1N64`", id="code"),
        pytest.param("预订号GV1N64。", id="another script around it"),
        pytest.param("x " * 500_000 + "GV1N64", id="a megabyte"),
        pytest.param("{" * 5_000 + '"GV1N64"', id="broken JSON"),
    ],
)
def test_an_id_is_found_in_any_text(text):
    assert paths({"id": "GV1N64", "amount": 4711.5}, [text]) == ["amount"]


identifiers = st.from_regex(r"[A-Z]{2}[0-9]{4}[A-Z]", fullmatch=True)


@settings(max_examples=50, deadline=None)
@given(value=identifiers, before=st.text(max_size=30), after=st.text(max_size=30))
def test_any_id_that_stands_in_a_text_is_let_through(value, before, after):
    assert paths({"id": value}, [f"{before} {value} {after}"]) == []


@settings(max_examples=50, deadline=None)
@given(value=identifiers, texts=st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_seeing_more_never_adds_an_objection(value, texts):
    args = {"id": value, "date": "2024-05-20"}
    assert len(paths(args, ["start", *texts])) <= len(paths(args, ["start"]))


def test_texts_indexed_once_judge_as_the_texts_do():
    args = {"id": "GV1N64", "date": "2030-01-01"}
    assert paths(args, Seen.of(RUN)) == paths(args)
