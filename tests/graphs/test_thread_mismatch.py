"""A changed graph or state type under an old thread: named before anything runs, or upgraded."""

from operator import add
from typing import Annotated

import pytest
from holdfast.graphs import (
    CheckedStateGraph,
    acheck_thread,
    check_thread,
    fingerprint,
    update_state,
)
from holdfast.guards import ContractError, ThreadMismatchError
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, Send
from typing_extensions import TypedDict

from .changing import CONFIG, GIVEN, INTO, RAN, Item, Trip, asks, graph_of, noting, run, state_with

CHANGES = [
    pytest.param({"ask": "demand"}, "node 'ask' is to run next and is no more", id="a node gone"),
    pytest.param({"state": state_with(seats=(str, "1"))}, r"'seats' holds 2 .int.; Trip\.seats",
                 id="a type"),
    pytest.param({"state": state_with(item=None)}, "'item' holds .*bag.* no such field",
                 id="a field gone"),
    pytest.param({"state": state_with(day=(str, ...))}, "field 'day' of Trip is needed",
                 id="a field that is needed"),
    pytest.param({"state": state_with(item=(list[str], []))}, "field 'item' holds",
                 id="an object for a list"),
]  # fmt: skip
HARMLESS = [
    pytest.param({"more": noting("more")}, id="a node more"),
    pytest.param({"state": state_with(day=(str, "Friday"))}, id="a field that has a default"),
    pytest.param({"state": state_with(seats=(int | None, None))}, id="a wider type"),
    pytest.param({"state": state_with(seats=(float, 1.0))}, id="a number that fits"),
]


@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_a_change_that_harms_is_named_before_anything_runs(saver, awaited, change, words):
    run(graph_of().compile(saver()), GIVEN, awaited)
    RAN.clear()
    app = graph_of(**change).compile(saver())
    for given in (Command(resume="3"), None, {"messages": "again"}):
        with pytest.raises(ThreadMismatchError, match=words):
            run(app, given, awaited)
    assert RAN == []


@pytest.mark.parametrize("change", HARMLESS)
def test_a_change_that_harms_nothing_passes(saver, awaited, change):
    run(graph_of().compile(saver()), GIVEN, awaited)
    out = run(graph_of(**change).compile(saver()), Command(resume="3"), awaited)
    assert out["notes"][:2] == ["first", "3"]


def test_a_text_does_not_stand_in_for_the_number_it_spells(saver, awaited):
    texts = graph_of(state_with(**INTO)).compile(saver())
    run(texts, {**GIVEN, "seats": "2"}, awaited)
    with pytest.raises(ThreadMismatchError, match=r"'seats' holds 2 \(str\); Trip.seats takes int"):
        run(graph_of().compile(saver()), None, awaited)


def test_the_error_tells_the_thread_and_both_graphs(saver):
    old, new = graph_of(), graph_of(ask="demand")
    old.compile(saver()).invoke(GIVEN, CONFIG)
    with pytest.raises(ThreadMismatchError) as caught:
        new.compile(saver()).invoke(None, CONFIG)
    assert (caught.value.thread, caught.value.was) == ("1", fingerprint(old))
    assert caught.value.now == fingerprint(new)
    assert f"migrations={{'{fingerprint(old)}': upgrade}}" in str(caught.value)


def test_an_input_may_bring_a_field_that_is_needed(saver, awaited):
    run(graph_of().compile(saver()), GIVEN, awaited)
    app = graph_of(state_with(day=(str, ...))).compile(saver())
    assert run(app, Command(resume="3", update={"day": "Friday"}), awaited)["day"] == "Friday"


def test_a_finished_thread_is_checked_too(saver, awaited):
    app = graph_of().compile(saver())
    run(app, GIVEN, awaited)
    run(app, Command(resume="3"), awaited)
    later = graph_of(state_with(**INTO)).compile(saver())
    with pytest.raises(ThreadMismatchError, match="seats"):
        run(later, {"messages": "more"}, awaited)


class Loose(TypedDict, total=False):
    item: Item
    notes: Annotated[list[str], add]


class LooseToo(TypedDict, total=False):
    item: Item | None
    notes: Annotated[list[str], add]


def plain(state, ask="ask"):
    graph = StateGraph(state).add_sequence([("first", noting("first")), (ask, asks)])
    return graph.add_edge(START, "first")


def test_any_graph_can_be_asked(saver):
    plain(Loose).compile(saver()).invoke({"notes": []}, CONFIG)
    check_thread(plain(Loose).compile(saver()), CONFIG)
    check_thread(plain(Loose).compile(saver()), {"configurable": {"thread_id": "new"}})
    with pytest.raises(ThreadMismatchError, match="node 'ask' is to run next"):
        check_thread(plain(Loose, "demand").compile(saver()), CONFIG)


