"""Models in a line, and a dead one that is remembered."""

import asyncio

import httpx
import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import BackendError, BreakerOpenError, GuardConfigError, ScriptError
from holdfast.guards.breaker import Breaker
from holdfast.nodes import Breakers, Specialist, failover
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAuthenticationError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langgraph.errors import GraphInterrupt
from pydantic import BaseModel


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


class OverloadedError(Exception):
    """A provider's error, with the response that caused it."""

    def __init__(self, status, **headers):
        super().__init__("no")
        self.response = httpx.Response(status, headers=headers)


def ask(model, way, text="Hi"):
    """Ask a model in one of the ways there are, and return the text it gave."""

    async def streamed():
        return "".join([chunk.text async for chunk in model.astream(text)])

    return {
        "invoke": lambda: model.invoke(text).text,
        "ainvoke": lambda: asyncio.run(model.ainvoke(text)).text,
        "stream": lambda: "".join(chunk.text for chunk in model.stream(text)),
        "astream": lambda: asyncio.run(streamed()),
        "generate": lambda: model.generate([[HumanMessage(text)]]).generations[0][0].text,
        "agenerate": lambda: (
            asyncio.run(model.agenerate([[HumanMessage(text)]])).generations[0][0].text
        ),
    }[way]()


WAYS = ["invoke", "ainvoke", "stream", "astream", "generate", "agenerate"]
every_way = pytest.mark.parametrize("way", WAYS)


@every_way
def test_a_dead_primary_is_asked_no_more_until_its_wait_is_over(way):
    clock = Clock()
    primary = ScriptedModel([ModelTimeoutError("slow")] * 3 + ["I am back."])
    backup = ScriptedModel(["One.", "Two.", "Three.", "Four.", "Five."])
    model = failover(primary, backup, breakers=[Breaker("gpt"), Breaker("claude")], clock=clock)
    said = [ask(model, way) for _ in range(5)]
    assert said == ["One.", "Two.", "Three.", "Four.", "Five."]
    assert len(primary.calls) == 3
    clock.now += 30
    assert ask(model, way) == "I am back."


@pytest.mark.parametrize(
    ("error", "opens"),
    [
        (ModelRateLimitError("busy"), False),
        (ModelAuthenticationError("no key"), True),
        (ModelNotFoundError("no such model"), True),
        (OverloadedError(503), False),
        (OverloadedError(429, **{"Retry-After": "120"}), True),
        (ConnectionError("refused"), False),
    ],
)
def test_failures_of_a_model_that_the_next_one_answers_for(error, opens):
    primary, backup = ScriptedModel([error]), ScriptedModel(["Here."])
    model = failover(primary, backup, breakers=[Breaker("gpt"), Breaker("claude")])
    assert model.invoke("Hi").text == "Here."
    assert (model.line.breakers.look(["gpt"])["gpt"].circuit.state == "open") is opens


@pytest.mark.parametrize(
    "error",
    [
        ModelInvalidRequestError("bad"),
        ContextOverflowError("too long"),
        OverloadedError(400),
        ValueError("not a message"),
        ScriptError("a test's own mistake"),
    ],
)
def test_what_is_wrong_with_the_request_is_raised(error):
    primary, backup = ScriptedModel([error]), ScriptedModel([])
    model = failover(primary, backup, breakers=[Breaker("gpt", failures=1), Breaker("claude")])
    with pytest.raises(type(error)):
        model.invoke("Hi")


@every_way
def test_when_all_fail_the_first_failure_is_raised_and_the_others_are_named(way):
    primary = ScriptedModel([ModelTimeoutError("slow")])
    backup = ScriptedModel([ModelRateLimitError("busy")])
    with pytest.raises(ModelTimeoutError) as raised:
        ask(failover(primary, backup), way)
    assert raised.value.__notes__ == ["the next model failed as well: ModelRateLimitError"]


@every_way
def test_when_none_can_be_asked_the_shortest_wait_is_named(way):
    one, other = Breaker("gpt", open_seconds=50), Breaker("claude", open_seconds=20)
    breakers = Breakers([one, other], clock=Clock())
    refused = ModelAuthenticationError("no key")
    model = failover(ScriptedModel([refused]), ScriptedModel([refused]), breakers=breakers)
    with pytest.raises(ModelAuthenticationError):
        ask(model, way)
    with pytest.raises(BreakerOpenError, match="'claude' is not called") as raised:
        ask(model, way)
    assert raised.value.retry_after_seconds == 20.0


