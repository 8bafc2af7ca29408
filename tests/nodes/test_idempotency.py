"""Each tool call has a key of its own, for the service that it goes to."""

import pytest
from holdfast.nodes import idempotency_key
from langchain_core.messages import HumanMessage

from .mortal import MortalSaver, World
from .recorded import GIVEN, GRAPHS, app_of, go, records, refund_of


@pytest.fixture(params=GRAPHS)
def graph(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["sync code", "async code"])
def awaited(request):
    return request.param


@pytest.mark.parametrize("graph", ["node", "agent"])
def test_each_call_has_a_key_of_its_own(graph, awaited):
    world = World()
    app = app_of(graph, refund_of(world), MortalSaver())
    go(app, GIVEN, awaited)
    go(app, {"messages": [HumanMessage("Refund 17 and 18.")]}, awaited)  # by calls of the same ids
    assert len(set(world.keys)) == 4
    assert all(len(key) == 35 and key.startswith("hf-") for key in world.keys)


def test_there_is_a_key_without_a_checkpointer_too(graph):
    world = World()
    app_of(graph, refund_of(world), None).invoke(GIVEN)
    assert len(set(world.keys)) == 2


def test_under_durability_exit_there_is_a_key_and_no_record(graph):
    world, saver = World(), MortalSaver()
    go(app_of(graph, refund_of(world), saver), GIVEN, durability="exit")
    assert len(set(world.keys)) == 2
    assert not records(saver)


def test_outside_of_a_call_there_is_no_key():
    another = {"checkpoint_ns": "a", "__holdfast_call": ("b", "its key")}
    for config in (None, {}, {"configurable": another}):
        with pytest.raises(LookupError, match="there is no tool call here"):
            idempotency_key(config)
