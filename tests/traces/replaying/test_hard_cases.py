import asyncio
import operator
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Annotated

import pytest
from holdfast.traces import Redaction, Store, record, replay
from langchain_core.language_models.fake import FakeListLLM
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, Send, interrupt
from typing_extensions import TypedDict

from .plain_graphs import CALLS, Moody
from .shop import shop

CONFIG = {"configurable": {"thread_id": "7"}}


class State(TypedDict, total=False):
    notes: Annotated[list, operator.add]
    item: int


@tool
def ask(question: str) -> str:
    """Ask a person."""
    CALLS["tool"] += 1
    return f"{interrupt(question)}, {random.random()}"


@tool
def ask_twice(question: str) -> str:
    """Ask a person, and ask again."""
    CALLS["tool"] += 1
    return f"{interrupt(question)}, {interrupt('Sure?')}, {random.random()}"


@tool
def delegate(task: str) -> str:
    """Have a graph do something, which asks a person."""
    CALLS["tool"] += 1
    return inner().compile().invoke({"notes": [task]})["notes"][-1]


def inner():
    graph = StateGraph(State)
    graph.add_node("ask", lambda state: {"notes": [f"{interrupt('From inside?')}"]})
    graph.add_node("more", lambda state: {"notes": [Moody().invoke("Hi").text]})
    graph.add_edge(START, "ask")
    graph.add_edge("ask", "more")
    return graph


def one_node(node):
    graph = StateGraph(State)
    graph.add_node("node", node)
    graph.add_edge(START, "node")
    return graph


def tool_then_question(state):
    first = ask_twice.invoke({"question": "First?"})
    return {"notes": [first, interrupt("And you?"), ask.invoke({"question": "Last?"})]}


def branches():
    def spread(state):
        return [Send("branch", {"item": item}) for item in range(3)]

    graph = StateGraph(State)
    graph.add_node("branch", lambda s: {"notes": [[s["item"], ask.invoke({"question": "?"})]]})
    graph.add_conditional_edges(START, spread, ["branch"])
    return graph


def delegating():
    return one_node(lambda state: {"notes": [delegate.invoke({"task": "go"})]})


CASES = {
    "a tool that asks twice, then the node, then a tool": (
        lambda: one_node(tool_then_question), ["a", "b", "c", "d"],
    ),
    "a graph inside of a tool that asks": (delegating, ["yes"]),
}  # fmt: skip


def answered(app, answers):
    app.invoke({"notes": []}, CONFIG)
    for answer in answers:
        app.invoke(Command(resume=answer), CONFIG)


@pytest.mark.parametrize("case", CASES)
def test_answers_go_to_the_questions_they_were_given_to(tmp_path, case):
    make, answers = CASES[case]
    app = make().compile(InMemorySaver())
    with record(tmp_path / "traces.db"):
        answered(app, answers)
    recorded = app.get_state(CONFIG).values["notes"]
    CALLS.update(model=0, tool=0)
    out = replay("last", make().compile(InMemorySaver()), store=tmp_path / "traces.db")
    assert (out.same, out.state["notes"]) == (True, recorded)
    assert CALLS == {"model": 0, "tool": 0}


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_answers_by_id_go_to_the_branches_they_were_given_to(tmp_path, order):
    app = branches().compile(InMemorySaver())
    with record(tmp_path / "traces.db"):
        app.invoke({"notes": []}, CONFIG)
        for n in order:
            ids = [each.id for task in app.get_state(CONFIG).tasks for each in task.interrupts]
            left = [item for item in range(3) if item not in order[: order.index(n)]]
            app.invoke(Command(resume={ids[left.index(n)]: f"answer {n}"}), CONFIG)
    recorded = app.get_state(CONFIG).values["notes"]
    assert [note[1].split(",")[0] for note in recorded] == [f"answer {n}" for n in range(3)]
    out = replay("last", branches().compile(InMemorySaver()), store=tmp_path / "traces.db")
    assert (out.divergence, out.state["notes"], out.same) == (None, recorded, True)


def test_calls_of_threads_that_a_node_starts_by_hand_are_answered(tmp_path):
    def node(state):
        with ThreadPoolExecutor(3) as pool:
            said = pool.map(Moody().invoke, ["one", "two", "three"])
            return {"notes": [each.text for each in said]}

    app = one_node(node).compile()
    with record(tmp_path / "traces.db"):
        recorded = app.invoke({"notes": []})
    CALLS.update(model=0, tool=0)
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (out.state, out.same, CALLS["model"]) == (recorded, True, 0)