def test_a_stream_that_has_begun_is_not_begun_again_elsewhere():
    class Breaks(ScriptedModel):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            yield from list(super()._stream(messages, **kwargs))[:1]
            raise ModelTimeoutError("cut off")

    model = failover(Breaks(["One two three."]), ScriptedModel([]))
    with pytest.raises(ModelTimeoutError):
        list(model.stream("Hi"))


def test_tools_are_bound_to_each_model():
    def look(city: str) -> str:
        """Look around."""
        return city

    primary = ScriptedModel([ModelTimeoutError("slow")])
    backup = ScriptedModel([tool_call("look", city="Oslo")])
    reply = failover(primary, backup).bind_tools([look]).invoke("Hi")
    assert reply.tool_calls[0]["args"] == {"city": "Oslo"}
    assert primary.calls[0].tools == backup.calls[0].tools == ("look",)


def test_a_schema_is_asked_of_each_model():
    class City(BaseModel):
        """A city."""

        name: str

    primary = ScriptedModel([ModelTimeoutError("slow")])
    backup = ScriptedModel([tool_call("City", name="Oslo")])
    found = failover(primary, backup).with_structured_output(City).invoke("Hi")
    assert found == City(name="Oslo")


def test_settings_of_a_call_reach_the_model():
    class Saves(ScriptedModel):
        def _generate(self, messages, stop=None, run_manager=None, **kwargs):
            seen.update(kwargs, stop=stop)
            return super()._generate(messages)

    seen = {}
    failover(Saves(["One."])).bind(max_tokens=7).invoke("Hi", stop=["."])
    assert (seen["max_tokens"], seen["stop"]) == (7, ["."])


def test_a_reply_that_is_a_failure_in_disguise_counts():
    shrug = Breaker("gpt", failures=1, is_failure=lambda text: not text.strip())
    model = failover(
        ScriptedModel([" "]), ScriptedModel(["Here."]), breakers=[shrug, Breaker("claude")]
    )
    assert model.invoke("Hi").text == " "
    assert model.invoke("Hi").text == "Here."


def test_traces_show_the_model_that_was_asked_and_nothing_around_it():
    class Counts(BaseCallbackHandler):
        begun = 0

        def on_chat_model_start(self, *args, **kwargs):
            self.begun += 1

    counts = Counts()
    model = failover(ScriptedModel([ModelTimeoutError("slow")]), ScriptedModel(["Here."]))
    model.invoke("Hi", {"callbacks": [counts]})
    assert counts.begun == 2


def test_it_is_a_chat_model_that_a_specialist_takes_and_prices_find():
    model = failover(ScriptedModel([], model_name="gpt-x"), ScriptedModel([]))
    assert isinstance(Specialist("search", model).model, BaseChatModel)
    assert model.model_name == model.bind_tools([]).model_name == "gpt-x"


def test_models_of_one_name_have_breakers_of_their_own():
    model = failover(*(ScriptedModel([], model_name="gpt") for _ in range(3)))
    assert list(model.line.breakers.settings) == ["model:gpt", "model:gpt#2", "model:gpt#3"]


def test_each_model_needs_a_breaker():
    with pytest.raises(GuardConfigError, match="2 models and 1 breakers"):
        failover(ScriptedModel([]), ScriptedModel([]), breakers=[Breaker("gpt")])


@every_way
def test_an_interrupt_is_no_failure_and_frees_the_probe(way):
    breakers = Breakers([Breaker("gpt", failures=1), Breaker("claude")], clock=Clock())
    model = failover(ScriptedModel([GraphInterrupt(())]), ScriptedModel([]), breakers=breakers)
    with pytest.raises(GraphInterrupt):
        ask(model, way)
    assert breakers.look(["gpt"])["gpt"].circuit.state == "closed"


@every_way
def test_without_their_backend_models_are_asked_unless_that_is_refused(way):
    class Down:
        def update(self, key, change):
            raise BackendError("the backend is down")

    def line(backend_down):
        one = Breakers([Breaker("gpt")], backend=Down(), backend_down=backend_down)
        return failover(ScriptedModel(["Here."]), breakers=one)

    assert ask(line("allow"), way) == "Here."
    with pytest.raises(BackendError):
        ask(line("refuse"), way)
