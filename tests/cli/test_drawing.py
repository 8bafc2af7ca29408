import io

from holdfast.cli.drawing import drawing_of, ways_of
from langgraph.graph import END, START, MessagesState, StateGraph
from rich.console import Console


def shown(app):
    console = Console(file=io.StringIO(), width=120)
    console.print(drawing_of(app, "a graph"))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def graph_of(*nodes):
    graph = StateGraph(MessagesState)
    for name in nodes:
        graph.add_node(name, lambda state: {})
    graph.add_edge(START, nodes[0])
    return graph


def test_a_chain_is_one_line():
    graph = graph_of("a", "b")
    graph.add_edge("a", "b")
    graph.add_edge("b", END)
    assert shown(graph.compile()) == ["a graph", "└── start → a → b → end"]


def test_branches_carry_the_words_that_lead_there_and_ways_back_stand_behind_the_name():
    graph = graph_of("guard", "agent")
    graph.add_conditional_edges("guard", lambda s: "none", {"none": "agent", "stop": END})
    graph.add_edge("agent", "guard")
    assert shown(graph.compile()) == [
        "a graph",
        "└── start → guard",
        "    ├── none → agent   → guard",
        "    └── stop → end",
    ]


def test_a_node_that_goes_back_to_itself_is_marked():
    graph = graph_of("agent")
    graph.add_conditional_edges("agent", lambda s: END, ["agent", END])
    assert "agent  ↺" in shown(graph.compile())[1]


def test_subgraphs_of_the_same_inside_are_drawn_once():
    inner = graph_of("x")
    inner.add_edge("x", END)
    graph = StateGraph(MessagesState)
    for name in ("one", "two"):
        graph.add_node(name, inner.compile())
        graph.add_edge(name, END)
    graph.add_conditional_edges(START, lambda s: "one", ["one", "two"])
    assert shown(graph.compile()) == [
        "a graph",
        "└── start → one, two",
        "    ├── inside: start → x → end",
        "    └── end",
    ]


def test_every_way_of_a_supervised_graph_is_known():
    from holdfast.drills.desk import Database, desk_model, desk_tools, guarded_graph

    database = Database()
    ways = ways_of(guarded_graph(desk_model(), desk_tools(database)))
    database.close()
    assert list(ways["guard"]) == ["supervisor", "wrap_up", "human", "finish"]
    assert ways["guard"]["supervisor"] == ["none", "nudge", "block"]
    assert ways["human"] == {
        "supervisor": ["continue"],
        "wrap_up": [],
        "finish": ["answer", "abort"],
    }
