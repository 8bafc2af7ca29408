"""Inventions inside `create_agent`: arguments nobody has seen, answers without support."""

from holdfast.drills import tool_call
from holdfast.guards import ClaimedActionGuard, GroundingGuard, ToolCallGuard, tool_facts
from langchain_core.messages import AIMessage

from .agents import GO, answers, bare, guarded, last, run, spent


def find(city: str) -> str:
    """Find bookings in a city."""
    return "booking BK-1042, paid 142 euros"


def cancel(booking: str) -> str:
    """Cancel a booking."""
    return f"cancelled {booking}"


CANCEL = tool_facts(cancel, effects=True, arguments={"booking": "seen"}, claims=("cancelled",))
FIND = tool_call("find", city="Lisbon")


def test_an_invented_id_is_acted_on_bare():
    state = run(bare([FIND, tool_call("cancel", booking="BK-1024"), "Done."], tools=[find, cancel]))
    assert answers(state)[1] == "cancelled BK-1024"


def test_an_invented_id_is_blocked_and_a_seen_one_passes(play):
    replies = [
        FIND,
        tool_call("cancel", booking="BK-1024"),
        tool_call("cancel", booking="BK-1042"),
        "I cancelled it.",
    ]
    state = play(guarded(replies, ToolCallGuard(), tools=[find, CANCEL]), GO)
    assert answers(state)[1].startswith("Not run.")
    assert "rests on what this run has not seen: booking = 'BK-1024'" in answers(state)[1]
    assert answers(state)[2] == "cancelled BK-1042"


def test_a_claimed_action_that_never_ran_goes_back_and_then_out_marked(play):
    guard = ClaimedActionGuard()
    said = "I have cancelled your booking."
    state = play(guarded([FIND, said, said], guard, tools=[find, CANCEL]), GO)
    assert state["ending"] == "ungrounded"
    assert spent(state)["model_calls"] == 3
    assert last(state) != said


def test_a_claimed_action_is_put_right_when_it_is_sent_back(play):
    said = ["I have cancelled your booking.", "I have not cancelled anything yet."]
    state = play(guarded([FIND, *said], ClaimedActionGuard(), tools=[find, CANCEL]), GO)
    assert state["ending"] == "completed"
    assert last(state) == said[1]


def test_a_supported_answer_is_given_as_it_is(play):
    guards = (GroundingGuard(), ClaimedActionGuard())
    state = play(guarded([FIND, "Your booking is BK-1042."], *guards, tools=[find, CANCEL]), GO)
    assert state["ending"] == "completed"
    assert last(state) == "Your booking is BK-1042."


def seats(count: int) -> str:
    """Count seats."""
    return f"{count} seats"


def test_arguments_in_a_wrong_form_are_repaired_before_they_are_judged(play):
    unread = {"type": "invalid_tool_call", "name": "seats", "args": "{'count': 3,}", "id": "u",
        "error": None}  # fmt: skip
    replies = [tool_call("seats", count="2"), AIMessage("", invalid_tool_calls=[unread]), "Done."]
    state = play(guarded(replies, tools=[seats]), GO)
    assert answers(state) == ["2 seats", "3 seats"]
    assert spent(state)["model_calls"] == 3
