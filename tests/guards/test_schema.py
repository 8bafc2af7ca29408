import pytest
from holdfast.guards import ToolSpec
from holdfast.guards.schema import faults_of, nearest, signature
from hypothesis import given
from hypothesis import strategies as st

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def spec(properties=None, **rest):
    return ToolSpec("book", parameters={"type": "object", "properties": properties or {}, **rest})


SEATS = spec(
    {
        "flight_id": TEXT,
        "seats": NUMBER,
        "class": {"enum": ["economy", "business"]},
        "bags": {"type": "array", "items": {"type": "object", "properties": {"kg": NUMBER}}},
        "note": {"type": ["string", "null"]},
    },
    required=["flight_id", "seats"],
)


def given_args(**changed):
    return {"flight_id": "LH1", "seats": 2, **changed}


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        pytest.param(given_args(), [], id="all that is needed"),
        pytest.param(given_args(note=None, bags=[{"kg": 1}]), [], id="all there is"),
        pytest.param({"seats": 2}, ["'flight_id' is missing"], id="one missing"),
        pytest.param({}, ["'flight_id', 'seats' are missing"], id="two missing, said once"),
        pytest.param(
            {"flightId": "LH1", "flight_id": "LH1", "seats": 2},
            ["there is no argument 'flightId' (did you mean 'flight_id')"],
            id="one too many, like another",
        ),
        pytest.param(
            given_args(zzz=1),
            ["there is no argument 'zzz' (it takes flight_id, seats, class, bags, note)"],
            id="one too many, like none",
        ),
        pytest.param(
            given_args(seats="two"),
            ["'seats' must be integer, not a string (two)"],
            id="of the wrong type",
        ),
        pytest.param(
            given_args(seats=True),
            ["'seats' must be integer, not a boolean (true)"],
            id="a boolean",
        ),
        pytest.param(
            given_args(note=1.5),
            ["'note' must be string or null, not a number (1.5)"],
            id="a number",
        ),
        pytest.param(
            given_args(flight_id=None), ["'flight_id' must be string, not null (null)"], id="null"
        ),
        pytest.param(
            given_args(flight_id=["LH1"]),
            ["""'flight_id' must be string, not an array (["LH1"])"""],
            id="a list",
        ),
        pytest.param(
            given_args(**{"class": "first"}),
            ["'class' is 'first', and must be one of economy, business"],
            id="not one of the choices",
        ),
        pytest.param(
            given_args(bags=[{"kg": 1}, {"kg": {}}]),
            ["'bags[1].kg' must be integer, not an object ({})"],
            id="wrong deep inside",
        ),
        pytest.param("LH1", ["the arguments must be a JSON object, not a string"], id="a text"),
        pytest.param([], ["the arguments must be a JSON object, not an array"], id="no object"),
        pytest.param(None, ["the arguments must be a JSON object, not null"], id="nothing"),
    ],
)
def test_what_is_wrong_with_a_call_is_said_in_a_clause_each(arguments, faults):
    assert faults_of(SEATS, arguments) == faults


@pytest.mark.parametrize(
    ("rules", "arguments", "fault"),
    [
        pytest.param(
            {"properties": {"n": {"minimum": 3}}},
            {"n": 1},
            "'n' is '1', against the rule minimum 3",
            id="a bound",
        ),
        pytest.param(
            {"minProperties": 1},
            {},
            "'the arguments' is '{}', against the rule minProperties 1",
            id="a rule on all",
        ),
        pytest.param(
            {"properties": {"a": {"required": ["b"]}}},
            {"a": {}},
            "'b' is missing in a",
            id="inside",
        ),
        pytest.param(
            {"properties": {"a": {"additionalProperties": False}}},
            {"a": {"b": 1}},
            """'a' is '{"b":1}', against the rule additionalProperties false""",
            id="too many inside",
        ),
        pytest.param(
            {"properties": {}}, {"a": 1}, "there is no argument 'a' (it takes none)", id="none"
        ),
    ],
)
def test_other_rules_are_named_with_the_value(rules, arguments, fault):
    assert faults_of(ToolSpec("t", parameters={"type": "object", **rules}), arguments) == [fault]


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({}, id="no schema"),
        pytest.param({"type": "object"}, id="a schema that names no argument"),
        pytest.param({"properties": {"a": {}}, "additionalProperties": True}, id="any allowed"),
        pytest.param({"properties": {}, "additionalProperties": TEXT}, id="any text allowed"),
        pytest.param({"properties": {}, "patternProperties": {"x": TEXT}}, id="names by a pattern"),
    ],
)
def test_arguments_that_a_schema_allows_are_no_fault(parameters):
    assert faults_of(ToolSpec("t", parameters=parameters), {"x": "1"}) == []


