from dataclasses import dataclass

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import GuardConfigError, RepairError
from holdfast.nodes import structured
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.prompts import ChatPromptTemplate
from pydantic import BaseModel
from typing_extensions import TypedDict


class Flight(BaseModel):
    id: str
    price: float


class Offer(TypedDict):
    id: str
    price: float


@dataclass
class Seat:
    id: str
    price: float


WHOLE = '{"id": "LH1", "price": 100}'
LH1 = Flight(id="LH1", price=100)
CALL = tool_call("Flight", id="LH1", price=100)


def unreadable(args):
    call = {"type": "invalid_tool_call", "name": "Flight", "args": args, "id": "1", "error": None}
    return AIMessage("", invalid_tool_calls=[call])


def cut(text, reason="length"):
    return AIMessage(text, response_metadata={"finish_reason": reason})


async def ask(model, way, given="Which flight?"):
    if way == "invoke":
        return model.invoke(given)
    if way == "ainvoke":
        return await model.ainvoke(given)
    if way == "stream":
        return list(model.stream(given))[-1]
    return [value async for value in model.astream(given)][-1]


@pytest.fixture(params=["invoke", "ainvoke", "stream", "astream"])
def way(request):
    return request.param


@pytest.mark.parametrize(
    "replies",
    [
        pytest.param([CALL], id="a call"),
        pytest.param([WHOLE], id="text in place of a call"),
        pytest.param([f"```json\n{WHOLE[:-1]},}}\n```"], id="malformed text"),
        pytest.param([tool_call("Flight", id="LH1", price="100")], id="a call that does not fit"),
        pytest.param([unreadable("{'id': 'LH1', 'price': 100}")], id="a call that cannot be read"),
        pytest.param([unreadable(WHOLE[:13]), WHOLE[13:]], id="a call that is cut off"),
        pytest.param([cut(WHOLE[:13]), WHOLE[13:]], id="text that is cut off"),
        pytest.param(["", CALL], id="nothing, then a call"),
        pytest.param(["It is LH1.", WHOLE], id="words, then text"),
        pytest.param([tool_call("Flight", id="LH1"), CALL], id="a missing field"),
        pytest.param(["I'm sorry, I can't assist with that.", CALL], id="a refusal in words"),
    ],
)
async def test_a_valid_object_is_returned(way, replies):
    with ScriptedModel(replies) as model:
        assert await ask(structured(model, Flight), way) == LH1


@pytest.mark.parametrize(
    ("replies", "why"),
    [
        pytest.param(["No."] * 3, "no_value", id="words"),
        pytest.param([""] * 3, "empty", id="nothing"),
        pytest.param([tool_call("Flight", id="LH1")] * 3, "off_schema", id="a missing field"),
        pytest.param([WHOLE[:9], "", ""], "empty", id="cut off, then nothing"),
        pytest.param([cut("", "content_filter")], "filtered", id="filtered: at once"),
        pytest.param(
            [AIMessage("", additional_kwargs={"refusal": "No."})], "refused", id="refused: at once"
        ),
    ],
)
async def test_else_the_error_says_why(way, replies, why):
    with ScriptedModel(replies) as model, pytest.raises(RepairError) as raised:
        await ask(structured(model, Flight), way)
    assert raised.value.why == why


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param(Flight, LH1, id="a Pydantic model"),
        pytest.param(Offer, {"id": "LH1", "price": 100.0}, id="a typed dict"),
        pytest.param(Seat, Seat("LH1", 100.0), id="a dataclass"),
        pytest.param(list[Flight], [LH1], id="an annotation"),
        pytest.param(Flight.model_json_schema(), {"id": "LH1", "price": 100}, id="a JSON schema"),
    ],
)
async def test_any_schema_will_do(way, schema, value):
    assert await ask(structured(ScriptedModel([WHOLE]), schema), way) == value


def test_a_model_without_tools_is_shown_the_schema():
    model = FakeListChatModel(responses=[WHOLE])
    assert structured(model, Flight).invoke("Which?") == LH1


def test_a_stream_grows_and_ends_with_the_object():
    many = [{"id": f"LH{n}", "price": n} for n in range(4)]
    model = ScriptedModel([str(many)])
    *growing, last = structured(model, list[Flight]).stream("Which?")
    assert last == [Flight(**one) for one in many]
    assert len(growing) > 2
    assert [len(value) for value in growing] == sorted(len(value) for value in growing)


def test_it_stands_in_a_chain():
    prompt = ChatPromptTemplate.from_messages([("user", "Which flight to {city}?")])
    model = ScriptedModel([CALL])
    assert (prompt | structured(model, Flight)).invoke({"city": "Lisbon"}) == LH1
    assert model.calls[0].messages[-1].text == "Which flight to Lisbon?"


def test_a_failed_attempt_leaves_the_prompt():
    model = ScriptedModel([tool_call("Flight", id="LH1"), CALL])
    structured(model, Flight).invoke([HumanMessage("Which?")])
    assert [message.type for message in model.calls[1].messages] == ["human", "human"]
    assert model.calls[1].tool_choice == "any"
    assert "required" in model.calls[1].messages[-1].text


class LengthFinishReasonError(Exception):
    """As OpenAI's client raises it."""

    def __init__(self, text):
        message = type("Message", (), {"content": text})
        choice = type("Choice", (), {"message": message})
        self.completion = type("Completion", (), {"choices": [choice]})


class ContentFilterFinishReasonError(Exception):
    """As OpenAI's client raises it."""


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
async def test_a_client_that_raises_for_a_cut_reply_is_understood(way):
    model = ScriptedModel([LengthFinishReasonError(WHOLE[:13]), WHOLE[13:]])
    assert await ask(structured(model, Flight), way) == LH1


def test_a_client_that_raises_for_a_filter_is_understood():
    with pytest.raises(RepairError) as raised:
        structured(ScriptedModel([ContentFilterFinishReasonError()]), Flight).invoke("Which?")
    assert raised.value.why == "filtered"


async def test_what_else_a_model_raises_is_raised(way):
    with pytest.raises(TimeoutError):
        await ask(structured(ScriptedModel([TimeoutError("busy")]), Flight), way)


def test_its_repairs_are_told_to_a_trace():
    heard = []

    class Listener(BaseCallbackHandler):
        def on_custom_event(self, name, data, **_):
            heard.append(data["outcome"])

    model = structured(ScriptedModel(["No.", "{'id': 'LH1', 'price': 100}"]), Flight)
    model.invoke("Which?", {"callbacks": [Listener()]})
    assert heard == ["asked_again", "repaired"]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"model": "gpt", "schema": Flight}, id="a name for a model"),
        pytest.param({"model": ScriptedModel([]), "schema": str}, id="text for a schema"),
        pytest.param({"model": ScriptedModel([]), "schema": Flight, "attempts": -1}, id="attempts"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(settings):
    with pytest.raises(GuardConfigError, match=r"give a|use 0"):
        structured(**settings)
