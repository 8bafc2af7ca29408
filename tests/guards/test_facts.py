import pytest
from holdfast.guards import GuardConfigError, ToolFacts, ToolSpec, facts_of, tool_facts
from holdfast.guards.facts import FACT_NAMES
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.tools import StructuredTool, tool

PARAMETERS = {"type": "object", "properties": {"id": {"type": "string"}, "at": {}}}


def book(flight: str) -> str:
    """Book a flight."""
    return flight


def fresh():
    """Return a function that nobody has described."""
    return lambda flight: flight


def tool_of(function):
    return StructuredTool.from_function(function, name="book", description="Book.")


@pytest.mark.parametrize(
    "holder",
    [
        pytest.param(fresh, id="a function"),
        pytest.param(lambda: tool_of(book), id="a tool"),
        pytest.param(lambda: type("Callable", (), {})(), id="any object"),
    ],
)
def test_facts_are_said_once_and_the_tool_is_returned(holder):
    described = holder()
    assert tool_facts(described, effects=True, claims=("booked",)) is described
    assert facts_of(described) == ToolFacts(effects=True, claims=("booked",))


def test_a_tool_made_from_a_described_function_knows_its_facts():
    described = tool_facts(fresh(), poller=True)
    assert facts_of(tool_of(described)).poller


def test_a_tool_made_from_a_described_coroutine_knows_its_facts():
    async def look(flight: str) -> str:
        return flight

    made = StructuredTool.from_function(
        coroutine=tool_facts(look, poller=True), name="look", description="Look."
    )
    assert facts_of(made).poller


def test_a_copy_of_a_tool_keeps_its_facts():
    described = tool_facts(tool_of(book), poller=True)
    assert facts_of(described.model_copy()).poller


def test_what_nobody_described_has_no_facts():
    assert facts_of(tool(book)) == facts_of(None) == ToolFacts()


def test_facts_said_before_stay_unless_they_are_named_again():
    described = tool_facts(tool_facts(fresh(), effects=True, poller=True), effects=False)
    assert facts_of(described) == ToolFacts(effects=False, poller=True)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        pytest.param({"effect": True}, r"tool_facts\(effect\): no such fact; use eff", id="name"),
        pytest.param({"volatile": "at"}, r"volatile='at': give a tuple, \('at',\)", id="text"),
        pytest.param({"claims": "done"}, r"claims='done': give a tuple", id="a claim as text"),
        pytest.param({"arguments": {"id": "sen"}}, r"\['id'\]='sen': use one of seen", id="policy"),
        pytest.param({"unknown": "do"}, "unknown='do': use 'tell', 'ask' or 'retry'", id="a rule"),
        pytest.param({"arguments": ["id"]}, r"arguments=\['id'\]: give a mapping", id="a list"),
    ],
)
def test_facts_that_cannot_be_meant_are_refused(facts, message):
    with pytest.raises(GuardConfigError, match=message):
        tool_facts(fresh(), **facts)


@pytest.mark.parametrize("policy", ["seen", "derivable", "free", lambda value: True])
def test_an_argument_s_policy_is_a_known_word_or_a_callable(policy):
    assert ToolFacts(arguments={"id": policy}).arguments["id"] == policy


@pytest.mark.parametrize(
    "holder",
    [
        pytest.param({"name": "book"}, id="a schema"),
        pytest.param(len, id="a builtin"),
        pytest.param("".join, id="a method"),
    ],
)
def test_what_cannot_carry_facts_is_refused(holder):
    with pytest.raises(GuardConfigError, match=r"cannot carry facts.*; "):
        tool_facts(holder, poller=True)


