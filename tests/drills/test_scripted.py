import asyncio
import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
from holdfast.drills import ScriptedModel
from holdfast.guards import GuardConfigError, ScriptError
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage

from .ways import HELLO, echo, play, search


def raising(messages):
    return ValueError(messages[-1].content)


def asynchronous():
    async def policy(messages):
        return "never awaited"

    return policy


# What a step may be


@pytest.mark.parametrize(
    ("step", "content"),
    [
        pytest.param("Hi.", "Hi.", id="a string"),
        pytest.param("", "", id="an empty string"),
        pytest.param(AIMessage("Hi."), "Hi.", id="a message"),
        pytest.param(AIMessageChunk("Hi."), "Hi.", id="a chunk of a message"),
        pytest.param(echo, "You said Hello?", id="a callable"),
        pytest.param(lambda messages: AIMessage("Hi."), "Hi.", id="a callable giving a message"),
    ],
)
def test_a_step_is_played_as_a_message(step, content):
    reply = ScriptedModel([step]).invoke(HELLO)
    assert (type(reply), reply.content) == (AIMessage, content)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        pytest.param(TimeoutError("busy"), TimeoutError, id="an exception"),
        pytest.param(TimeoutError, TimeoutError, id="a class of exceptions"),
        pytest.param(raising, ValueError, id="a callable giving an exception"),
        pytest.param(lambda messages: KeyError, KeyError, id="a callable giving a class"),
        pytest.param(lambda messages: 1 / 0, ZeroDivisionError, id="a callable that fails"),
        pytest.param(lambda messages: None, ScriptError, id="a callable giving nothing"),
        pytest.param(lambda messages: HELLO[0], ScriptError, id="a callable giving a human"),
    ],
)
@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])
async def test_an_exception_is_raised_whatever_the_way_of_calling(step, error, way):
    with pytest.raises(error):
        await play(ScriptedModel([step]), way)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("Hi.", id="a bare string"),
        pytest.param(AIMessage("Hi."), id="a bare message"),
        pytest.param(None, id="nothing"),
        pytest.param([1], id="a number"),
        pytest.param([HumanMessage("Hi.")], id="a human message"),
        pytest.param([int], id="a class that is no exception"),
        pytest.param([asynchronous()], id="a coroutine function in a list"),
        pytest.param(asynchronous(), id="a coroutine function"),
        pytest.param(AIMessage, id="a class"),
    ],
)
def test_a_script_of_anything_else_is_refused_when_it_is_given(script):
    with pytest.raises(GuardConfigError, match=r"ScriptedModel.*: use "):
        ScriptedModel(script)


# Order, and its end


def test_the_replies_come_in_the_order_of_the_list():
    model = ScriptedModel(["one", "two", "three"])
    assert [model.invoke(HELLO).content for _ in range(3)] == ["one", "two", "three"]


def test_a_call_beyond_the_script_names_its_length_and_the_last_message():
    model = ScriptedModel(["one"])
    model.invoke(HELLO)
    with pytest.raises(ScriptError, match=r"call 2 .* has 1 step; .* human: 'Hello\?'\. Add"):
        model.invoke(HELLO)


def test_an_empty_script_refuses_its_first_call():
    with pytest.raises(ScriptError, match=r"call 1 .* has 0 steps"):
        ScriptedModel([]).invoke(HELLO)


def test_the_error_is_short_and_holds_no_secret():
    long = [HumanMessage("password=hunter2 " + "x" * 10_000)]
    with pytest.raises(ScriptError) as caught:
        ScriptedModel([]).invoke(long)
    assert len(str(caught.value)) < 500
    assert "hunter2" not in str(caught.value)


def test_unused_steps_are_reported():
    model = ScriptedModel(["one", "two", "three"])
    model.invoke(HELLO)
    assert model.unused == ["two", "three"]
    with pytest.raises(ScriptError, match=r"2 of 3 steps .* next is 'two'"):
        model.assert_done()


def test_a_script_that_was_played_to_its_end_is_done():
    with ScriptedModel(["one"]) as model:
        model.invoke(HELLO)
    assert model.unused == []


def test_leaving_the_context_reports_unused_steps():
    with pytest.raises(ScriptError, match="1 of 1 step"), ScriptedModel(["one"]):
        pass


def test_an_error_inside_the_context_is_not_covered_up():
    with pytest.raises(ZeroDivisionError), ScriptedModel(["one"]):
        raise ZeroDivisionError


def test_a_policy_never_ends_and_leaves_nothing_unused():
    with ScriptedModel(echo) as model:
        assert [model.invoke(word).content for word in ("a", "b")] == ["You said a", "You said b"]
    assert model.unused == []


@given(script=st.lists(st.text(), max_size=6), calls=st.integers(0, 8))
def test_used_and_unused_steps_are_the_whole_script(script, calls):
    model = ScriptedModel(script)
    said = []
    for _ in range(calls):
        try:
            said.append(model.invoke(HELLO).content)
        except ScriptError:
            break
    assert said + model.unused == script


def test_each_step_is_played_once_by_many_threads():
    model = ScriptedModel([str(n) for n in range(100)])
    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(lambda _: model.invoke(HELLO).content, range(100)))
    assert sorted(said, key=int) == [str(n) for n in range(100)]


async def test_each_step_is_played_once_by_many_tasks():
    model = ScriptedModel([str(n) for n in range(20)])
    replies = await asyncio.gather(*(model.ainvoke(HELLO) for _ in range(20)))
    assert sorted(int(reply.content) for reply in replies) == list(range(20))


@pytest.mark.parametrize(
    "derive",
    [
        pytest.param(lambda model: model.bind_tools([search]), id="bound to tools"),
        pytest.param(lambda model: model.bind(stop=["x"]), id="bound to an option"),
        pytest.param(lambda model: model.with_config(tags=["x"]), id="configured"),
        pytest.param(lambda model: model.with_retry(), id="with retries"),
        pytest.param(lambda model: model.model_copy(), id="copied"),
        pytest.param(lambda model: model.model_copy(deep=True), id="copied deeply"),
        pytest.param(lambda model: copy.deepcopy(model), id="deepcopied"),
    ],
)
def test_a_derived_model_shares_the_position(derive):
    model = ScriptedModel(["one", "two", "three"])
    derived = derive(model)
    said = [each.invoke(HELLO).content for each in (model, derived, model)]
    assert said == ["one", "two", "three"]
