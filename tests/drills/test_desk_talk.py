import pytest
from holdfast.drills.desk import talk
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

EMPTY_WORDS = [
    "",
    "Error",
    "Error: LookupError('no parcel')\n Please fix your mistakes.",
    "Something went wrong, please try again.",
    "Recursion limit of 25 reached without hitting a stop condition.",
    "[Note of the system that runs you] Be careful.",
]
KNOWN = ("find_orders", "track_parcel", "refund", "queue_refund")


@pytest.mark.parametrize("text", EMPTY_WORDS)
def test_words_that_say_nothing_tell_nothing(text):
    assert not talk.repeats_itself(text)
    assert not talk.was_cut_off(text)
    assert not talk.is_no_json(text)
    assert talk.other_way(text, KNOWN) is None
    assert talk.name_instead(text, "track_package", KNOWN) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("The call of get was made 3 times with the same result.", id="a guard"),
        pytest.param("You have now failed 4 times in a row!", id="a person"),
        pytest.param("Control went a > b 3 times over and nothing came of it.", id="hand-offs"),
    ],
)
def test_a_number_of_repetitions_is_heard_in_any_words(text):
    assert talk.repeats_itself(text)


def test_once_is_no_repetition():
    assert not talk.repeats_itself("This was done 1 times.")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(
            "Error: track_package is not a valid tool, try one of [find_orders, track_parcel].",
            "track_parcel",
            id="a list of tools",
        ),
        pytest.param(
            "There is no tool 'track_package'; the nearest are: track_parcel.",
            "track_parcel",
            id="the nearest",
        ),
        pytest.param("track_package is not a valid tool.", None, id="no other name"),
        pytest.param("Have you tried track_parcel?", None, id="not about the wrong name"),
    ],
)
def test_a_name_instead_is_one_that_the_text_offers_for_the_wrong_one(text, name):
    assert talk.name_instead(text, "track_package", KNOWN) == name


def test_another_way_is_a_tool_that_exists():
    assert talk.other_way("Stop; use queue_refund, or use magic.", KNOWN) == "queue_refund"
    assert talk.other_way("Stop; use magic.", KNOWN) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param('{"a": 1}', {"a": 1}, id="an object"),
        pytest.param('```json\n{"a": 1,\n}\n```', {"a": 1}, id="a fence and a comma"),
        pytest.param("[failed] no result", None, id="words in brackets"),
        pytest.param("no braces", None, id="words"),
        pytest.param('{"a": 1', None, id="cut off"),
    ],
)
def test_json_is_read_as_kindly_as_a_person_would(text, value):
    assert talk.read_json(text) == value


def test_a_talk_is_the_task_the_calls_with_their_answers_and_what_was_told():
    call = {"name": "look", "args": {"id": 1}, "id": "c"}
    read = talk.Talk.of(
        [
            SystemMessage("You look."),
            HumanMessage("Look for 1."),
            AIMessage("", tool_calls=[call]),
            ToolMessage('{"found": 1}', tool_call_id="c"),
            HumanMessage("Hurry."),
        ]
    )
    assert read.task == "Look for 1."
    assert read.turns == [talk.Turn("look", {"id": 1}, '{"found": 1}')]
    assert read.told == ['{"found": 1}', "Hurry."]
    assert read.result("look") == {"found": 1}
    assert read.count("look") == 1
