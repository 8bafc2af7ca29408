"""What is refused when a team is put together, and in which words."""

import re

import pytest
from holdfast.drills import ScriptedModel
from holdfast.graphs import supervised_graph
from holdfast.guards import Breaker, GuardConfigError, LoopGuard
from holdfast.nodes import Specialist, supervisor_node
from langchain_core.language_models import FakeListChatModel
from pydantic import BaseModel

from .team import Booking, Flight, Trip, agency, search_flights, searcher


class Other(BaseModel):
    x: int


def team(*specialists, **settings):
    return lambda: agency(lambda _: None, *(specialists or [searcher()]), **settings)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(
            lambda: agency(lambda _: None, state=Other),
            "supervised_graph(Other): the state must be a subclass of AgentState",
            id="another state",
        ),
        pytest.param(
            lambda: agency(lambda _: None), "give at least one specialist", id="nobody to lead"
        ),
        pytest.param(
            team(searcher(), searcher()),
            "two specialists are named 'search': give",
            id="one name twice",
        ),
        pytest.param(
            team(ScriptedModel([])), "a ScriptedModel is none; give Specialist", id="a model"
        ),
        pytest.param(
            team(searcher(into="flihgts")),
            "into='flihgts' is no field of Trip; it has flights, booking",
            id="into nowhere",
        ),
        pytest.param(
            team(searcher(into="ledger")), "into='ledger' is no field of Trip", id="into our own"
        ),
        pytest.param(
            team(searcher(reads=("x",))),
            "reads='x' is no field of Trip; it has",
            id="reads nothing",
        ),
        pytest.param(
            team(searcher(returns=Booking, into="flights")),
            "returns=Booking does not fit Trip.flights, which is list",
            id="another type",
        ),
        pytest.param(
            team(searcher(returns=Flight, into="flights")), "make them the same", id="one of a list"
        ),
        pytest.param(
            team(guards=[LoopGuard]), "LoopGuard is no guard: give", id="a class of guards"
        ),
        pytest.param(team(guards=LoopGuard()), "give a list of guards", id="one guard alone"),
        pytest.param(team(guards=[len]), "is no guard: give an instance", id="a function"),
        pytest.param(team(policy={"loop": "halt"}), "use one of none, nudge, block", id="no rung"),
        pytest.param(
            team(policy={"lop": "stop"}),
            "policy['lop']: no such guard; those given are: loop",
            id="no guard",
        ),
        pytest.param(team(guards=[], policy={"loop": "stop"}), "'loop'", id="a guard taken out"),
        pytest.param(
            team(compaction=4000),
            "supervised_graph(compaction=4000): give Compaction(tokens=4_000)",
            id="a number for a compaction",
        ),
        pytest.param(team(memory=3), "memory=3: give Memory(...)", id="a number for a memory"),
        pytest.param(team(clock=3), "supervised_graph(clock=3): give a function", id="no clock"),
        pytest.param(
            team(human="no"), "supervised_graph(human='no'): use True or False", id="a text for no"
        ),
        pytest.param(
            team(breakers=Breaker("gds")), "give a list of breakers", id="one breaker alone"
        ),
    ],
)
def test_a_team_that_cannot_work_is_refused(make, words):
    with pytest.raises(GuardConfigError, match=re.escape(words)):
        make()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param({"name": ""}, "give it a name", id="no name"),
        pytest.param({"name": 7}, "give it a name", id="a number"),
        *(
            pytest.param({"name": name}, "this name cannot be; use one without", id=name)
            for name in (
                "supervisor",
                "guard",
                "human",
                "wrap_up",
                "finish",
                "__end__",
                "a|b",
                "a:b",
            )
        ),
        pytest.param({"reads": "flights"}, "give a tuple, ('flights',)", id="reads a text"),
        pytest.param({"tools": search_flights}, "give a list of tools, [it]", id="one tool alone"),
        pytest.param({"attempts": -1}, "attempts=-1 cannot be; use 0 or more", id="attempts"),
        *(
            pytest.param({"name": name}, "this name cannot be; it names messages", id=ascii(name))
            for name in ("my spec!", "a/b", "a\nb", "x" * 65)
        ),
        pytest.param({"name": "my spec!"}, "use 'my_spec', say", id="a name that is near"),
        pytest.param({"attempts": "2"}, "attempts='2' cannot be; use 0 or more", id="a text"),
        pytest.param(
            {"compaction": 4000},
            "Specialist(compaction=4000): give Compaction",
            id="no length",
        ),
        pytest.param({"model": "gpt"}, "model=str cannot be; give a chat model", id="a name"),
        pytest.param({"model": len}, "give a chat model or a compiled graph", id="a function"),
        pytest.param(
            {"tools": [lambda x: x]}, "has no description", id="a tool without a docstring"
        ),
        pytest.param(
            {"tools": [search_flights] * 2},
            "two tools are named 'search_flights'",
            id="a tool twice",
        ),
    ],
)
def test_a_specialist_that_cannot_work_is_refused(settings, words):
    given = {"name": "search", "model": ScriptedModel([]), **settings}
    with pytest.raises(GuardConfigError, match=re.escape(words)):
        Specialist(given.pop("name"), given.pop("model"), **given)


def test_a_team_that_is_no_list_is_refused():
    with pytest.raises(GuardConfigError, match=re.escape("give a list, [Specialist(...)]")):
        supervised_graph(Trip, supervisor=lambda _: None, specialists=searcher())


def test_a_supervisor_asked_again_less_than_never_is_refused():
    with pytest.raises(GuardConfigError, match="use 0 or more"):
        supervisor_node(lambda _: None, Trip, {"search": ""}, attempts=-1)


def test_a_model_that_cannot_call_tools_is_refused_where_there_are_some():
    model = FakeListChatModel(responses=["x"])
    with pytest.raises(GuardConfigError, match="FakeListChatModel cannot call tools"):
        agency(lambda _: None, Specialist("search", model, tools=[search_flights]))
    agency(lambda _: None, Specialist("talk", model))


@pytest.mark.parametrize(
    ("returns", "into"),
    [
        pytest.param(list[Flight], "flights", id="the same"),
        pytest.param(Booking, "booking", id="without its None"),
        pytest.param(Booking | None, "booking", id="with its None"),
        pytest.param(None, "booking", id="left to the field"),
        pytest.param(type("Better", (Booking,), {}), "booking", id="a subclass"),
    ],
)
def test_a_result_that_fits_its_field_is_taken(returns, into):
    assert agency(lambda _: None, searcher(returns=returns, into=into)).nodes["search"]


def test_a_policy_may_name_the_check_of_calls_that_every_tool_node_has():
    policy = {"tool_call": "stop"}
    assert agency(lambda _: None, searcher(), guards=[LoopGuard()], policy=policy)


class Picky:
    """A guard of somebody's own that cannot judge an empty run."""

    def check(self, ledger):
        return {"guard": ledger.steps[-1]["name"]}


def test_a_policy_is_taken_where_the_names_cannot_be_known():
    assert agency(lambda _: None, searcher(), guards=[Picky()], policy={"picky": "stop"})
