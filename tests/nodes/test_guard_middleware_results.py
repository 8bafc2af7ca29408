"""Structured output inside `create_agent`: repaired, told back within bounds, and charged."""

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from langchain.agents.structured_output import (
    ProviderStrategy,
    StructuredOutputValidationError,
    ToolStrategy,
)
from langgraph.errors import GraphRecursionError
from pydantic import BaseModel

from .agents import GO, bare, guarded, last, look, run, spent


class Flight(BaseModel):
    """A flight."""

    id: str
    price: float


WRONG = tool_call("Flight", id="TP 533", price="much")
RIGHT = tool_call("Flight", id="TP 533", price=142)
FOUND = Flight(id="TP 533", price=142.0)


def found(state):
    """Return an agent's result; a strict checkpoint gives models back as plain data."""
    return Flight.model_validate(state["structured_response"])


def test_a_wrong_result_is_asked_for_again_to_the_recursion_limit_bare():
    with pytest.raises(GraphRecursionError):
        run(bare(lambda _: WRONG, response_format=ToolStrategy(Flight)), limit=30)


@pytest.mark.parametrize("handle_errors", [True, False])
def test_a_wrong_result_is_told_back_and_the_right_one_taken(play, handle_errors):
    wanted = ToolStrategy(Flight, handle_errors=handle_errors)
    model = ScriptedModel([WRONG, RIGHT])
    state = play(guarded(model, response_format=wanted), GO)
    assert found(state) == FOUND
    assert state["ending"] == "completed"
    assert spent(state)["model_calls"] == 2
    told = model.calls[1].messages[-1].text
    assert "price" in told
    assert len(state["messages"]) == 3  # the wrong one is not kept


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(ToolStrategy(Flight), id="by a tool"),
        pytest.param(ToolStrategy(Flight, handle_errors=False), id="by a tool, errors raised"),
        pytest.param(ProviderStrategy(Flight), id="by the provider"),
    ],
)
@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(WRONG, id="a wrong call"),
        pytest.param("I could not say.", id="words"),
        pytest.param("", id="nothing"),
        pytest.param(tool_calls(RIGHT, RIGHT), id="two results"),
    ],
)
def test_a_model_that_never_gives_the_result_is_stopped_and_says_so(wanted, reply):
    state = run(guarded(lambda _: reply, response_format=wanted, tools=[]))
    assert state["ending"] == "unrepaired"
    assert spent(state)["model_calls"] == 3
    assert last(state).startswith("The run ended before its goal (unrepaired)")
    assert state.get("structured_response") is None


def test_words_end_a_run_without_its_result_bare():
    state = run(bare(["I could not say."], response_format=ToolStrategy(Flight)))
    assert state.get("structured_response") is None


def test_words_are_told_back_and_the_result_is_taken(play):
    model = ScriptedModel(["It costs 142.", RIGHT])
    state = play(guarded(model, response_format=ToolStrategy(Flight)), GO)
    assert found(state) == FOUND


MALFORMED = "```json\n{'id': 'TP 533', 'price': '142',}\n```"


def test_malformed_json_is_raised_bare():
    with pytest.raises(StructuredOutputValidationError):
        run(bare([MALFORMED], response_format=ProviderStrategy(Flight)))


@pytest.mark.parametrize("wanted", [ProviderStrategy(Flight), ToolStrategy(Flight)])
def test_malformed_json_is_repaired_without_another_call(play, wanted):
    model = ScriptedModel([MALFORMED])
    state = play(guarded(model, response_format=wanted), GO)
    assert found(state) == FOUND
    assert len(model.calls) == 1


def test_a_result_by_json_schema_is_repaired_as_well():
    state = run(guarded([MALFORMED], response_format=ProviderStrategy(Flight.model_json_schema())))
    assert state["structured_response"] == {"id": "TP 533", "price": 142.0}


def test_a_truncated_result_is_no_result():
    state = run(guarded(lambda _: '{"id": "TP 533", "price": 14', attempts=1,
        response_format=ProviderStrategy(Flight)))  # fmt: skip
    assert state["ending"] == "unrepaired"


def test_tools_may_be_called_before_the_result(play):
    model = ScriptedModel([tool_call("look", at="home"), RIGHT])
    state = play(guarded(model, tools=[look], response_format=ToolStrategy(Flight)), GO)
    assert found(state) == FOUND
    assert spent(state)["tool_calls"] == 1


def test_a_result_of_an_earlier_turn_is_not_taken_for_that_of_the_next():
    from langgraph.checkpoint.memory import InMemorySaver

    saver = InMemorySaver()
    agent = guarded([RIGHT], response_format=ToolStrategy(Flight), attempts=0)
    assert found(run(agent, saver=saver)) == FOUND
    agent.model = ScriptedModel(["No idea."])
    state = run(agent, saver=saver, given={"messages": [("user", "Another?")]})
    assert state["structured_response"] is None
    assert state["ending"] == "unrepaired"
