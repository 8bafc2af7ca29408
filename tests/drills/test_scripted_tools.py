import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import ScriptError
from langchain_core.tools import tool
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from .ways import HELLO, echo, search


class Route(BaseModel):
    """Choose who works next."""

    goto: str
    why: str = Field(default="", description="in a word")


class RouteDict(TypedDict):
    """Choose who works next."""

    goto: str


ROUTE_SCHEMA = {
    "title": "Route",
    "description": "Choose who works next.",
    "type": "object",
    "properties": {"goto": {"type": "string"}},
    "required": ["goto"],
}


# Tools


@tool
def book(flight: str) -> str:
    """Book a flight."""
    return flight


@pytest.mark.parametrize(
    ("given", "name"),
    [
        pytest.param(search, "search", id="a function"),
        pytest.param(book, "book", id="a tool"),
        pytest.param(Route, "Route", id="a pydantic class"),
        pytest.param(RouteDict, "RouteDict", id="a typed dict"),
        pytest.param(ROUTE_SCHEMA, "Route", id="a json schema"),
        pytest.param({"name": "look", "description": "Look.", "parameters": {}}, "look", id="bare"),
        pytest.param(
            {"type": "function", "function": {"name": "look"}}, "look", id="in OpenAI's form"
        ),
        pytest.param({"type": "web_search"}, "web_search", id="a tool of the provider's own"),
    ],
)
def test_the_model_remembers_the_tools_it_is_bound_to(given, name):
    model = ScriptedModel(["ok"])
    model.bind_tools([given], tool_choice="any").invoke(HELLO)
    assert (model.calls[0].tools, model.calls[0].tool_choice) == ((name,), "any")


def test_calls_hold_what_each_call_was_shown():
    model = ScriptedModel(["one", "two"])
    model.invoke("first")
    model.bind_tools([search]).invoke("second")
    shown = [(call.messages[0].content, call.tools) for call in model.calls]
    assert shown == [("first", ()), ("second", ("search",))]


def test_a_callable_that_asks_for_the_tools_gets_their_schemas():
    def policy(messages, *, tools):
        (query,) = tools["search"]["parameters"]["properties"]
        return f"{tools['search']['description']} It takes {query}."

    reply = ScriptedModel(policy).bind_tools([search]).invoke(HELLO)
    assert reply.content == "Search the web. It takes query."


def test_a_callable_object_is_a_policy_too():
    class Echo:
        def __call__(self, messages):
            return echo(messages)

    assert ScriptedModel(Echo()).invoke("hey").content == "You said hey"


def test_a_policy_without_a_signature_is_shown_the_messages_alone():
    with pytest.raises(ScriptError, match="returned HumanMessage"):
        ScriptedModel(max).invoke("hey")  # of one message the greatest is that message


def test_a_policy_cannot_change_what_the_model_was_shown():
    def policy(messages):
        messages.clear()
        return "ok"

    model = ScriptedModel(policy)
    model.invoke(HELLO)
    assert len(model.calls[0].messages) == 1


# Structured output


@pytest.mark.parametrize(
    ("schema", "name", "parsed"),
    [
        pytest.param(Route, "Route", Route(goto="search"), id="a pydantic class"),
        pytest.param(RouteDict, "RouteDict", {"goto": "search"}, id="a typed dict"),
        pytest.param(ROUTE_SCHEMA, "Route", {"goto": "search"}, id="a json schema"),
    ],
)
@pytest.mark.parametrize("include_raw", [False, True])
async def test_structured_output_is_parsed_from_a_scripted_call(schema, name, parsed, include_raw):
    model = ScriptedModel([tool_call(name, goto="search")] * 2)
    structured = model.with_structured_output(schema, include_raw=include_raw)
    for found in (structured.invoke(HELLO), await structured.ainvoke(HELLO)):
        assert (found["parsed"] if include_raw else found) == parsed
    assert model.calls[0].tools == (name,)


def test_a_reply_that_does_not_fit_is_given_raw_with_the_error():
    model = ScriptedModel([tool_call("Route", goto=[1])])
    found = model.with_structured_output(Route, include_raw=True).invoke(HELLO)
    assert found["parsed"] is None
    assert "goto" in str(found["parsing_error"])
