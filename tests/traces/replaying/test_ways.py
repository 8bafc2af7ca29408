import asyncio
import operator
from io import StringIO
from itertools import cycle
from typing import Annotated

import pytest
from holdfast.traces import ReplayError, stability
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt
from rich.console import Console
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]
    ending: str


def graph(ways, nodes=("look", "guess"), act=None):
    """Return a graph that goes another way each time, in turn."""
    turns = cycle(ways)
    made = StateGraph(State)
    made.add_node("plan", lambda state: {"seen": ["plan"]})
    for node in nodes:
        made.add_node(node, act or (lambda state: {"seen": ["x"], "ending": "completed"}))
    made.add_edge(START, "plan")
    made.add_conditional_edges("plan", lambda state: next(turns), [*nodes, END])
    return made


def test_runs_that_go_one_way_are_one_way():
    found = stability(graph(["look"]).compile(), {}, 3)
    assert [(way.path, way.runs) for way in found.ways] == [(("plan", "look"), (0, 1, 2))]
    assert (found.agreement, found.partings) == (1.0, [])


def test_the_place_where_runs_part_is_told():
    found = stability(graph(["look", "look", "guess", END]).compile(), {}, 8)
    assert [(way.path, len(way.runs)) for way in found.ways] == [
        (("plan", "look"), 4), (("plan", "guess"), 2), (("plan",), 2),
    ]  # fmt: skip
    (parting,) = found.partings
    assert (parting.step, parting.after) == (1, "plan")
    assert parting.next == {"look": 4, "guess": 2, "": 2}


def test_how_runs_end_is_counted():
    def fail(state):
        raise ValueError("no")

    found = stability(graph(["look", END], act=fail).compile(), {}, 4)
    assert [way.ends for way in found.ways] == [{"ValueError": 2}, {"ended": 2}]


def test_runs_that_ask_a_person_are_on_threads_of_their_own():
    app = graph(["look"], act=lambda state: {"seen": [interrupt("?")]}).compile(InMemorySaver())
    assert stability(app, {}, 2).ways[0].ends == {"interrupted": 2}
    assert list(app.checkpointer.list(None)) == []


def test_async_nodes_are_awaited_also_where_a_loop_runs():
    async def act(state):
        return {"seen": ["x"], "ending": "completed"}

    async def both():
        return stability(graph(["look"], act=act).compile(), {}, 2)

    assert asyncio.run(both()).ways[0].ends == {"completed": 2}


def test_the_table_shows_ways_and_partings():
    found = stability(graph(["look", "guess"]).compile(), {}, 2)
    console = Console(width=100, record=True, file=StringIO())
    console.print(found)
    text = console.export_text()
    assert "2 runs, 2 ways; 50% took the most taken one" in text
    assert "plan > look" in text
    assert "look 1x, guess 1x" in text


def test_a_notebook_shows_names_as_they_are_and_no_markup_of_theirs():
    page = stability(graph(["<b>"], nodes=("<b>",)).compile(), {}, 1)._repr_html_()
    assert "plan &gt; &lt;b&gt;" in page
    assert "<b>" not in page


@pytest.mark.parametrize("app", [7, "a:b", graph(["look"])], ids=["number", "name", "builder"])
def test_what_is_no_compiled_graph_is_refused(app):
    with pytest.raises(ReplayError, match="compile"):
        stability(app, {})


@pytest.mark.parametrize("n", [0, -1, 1_001, "x"])
def test_a_number_of_runs_out_of_range_is_refused(n):
    with pytest.raises(ReplayError, match="give 1 to 1,000 runs"):
        stability(graph(["look"]).compile(), {}, n)