def test_calls_gathered_in_one_node_are_answered(tmp_path):
    async def node(state):
        asked = [Moody().ainvoke(f"item {n % 2}") for n in range(4)]
        return {"notes": [each.text for each in await asyncio.gather(*asked)]}

    app = one_node(node).compile()
    with record(tmp_path / "traces.db"):
        recorded = asyncio.run(app.ainvoke({"notes": []}))
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (sorted(out.state["notes"]), out.divergence) == (sorted(recorded["notes"]), None)


ASKED = {"messages": [("user", "Refund order 7, please.")]}


@pytest.mark.parametrize("has_rules", [True, False])
def test_what_was_blotted_out_of_results_does_not_part_a_replay_from_its_record(
    tmp_path, has_rules
):
    rules = Redaction(rules=(r"\bbob\b",))
    with record(tmp_path / "traces.db", redaction=rules):
        shop().compile().invoke(ASKED)
    with Store(tmp_path / "traces.db", redaction=rules if has_rules else None) as store:
        out = replay("last", shop().compile(), store=store)
    assert (out.same, out.real_calls) == (True, 0)
    assert "bob" not in str(out.state)


def test_what_was_blotted_out_of_the_input_of_a_graph_is_no_difference(tmp_path):
    asked = {"messages": [("user", "I am bob, refund order 7.")]}
    rules = Redaction(rules=(r"\bbob\b",))
    with record(tmp_path / "traces.db", redaction=rules):
        shop(prompt="You serve bob.").compile().invoke(asked)
    out = replay("last", shop(prompt="You serve bob.").compile(), store=tmp_path / "traces.db")
    assert out.divergence is None


def test_a_graph_without_a_checkpointer_goes_on_from_nothing(tmp_path):
    app = shop().compile()
    with record(tmp_path / "traces.db"):
        app.invoke(ASKED, CONFIG)
        app.invoke(ASKED, CONFIG)
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (out.same, out.path) == (True, ["agent", "act", "agent", "act", "agent"])


def test_a_node_finds_what_its_config_said_when_it_was_recorded(tmp_path):
    def node(state, config):
        said = [config["configurable"][name] for name in ("tenant", "thread_id")]
        return {"notes": [*said, Moody().invoke("Hi").text]}

    app = one_node(node).compile()
    with record(tmp_path / "traces.db"):
        app.invoke({"notes": []}, {"configurable": {"thread_id": "7", "tenant": "acme"}})
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (out.state["notes"][:2], out.same) == (["acme", "7"], True)


def test_a_replay_that_is_recorded_says_what_it_replays_and_is_no_part_of_the_thread(tmp_path):
    app = shop().compile(InMemorySaver())
    with record(tmp_path / "traces.db"):
        app.invoke(ASKED, CONFIG)
        with Store(tmp_path / "traces.db", read_only=True) as store:
            first = store.trace("last").id
            assert replay(first, app, store=store).same
        app.invoke({"messages": [("user", "And again.")]}, CONFIG)
    with Store(tmp_path / "traces.db", read_only=True) as store:
        traces = [(trace.source, trace.replay_of) for trace in store.traces()]
        assert traces == [("recorded", ""), ("replayed", first), ("recorded", "")]
        assert replay("last", app, store=store).same


def test_after_a_divergence_no_call_is_answered_any_more(tmp_path):
    changed, heard = [], []

    def node(state):
        with suppress(BaseException):
            Moody().invoke("Hello" if changed else "Hi")
        heard.append(Moody().invoke("Bye").text)
        return {"notes": heard}

    app = one_node(node).compile()
    with record(tmp_path / "traces.db"):
        app.invoke({"notes": []})
    changed.append(True)
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (out.divergence.name, out.stopped, len(heard)) == ("Moody", True, 1)


@pytest.mark.parametrize("failed", [True, False])
def test_a_replay_that_ends_in_an_error_where_its_record_does_not_says_so(tmp_path, failed):
    fails = [failed]

    def node(state):
        if fails[-1]:
            raise LookupError("no such thing")
        return {"notes": ["done"]}

    app = one_node(node).compile()
    with record(tmp_path / "traces.db"), suppress(LookupError):
        app.invoke({"notes": []})
    assert replay("last", app, store=tmp_path / "traces.db").same
    fails.append(not failed)
    found = replay("last", app, store=tmp_path / "traces.db").divergence
    assert found.why == (
        "it goes to its end; recorded is LookupError: no such thing"
        if failed
        else "it raises LookupError; recorded is the end"
    )


def test_a_model_that_takes_text_is_answered_too(tmp_path):
    model = FakeListLLM(responses=["one", "two"])
    app = one_node(
        lambda state: {"notes": [model.invoke("Hi"), "".join(model.stream("Hi"))]}
    ).compile()
    with record(tmp_path / "traces.db"):
        recorded = app.invoke({"notes": []})
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (recorded["notes"], out.state, out.same) == (["one", "two"], recorded, True)
