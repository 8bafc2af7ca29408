"""What comes out of a specialist, well or badly."""

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.nodes import Specialist
from langchain_core.messages import AIMessage
from pydantic import BaseModel, Field

from .team import FOUND, Flight, agency, go, handoff, said, searcher, steps

LOOK = tool_call("search_flights", to="Lisbon")


@pytest.mark.parametrize(
    ("replies", "flights"),
    [
        pytest.param([FOUND], [{"id": "LH1", "price": 100.0}], id="as it should be"),
        pytest.param([f"```json\n{FOUND}\n```"], [{"id": "LH1", "price": 100.0}], id="fenced"),
        pytest.param(["No.", FOUND], [{"id": "LH1", "price": 100.0}], id="asked again once"),
        pytest.param(["No.", "{}", "[]"], [], id="asked again twice"),
    ],
)
def test_a_typed_result_is_written_as_plain_data(play, replies, flights):
    one = searcher(*replies, returns=list[Flight], into="flights")
    out = play(agency([handoff("search"), "Done."], one), go())
    assert out["flights"] == flights
    assert out["ledger"]["spent"]["model_calls"] == 2 + len(replies)


def test_a_result_that_stays_unreadable_is_told_and_not_written(play):
    model = ScriptedModel([handoff("search"), "Sorry."])
    one = searcher("No.", "No!", "No flights", returns=list[Flight], into="flights")
    out = play(agency(model, one), go())
    assert "flights" not in out or out["flights"] == []
    answer = model.calls[1].messages[-1]
    assert (answer.type, answer.status) == ("tool", "error")
    assert answer.text.startswith("[unrepaired] The result of 'search' cannot be used")
    assert "What it has so far: No flights" in answer.text


def test_how_often_it_is_asked_again_can_be_set(play):
    one = searcher("No.", returns=list[Flight], into="flights", attempts=0)
    out = play(agency([handoff("search"), "Sorry."], one), go())
    assert "[unrepaired]" in said(out)[1]


class Offer(BaseModel, extra="forbid"):
    number: str = Field(alias="flightNumber")

    @property
    def short(self):
        return self.number[:2]


def test_a_result_with_other_names_outside_is_read_back(play):
    from .team import Trip

    class Named(Trip):
        offer: Offer | None = None

    one = searcher('{"flightNumber": "LH1"}', returns=Offer, into="offer")
    graph = agency([handoff("search"), "Done."], one, state=Named)
    out = play(graph, go())
    assert out["offer"] == {"flightNumber": "LH1"}


def broken(error):
    def search_flights(to: str) -> str:
        """Search flights."""
        raise error

    return search_flights


@pytest.mark.parametrize(
    ("replies", "settings", "words"),
    [
        pytest.param(
            [LOOK, TimeoutError("busy")],
            {},
            "[failed] the model of 'search' failed (TimeoutError)",
            id="its model raises",
        ),
    ],
)
def test_a_specialist_that_fails_is_told_of_and_paid_for(play, replies, settings, words):
    model = ScriptedModel([handoff("search"), "Sorry."])
    out = play(agency(model, searcher(*replies, **settings)), go())
    assert model.calls[1].messages[-1].text.startswith(words)
    assert out["ending"] == "completed"
    assert out["ledger"]["spent"]["model_calls"] == 2 + len(replies)


def test_empty_replies_are_told_and_paid_for(play):
    model = ScriptedModel([handoff("search"), "Sorry."])
    out = play(agency(model, searcher(*[AIMessage("")] * 3)), go())
    words = "[unrepaired] The result of 'search' cannot be used after 2 more attempts (empty)"
    assert model.calls[1].messages[-1].text.startswith(words)
    assert (out["ending"], out["ledger"]["spent"]["model_calls"]) == ("unrepaired", 5)


def test_a_tool_that_raises_is_told_to_the_specialist_alone(play):
    model = ScriptedModel([handoff("search"), "Done."])
    one = searcher(LOOK, "None.", tools=[broken(RuntimeError("a bug, password=hunter2"))])
    out = play(agency(model, one), go())
    assert "hunter2" not in "".join(str(message) for message in out["messages"])
    assert said(out)[-2:] == ["None.", "Done."]


def test_a_specialist_that_runs_out_of_steps_is_paid_for(play):
    calls = [tool_call("search_flights", to=str(n)) for n in range(50)]
    model = ScriptedModel([handoff("search"), "Sorry."])
    out = agency(model, searcher(*calls)).compile().invoke(go(), {"recursion_limit": 21})
    assert "[failed] 'search' failed (GraphRecursionError)" in said(out)[1]
    assert out["ledger"]["spent"]["tool_calls"] > 5
    assert out["ledger"]["spent"]["model_calls"] > 5


def test_an_empty_reply_is_told_back(play):
    one = searcher(AIMessage(""), "None.")
    out = play(agency([handoff("search"), "Done."], one), go())
    assert said(out)[-2:] == ["None.", "Done."]


def test_a_second_task_for_the_same_specialist_begins_anew(play):
    model = ScriptedModel([handoff("search", "a"), handoff("search", "b"), "Done."])
    finder = ScriptedModel([LOOK, "One.", LOOK, "Two."])
    out = play(agency(model, Specialist("search", finder, tools=searcher().tools)), go())
    assert [message.text for message in finder.calls[2].messages if message.type == "human"] == [
        "b"
    ]
    assert out["ledger"]["spent"]["model_calls"] == 7
    assert steps(out, "tool") == [("search", "search_flights")] * 2


def test_what_is_done_is_told_to_the_next(play):
    from .team import book

    booker = ScriptedModel([tool_call("book", flight="LH1"), "Booked.", "It is booked."])
    one = Specialist("booking", booker, tools=[book])
    play(agency([handoff("booking"), handoff("booking"), "Done."], one), go())
    assert 'book({"flight":"LH1"})' in booker.calls[2].messages[0].text
