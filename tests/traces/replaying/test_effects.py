import asyncio
import random
import uuid

import pytest
from holdfast.traces import effect, record, replay
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    seen: list


HAD = []


def chance(low, high):
    HAD.append("chance")
    return random.uniform(low, high)


async def fetched(path):
    HAD.append("fetched")
    return {"path": path, "body": uuid.uuid4()}


def failing():
    HAD.append("failing")
    raise TimeoutError(f"after {random.random()} seconds")


def sync_node(state):
    first, second = effect("chance", chance, 0, high=1), effect("chance", chance, 0, high=1)
    try:
        effect("failing", failing)
    except TimeoutError as error:
        return {"seen": [first, second, str(error)]}


async def awaited_node(state):
    return {"seen": [await effect("fetch", fetched, "/a"), await effect("fetch", fetched, "/b")]}


def graph(node):
    made = StateGraph(State)
    made.add_node("node", node)
    made.add_edge(START, "node")
    return made.compile()


@pytest.mark.parametrize(
    ("node", "had"),
    [
        pytest.param(sync_node, ["chance", "chance", "failing"], id="sync"),
        pytest.param(awaited_node, ["fetched", "fetched"], id="awaited"),
    ],
)
def test_an_effect_is_had_once_and_then_remembered(tmp_path, node, had):
    app = graph(node)
    HAD.clear()
    with record(tmp_path / "traces.db"):
        recorded = asyncio.run(app.ainvoke({}))
    assert had == HAD
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (out.same, out.state, HAD) == (True, recorded, had)


def test_an_effect_with_other_arguments_is_another_one(tmp_path):
    with record(tmp_path / "traces.db"):
        graph(lambda state: {"seen": [effect("chance", chance, 0, 1)]}).invoke({})
    other = graph(lambda state: {"seen": [effect("chance", chance, 5, 6)]})
    found = replay("last", other, store=tmp_path / "traces.db").divergence
    assert (found.name, found.nearest) == ("chance", 0)


def test_without_a_record_an_effect_is_a_plain_call():
    assert effect("sum", sum, [1, 2]) == 3
