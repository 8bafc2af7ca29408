import pytest
from holdfast.guards.repairs import RepairError, repair
from pydantic import BaseModel


class Search(BaseModel):
    city: str
    nights: int = 1


TOOLS = {
    "hotel.search": Search,
    "weather": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
WEATHER = [{"name": "weather", "args": {"city": "Lisbon"}}]


@pytest.mark.parametrize(
    ("given", "value"),
    [
        pytest.param(None, {}, id="nothing"),
        pytest.param("", {}, id="an empty text"),
        pytest.param({"a": 1}, {"a": 1}, id="already parsed"),
        pytest.param("{'a': True}", {"a": True}, id="Python"),
        pytest.param('"{\\"a\\": 1}"', {"a": 1}, id="encoded twice"),
    ],
)
def test_arguments_are_an_object(given, value):
    assert repair.arguments(given).value == value


def test_arguments_are_fitted_to_the_tool():
    assert repair.arguments({"City": "Lisbon", "nights": "3"}, Search).value.nights == 3


@pytest.mark.parametrize("given", ["[1]", '{"city": "Lis', "no arguments here, sorry, none at all"])
def test_what_are_no_whole_arguments_is_refused(given):
    with pytest.raises(RepairError):
        repair.arguments(given)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"name": "weather", "arguments": {"city": "Lisbon"}}', id="as OpenAI"),
        pytest.param('{"name": "weather", "arguments": "{\\"city\\": \\"Lisbon\\"}"}', id="text"),
        pytest.param('{"function": {"name": "weather", "args": {"city": "Lisbon"}}}', id="in"),
        pytest.param('{"tool": "weather", "city": "Lisbon"}', id="beside the name"),
        pytest.param("[{'weather': {'city': 'Lisbon'}}]", id="under the name"),
        pytest.param("['weather', {'city': 'Lisbon'}]", id="after the name"),
        pytest.param("[weather(city='Lisbon')]", id="a Python call"),
        pytest.param('weather({"city": "Lisbon"})', id="a call with an object"),
        pytest.param("Sure: `functions.weather(city='Lisbon')`", id="in prose"),
        pytest.param('<tool_call>\n{"name": "weather", "args": {"city": "Lisbon"}}\n</tool_call>'
                     '<tool_call>\n{"name": "weather", "args": {"city": "Lisbon"}}', id="twice"),
    ],
)  # fmt: skip
def test_a_call_is_found_in_the_notations_of_models(text):
    assert repair.calls(text, TOOLS).value == WEATHER


def test_names_are_matched_and_arguments_fitted():
    calls = repair.calls('{"name": "hotel_search", "args": {"city": "Faro", "nights": "2"}}', TOOLS)
    assert calls.value == [{"name": "hotel.search", "args": Search(city="Faro", nights=2)}]


def test_arguments_without_a_name_belong_to_the_only_tool_they_fit():
    calls = repair.calls('x = {"city": "Faro", "nights": 2}', TOOLS)
    assert [call["name"] for call in calls.value] == ["hotel.search"]


def test_wrong_arguments_are_named_with_the_call():
    with pytest.raises(RepairError) as caught:
        repair.calls('[{"name": "weather", "args": {}}]', TOOLS)
    assert caught.value.wrong == ("/0/args/city",)


def test_half_a_call_is_not_a_call():
    text = '[{"name": "weather", "args": {"city": "Lisbon"}}, {"name": "weather", "args": {"ci'
    with pytest.raises(RepairError) as caught:
        repair.calls(text, TOOLS)
    assert caught.value.truncated
    assert repair.calls(text, TOOLS, allow_truncated=True).value == WEATHER


def test_a_text_without_a_call_is_refused():
    with pytest.raises(RepairError) as caught:
        repair.calls("It is sunny.", TOOLS)
    assert caught.value.why == "no_value"
