"""How runs end: in loops, at a budget, with a person, well; and what is kept."""

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import Budget
from holdfast.nodes import Specialist

from .team import (
    FOUND,
    STRICT,
    Flight,
    agency,
    book,
    go,
    handoff,
    said,
    search_flights,
    searcher,
    steps,
)

LOOK = tool_call("search_flights", to="Lisbon")
OTHER = tool_call("search_flights", to="Porto")


# Loops inside of a specialist


def test_a_nudged_specialist_that_does_something_else_is_not_blocked(play):
    one = searcher(LOOK, LOOK, LOOK, OTHER, "None.")
    out = play(agency([handoff("search"), "Done."], one), go())
    assert [verdict["action"] for verdict in out["verdicts"]] == ["nudge"]
    assert [step["error"] for step in out["ledger"]["recent"]] == [None] * len(steps(out))


def test_a_blocked_specialist_may_still_do_something_else(play):
    one = searcher(*[LOOK] * 5, OTHER, "None.")
    out = play(agency([handoff("search"), "Done."], one), go())
    assert out["ending"] == "completed"
    errors = [step["error"] for step in out["ledger"]["recent"] if step["kind"] == "tool"]
    assert errors == [None] * 4 + ["blocked", None]


def test_a_specialist_that_goes_on_is_asked_for_a_last_word(play):
    one = searcher(*[LOOK] * 7, "I found LH1.")
    model = ScriptedModel([handoff("search"), "Sorry."])
    out = play(agency(model, one), go())
    assert "[loop_stopped]" in model.calls[1].messages[-1].text
    assert "What it has so far: I found LH1." in model.calls[1].messages[-1].text
    assert out["ledger"]["spent"]["tool_calls"] == 4
    assert out["ending"] == "completed"


def test_a_policy_asks_a_person_in_place_and_goes_on_in_place(play):
    finder = ScriptedModel([*[LOOK] * 5, "None."])
    model = ScriptedModel([handoff("search"), "Done."])
    one = Specialist("search", finder, tools=[search_flights])
    graph = agency(model, one, guards=[STRICT], policy={"loop": "escalate"})
    out = play(graph, go(), ["Try the train."])
    assert out["ending"] == "completed"
    assert "Try the train." in finder.calls[-1].messages[-1].text
    assert (len(finder.calls), len(model.calls)) == (6, 2)
    assert out["ledger"]["spent"]["model_calls"] == 8


@pytest.mark.parametrize(
    ("answer", "ending", "last"),
    [
        pytest.param({"decision": "abort"}, "aborted", None, id="abort"),
        pytest.param({"decision": "answer", "message": "LH7."}, "completed", "Done.", id="answer"),
    ],
)
def test_a_person_may_end_it_inside_of_a_specialist(play, answer, ending, last):
    one = searcher(*[LOOK] * 5)
    replies = [handoff("search"), *["Done."] * (last is not None)]
    graph = agency(replies, one, guards=[STRICT], policy={"loop": "escalate"})
    out = play(graph, go(), [answer])
    assert out["ending"] == ending
    assert last is None or said(out)[-2:] == ["LH7.", "Done."]


def test_without_a_person_an_escalation_ends_the_run(play):
    one = searcher(*[LOOK] * 5)
    graph = agency([handoff("search")], one, policy={"loop": "escalate"}, human=False)
    out = play(graph, go())
    assert out["ending"] == "escalated"
    assert "would be made 5 times" in said(out)[-1]


# Loops of hand-offs


def ping_pong(state):
    made = [step["name"] for step in state.ledger.get("recent", ()) if step["kind"] == "handoff"]
    return "two" if made and made[-1] == "one" else "one"


def idle(name):
    return Specialist(name, ScriptedModel(lambda _: "I cannot say."))


def test_a_ping_pong_between_two_is_nudged_blocked_and_ends(play):
    out = play(agency(ping_pong, idle("one"), idle("two"), human=False), go())
    assert out["ending"] == "loop_stopped"
    actions = [verdict["action"] for verdict in out["verdicts"]]
    assert actions[0] == "nudge"
    assert list(dict.fromkeys(actions)) == ["nudge", "block", "wrap_up"]
    made = [step for step in out["ledger"]["recent"] if step["kind"] == "handoff"]
    assert len([step for step in made if step["error"] is None]) < 12


def test_a_model_that_plays_ping_pong_is_told_and_may_answer(play):
    def policy(messages):
        texts = [message.text for message in messages]
        if any("nothing new came of it" in text for text in texts):
            return "I give up."
        return handoff("two" if len(messages) % 4 else "one")

    out = play(agency(ScriptedModel(policy), idle("one"), idle("two")), go())
    assert (out["ending"], said(out)[-1]) == ("completed", "I give up.")


def test_a_model_that_never_stops_gets_a_last_word(play):
    def policy(messages, tools):
        return handoff("one") if tools else "We went in circles."

    out = play(agency(ScriptedModel(policy), idle("one")), go())
    assert (out["ending"], said(out)[-1]) == ("loop_stopped", "We went in circles.")


# Budgets


def test_a_budget_wraps_up_and_keeps_what_is_there(play):
    def policy(messages, tools):
        return handoff("more") if tools else "LH1 is all we have."

    found = searcher(LOOK, FOUND, returns=list[Flight], into="flights")
    replies = ScriptedModel(lambda messages, tools: _first_then(messages, tools, policy))
    more = Specialist("more", ScriptedModel(lambda _: "Nothing new."))
    graph = agency(replies, found, more, guards=[Budget(model_calls=8)])
    out = play(graph, go())
    assert (out["ending"], said(out)[-1]) == ("budget_stopped", "LH1 is all we have.")
    assert out["flights"] == [{"id": "LH1", "price": 100.0}]
    assert out["ledger"]["spent"]["model_calls"] <= 8


def _first_then(messages, tools, policy):
    asked = any(message.type == "tool" for message in messages)
    return policy(messages, tools) if asked else handoff("search")


def test_a_budget_stops_a_specialist_in_the_middle(play):
    one = Specialist("search", ScriptedModel(_forever), tools=[search_flights])
    graph = agency(ScriptedModel(_team), one, guards=[Budget(tool_calls=5)])
    out = play(graph, go())
    assert out["ending"] == "budget_stopped"
    assert out["ledger"]["spent"]["tool_calls"] <= 5


def _forever(messages, tools):
    return tool_call("search_flights", to=str(len(messages))) if tools else "No more."


def _team(messages, tools):
    return handoff("search") if tools else "That was all."


def test_a_budget_escalates_where_the_policy_says_so(play):
    graph = agency(
        ScriptedModel(_team),
        Specialist("search", ScriptedModel(_forever), tools=[search_flights]),
        guards=[Budget(tool_calls=5)],
        policy={"budget": "escalate"},
    )
    out = play(graph, go(), [{"decision": "abort"}])
    assert out["ending"] == "aborted"


def test_a_run_that_is_stopped_in_silence_has_a_last_word(play):
    graph = agency(lambda _: "one", idle("one"), guards=[Budget(model_calls=2)], human=False)
    out = play(graph, go())
    assert out["ending"] == "budget_stopped"
    assert said(out)[-1].startswith(("The run ended before its goal (budget_stopped)", "I cannot"))


def test_a_step_that_was_done_is_never_lost(play):
    booker = ScriptedModel([tool_call("book", flight="LH1"), ConnectionError("down")])
    one = Specialist("booking", booker, tools=[book])
    out = play(agency([handoff("booking"), "Booked, I think."], one), go())
    assert [item["tool"] for item in out["ledger"]["done"].values()] == ["book"]