# Specs


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param(
            {"name": "book", "description": "Book.", "parameters": PARAMETERS}, id="a bare schema"
        ),
        pytest.param(
            {
                "type": "function",
                "function": {"name": "book", "description": "Book.", "parameters": PARAMETERS},
            },
            id="OpenAI's form",
        ),
        pytest.param(
            {"name": "book", "description": "Book.", "input_schema": PARAMETERS},
            id="Anthropic's form",
        ),
    ],
)
def test_a_spec_is_read_from_a_schema(schema):
    assert ToolSpec.from_schema(schema) == ToolSpec("book", "Book.", PARAMETERS)


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"name": "book", "x-facts": {"volatile": ["at"], "poller": True}}, id="bare"),
        pytest.param(
            {"function": {"name": "book"}, "x-facts": {"volatile": ["at"], "poller": True}},
            id="beside the function",
        ),
        pytest.param(
            {"function": {"name": "book", "x-facts": {"volatile": ["at"], "poller": True}}},
            id="within the function",
        ),
    ],
)
def test_facts_are_read_from_a_schema(schema):
    assert ToolSpec.from_schema(schema).facts == ToolFacts(volatile=("at",), poller=True)


def test_a_schema_with_nothing_but_a_name_is_a_spec():
    assert ToolSpec.from_schema({"name": "book", "description": None}) == ToolSpec("book")


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        pytest.param({}, "needs a name", id="nothing"),
        pytest.param({"name": 3}, "needs a name", id="a name that is no text"),
        pytest.param({"function": "book"}, "needs a name", id="a function that is no object"),
        pytest.param("book", "needs a name", id="a text"),
        pytest.param({"name": "b", "parameters": []}, None, id="empty parameters"),
        pytest.param({"name": "b", "parameters": "id"}, "must be a JSON schema", id="parameters"),
        pytest.param({"name": "b", "parameters": {"properties": 1}}, "properties", id="properties"),
        pytest.param({"name": "b", "x-facts": {"polls": True}}, "no such fact", id="a fact"),
        pytest.param({"name": "b", "x-facts": "poller"}, "x-facts", id="facts that are a text"),
    ],
)
def test_a_schema_that_is_none_is_refused(schema, message):
    if message is None:
        assert ToolSpec.from_schema(schema) == ToolSpec("b")
        return
    with pytest.raises(GuardConfigError, match=message):
        ToolSpec.from_schema(schema)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(ToolFacts(volatile=("when",)), id="a volatile one"),
        pytest.param(ToolFacts(arguments={"when": "seen"}), id="one with a policy"),
    ],
)
def test_facts_about_an_argument_the_tool_lacks_are_refused(facts):
    with pytest.raises(GuardConfigError, match="'book' name the argument 'when'; it has id, at"):
        ToolSpec("book", parameters=PARAMETERS, facts=facts)


def test_facts_may_name_what_lies_within_an_argument():
    ToolSpec("book", parameters=PARAMETERS, facts=ToolFacts(arguments={"id[].name": "seen"}))


def test_a_schema_that_no_validator_can_read_is_refused_where_it_is_first_used():
    spec = ToolSpec("book", parameters={"type": "object", "properties": {"id": {"type": "strng"}}})
    with pytest.raises(GuardConfigError, match="'book' has no valid JSON schema"):
        _ = spec.validator


# Laws

names = st.sampled_from(["effects", "idempotent", "poller", "failing_is_normal"])
said = st.dictionaries(names, st.booleans())


@given(first=said, second=said)
def test_saying_facts_in_two_parts_is_saying_them_at_once(first, second):
    apart = tool_facts(tool_facts(fresh(), **first), **second)
    assert facts_of(apart) == facts_of(tool_facts(fresh(), **{**first, **second}))


@given(facts=said)
def test_facts_survive_the_way_through_a_schema(facts):
    spec = ToolSpec.from_schema({"name": "book", "x-facts": facts})
    assert spec.facts == ToolFacts(**facts)


@given(name=st.text().filter(lambda name: name not in FACT_NAMES))
def test_no_other_name_is_a_fact(name):
    with pytest.raises(GuardConfigError):
        tool_facts(fresh(), **{name: True})