async def test_any_graph_can_be_asked_awaited():
    saver = InMemorySaver()
    await plain(Loose).compile(saver).ainvoke({"notes": []}, CONFIG)
    with pytest.raises(ThreadMismatchError, match="node 'ask' is to run next"):
        await acheck_thread(plain(Loose, "demand").compile(saver), CONFIG)


def test_a_dict_does_not_stand_in_for_an_object(saver):
    plain(Loose).compile(saver()).invoke({"item": {"name": "bag"}}, CONFIG)
    with pytest.raises(ThreadMismatchError, match="nodes would get a dict for an object"):
        check_thread(plain(LooseToo).compile(saver()), CONFIG)
    kept = {"configurable": {"thread_id": "2"}}
    plain(Loose).compile(saver()).invoke({"item": Item(name="bag")}, kept)
    check_thread(plain(LooseToo).compile(saver()), kept)


def test_a_task_that_was_sent_to_a_node_that_is_gone_is_named(saver):
    def fan(name):
        graph = CheckedStateGraph(Trip).add_node(name, asks)
        return graph.add_conditional_edges(START, lambda _: [Send(name, {"seats": 1})], [name])

    fan("each").compile(saver()).invoke(GIVEN, CONFIG)
    with pytest.raises(ThreadMismatchError, match="node 'each' is to run next"):
        fan("one").compile(saver()).invoke(Command(resume="3"), CONFIG)


def test_a_join_that_is_half_done_is_named(saver):
    def joined(target):
        graph = CheckedStateGraph(Trip).add_sequence([("a", noting("a")), ("a2", asks)])
        graph.add_node("b", noting("b")).add_node(target, noting(target))
        graph.add_edge(START, "a").add_edge(START, "b")
        return graph.add_edge(["a2", "b"], target)

    joined("end").compile(saver()).invoke(GIVEN, CONFIG)
    with pytest.raises(ThreadMismatchError, match=r"the join of a2\+b into 'end' is half done"):
        joined("last").compile(saver()).invoke(Command(resume="3"), CONFIG)


def test_a_node_that_waits_in_a_graph_in_a_node_is_looked_for(saver):
    def outer(ask):
        graph = CheckedStateGraph(Trip).add_node("team", graph_of(ask=ask).compile())
        return graph.add_edge(START, "team")

    outer("ask").compile(saver()).invoke(GIVEN, CONFIG)
    with pytest.raises(ThreadMismatchError, match="in node 'team': node 'ask' is to run next"):
        outer("demand").compile(saver()).invoke(Command(resume="3"), CONFIG)
    out = outer("ask").compile(saver()).invoke(Command(resume="3"), CONFIG)
    assert out["notes"][-2:] == ["first", "3"]


def test_a_thread_of_before_fingerprints_is_checked_by_what_it_holds(saver):
    plain(Trip).compile(saver()).invoke(GIVEN, CONFIG)
    with pytest.raises(ThreadMismatchError, match="unknown; this is"):
        graph_of(ask="demand").compile(saver()).invoke(None, CONFIG)
    assert graph_of().compile(saver()).invoke(Command(resume="3"), CONFIG)["notes"][1] == "3"


def test_what_is_written_from_outside_is_checked(saver):
    app = graph_of().compile(saver())
    app.invoke(GIVEN, CONFIG)
    with pytest.raises(ContractError, match=r"update_state writes seats = x, a str"):
        app.update_state(CONFIG, {"seats": "x"})
    update_state(app, CONFIG, {"seats": 4}, as_node="first")
    assert app.invoke(None, CONFIG)["seats"] == 4


def test_a_copy_of_a_compiled_graph_checks_as_well(saver):
    graph_of().compile(saver()).invoke(GIVEN, CONFIG)
    app = graph_of(ask="demand").compile().copy({"checkpointer": saver()})
    with pytest.raises(ThreadMismatchError):
        app.with_config(tags=["x"]).invoke(None, CONFIG)


SAME = [
    pytest.param(graph_of(), True, id="built again"),
    pytest.param(graph_of().compile(), True, id="compiled"),
    pytest.param(graph_of(ask="demand"), False, id="a node"),
    pytest.param(graph_of(state_with(seats=(int, 1), day=(str, ""))), False, id="a field"),
    pytest.param(graph_of(state_with(seats=(str, ""))), False, id="a type"),
    pytest.param(graph_of().add_edge("first", "__end__"), False, id="an edge"),
]


@pytest.mark.parametrize(("other", "same"), SAME)
def test_a_fingerprint_tells_graphs_apart(other, same):
    assert (fingerprint(graph_of()) == fingerprint(other)) is same


def test_only_graphs_have_fingerprints():
    with pytest.raises(TypeError, match="give a StateGraph"):
        fingerprint("graph")