def test_an_extra_argument_is_told_once_where_the_schema_forbids_it_too():
    strict = spec({"a": TEXT}, additionalProperties=False)
    assert len(faults_of(strict, {"a": "1", "b": "2"})) == 1


def test_only_a_few_faults_are_told_at_once():
    assert len(faults_of(spec(), dict.fromkeys("abcdefgh", 1))) == 5


def test_a_message_quotes_little_and_no_secret():
    ((fault),) = faults_of(SEATS, given_args(seats="password=hunter2 " + "x" * 1_000))
    assert len(fault) < 120
    assert "hunter2" not in fault


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        pytest.param("searchFlights", ["book", "search_flights"], ["search_flights"], id="case"),
        pytest.param("serch", ["search", "book"], ["search"], id="a slip"),
        pytest.param("book-flight", ["book_flight"], ["book_flight"], id="another separator"),
        pytest.param("zzz", ["search", "book"], [], id="none"),
        pytest.param("", ["search"], [], id="no name"),
        pytest.param("search", [], [], id="nothing known"),
        pytest.param(
            "get",
            ["get_a", "get_b", "get_c", "gets"],
            ["gets", "get_c", "get_b"],
            id="the best three",
        ),
    ],
)
def test_the_nearest_names_are_found(name, known, found):
    assert nearest(name, known) == found


@pytest.mark.parametrize(
    ("made", "line"),
    [
        pytest.param(ToolSpec("now"), "now()", id="no arguments"),
        pytest.param(
            SEATS,
            "book(flight_id: string, seats: integer, class?: economy|business, bags?: [object], "
            "note?: string or null)",
            id="all sorts",
        ),
        pytest.param(
            spec({"n": {"anyOf": [NUMBER, {"type": "null"}, NUMBER]}, "x": {}, "y": True}),
            "book(n?: integer|null, x?: any, y?: any)",
            id="choices of types, and none",
        ),
        pytest.param(
            spec({"n": {"oneOf": [TEXT, NUMBER]}}), "book(n?: string|integer)", id="one of"
        ),
        pytest.param(spec({"n": {"type": "array"}}), "book(n?: [any])", id="a list of anything"),
    ],
)
def test_a_signature_is_one_line(made, line):
    assert signature(made) == line


# Laws

names = st.text(alphabet="abc_", min_size=1, max_size=8)
values = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())


@given(arguments=st.dictionaries(names, values))
def test_arguments_fit_a_schema_that_takes_anything_of_their_names(arguments):
    assert faults_of(spec({name: {} for name in arguments}), arguments) == []


@given(arguments=st.dictionaries(names, values, min_size=1))
def test_an_argument_that_is_not_in_the_schema_is_always_a_fault(arguments):
    _, *rest = arguments
    assert faults_of(spec({name: {} for name in rest}), arguments)


@given(arguments=values | st.dictionaries(names, values))
def test_whatever_is_given_is_answered_in_different_clauses(arguments):
    faults = faults_of(SEATS, arguments)
    assert len(set(faults)) == len(faults)


@given(name=names, known=st.lists(names, unique=True))
def test_a_known_name_is_nearest_to_itself(name, known):
    found = nearest(name, [*known, name])
    assert set(found) <= {*known, name}
    assert "".join(c for c in name if c.isalnum()) in {
        "".join(c for c in each if c.isalnum()) for each in found
    }
