from contextlib import suppress

import pytest
from holdfast.guards import Breaker, LoopGuard
from holdfast.guards.channel import view
from holdfast.guards.escalation import make_escalation
from holdfast.nodes import Breakers, guard_node
from holdfast.traces import Store, record
from holdfast.traces.recorder.happenings import happening_of, happenings_in
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict

from tests.traces.recorder.agents import add_up, asks, call, fake, says, thread
from tests.traces.recorder.reading import read

VERDICT = {"guard": "loop", "outcome": "trip", "action": "block", "reason": "again", "calls": []}
STEP = {"n": 3, "kind": "tool", "name": "add_up", "actor": "agent"}


@pytest.mark.parametrize(
    ("outputs", "kinds"),
    [
        pytest.param({"verdicts": [VERDICT]}, ["verdict"], id="a verdict"),
        pytest.param({"ledger": {"steps": [STEP, STEP]}}, ["step", "step"], id="steps"),
        pytest.param({"ledger": [{"steps": [STEP]}, {}]}, ["step"], id="several ledger updates"),
        pytest.param({"ledger": {"grant": {"usd": 1.0}}}, ["budget"], id="a grant"),
        pytest.param({"ledger": {"rulings": [{"call": "c"}]}}, ["answer"], id="a ruling"),
        pytest.param({"decision": "approve"}, ["answer"], id="a decision"),
        pytest.param(Command(update={"verdicts": [VERDICT]}), ["verdict"], id="a command"),
        pytest.param([{"verdicts": [VERDICT]}, Command()], ["verdict"], id="several"),
        pytest.param(
            {"verdicts": ["mine"], "ledger": "mine", "decision": 3}, [], id="a user's own"
        ),
        pytest.param({"messages": [HumanMessage("x")]}, [], id="messages"),
        pytest.param("text", [], id="a text"),
        pytest.param(None, [], id="nothing"),
    ],
)
def test_an_update_says_what_happened(outputs, kinds):
    assert [each.kind for each in happenings_in(outputs)] == kinds


@pytest.mark.parametrize(
    ("action", "name"),
    [("nudge", "warning"), ("block", "block"), ("wrap_up", "wrap_up"), ("stop", "stop")],
)
def test_a_budgets_verdict_is_an_event_with_its_numbers(action, name):
    use = {"measure": "tokens", "scope": "run", "used": 82, "held": 30, "limit": 100}
    verdict = {**VERDICT, "guard": "budget", "action": action, "use": use}
    told = [(each.kind, each.name) for each in happenings_in({"verdicts": [verdict]})]
    assert told == [("verdict", "budget"), ("budget", name)]
    assert [*happenings_in({"verdicts": [verdict]})][1].data == use


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("holdfast.repair", "repair"),
        ("holdfast.breaker", "breaker"),
        ("holdfast.escalation", "escalation"),
        ("holdfast.something", "custom"),
        ("mine", "custom"),
    ],
)
def test_a_custom_event_is_of_the_kind_it_names(name, kind):
    assert happening_of(name, {"actor": "a"}).kind == kind


def test_what_stops_a_call_is_urgent_and_a_nudge_is_not():
    block, nudge = VERDICT, {**VERDICT, "action": "nudge"}
    found = list(happenings_in({"verdicts": [block, nudge]}))
    assert [each.is_urgent for each in found] == [True, False]


def guarded(model):
    graph = StateGraph(MessagesState)
    graph.add_node("agent", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("guard", guard_node(LoopGuard()))
    graph.add_node("tools", ToolNode([add_up]))
    graph.add_edge(START, "agent")
    graph.add_edge("agent", "guard")
    graph.add_conditional_edges(
        "guard",
        lambda state: "tools" if getattr(state["messages"][-1], "tool_calls", ()) else END,
    )
    graph.add_edge("tools", "agent")
    return graph.compile()


def test_the_verdicts_and_steps_of_a_guard_node_are_in_the_trace(path):
    same = [asks({**call("add_up", a=1, b=1), "id": f"c{n}"}) for n in range(4)]
    with record(path):
        guarded(fake(*same, says("done"))).invoke({"messages": [HumanMessage("go")]}, thread())
    _, spans, events = read(path)
    by_id = {span.id: span for span in spans}
    verdicts = [event for event in events if event.kind == "verdict"]
    steps = [event for event in events if event.kind == "step"]
    assert verdicts[0].name == "loop"
    assert verdicts[0].data["outcome"] == "trip"
    assert verdicts[0].data["reason"]
    assert by_id[verdicts[0].span].name == "guard"
    assert {"model", "tool"} <= {step.data["kind"] for step in steps}
    assert [event.seq for event in events] == list(range(len(events)))


class Judged(TypedDict, total=False):
    verdicts: list[dict]


def graph_of(node):
    graph = StateGraph(Judged)
    graph.add_node("node", node)
    graph.add_edge(START, "node")
    return graph.compile()


def test_what_an_inner_graph_did_and_an_outer_one_hands_up_is_told_once(path):
    inner = graph_of(lambda _: {"verdicts": [VERDICT]})
    more = {**VERDICT, "guard": "budget"}
    with record(path):
        graph_of(lambda _: {"verdicts": [*inner.invoke({})["verdicts"], more]}).invoke({})
    _, spans, events = read(path)
    by_id = {span.id: span.namespace for span in spans}
    assert [(event.name, by_id[event.span]) for event in events] == [
        ("loop", "node|node"), ("budget", "node"),
    ]  # fmt: skip


def test_the_store_of_a_guarded_run_can_be_read_by_its_thread(path):
    with record(path):
        guarded(fake(says("done"))).invoke({"messages": [HumanMessage("go")]}, thread())
    with Store(path, read_only=True) as store:
        assert [trace.thread for trace in store.traces(thread="t1")] == ["t1"]


class Told(TypedDict, total=False):
    seen: list[str]


def one_node(work, **settings):
    graph = StateGraph(Told)
    graph.add_node("work", work)
    graph.add_edge(START, "work")
    return graph.compile(**settings)


def events_of(path, kind):
    with Store(path, read_only=True) as store:
        return [each for each in store.events(store.trace("last").id) if each.kind == kind]


def test_a_breaker_says_when_it_opens_when_it_is_probed_and_when_it_closes(path):
    seconds = [100.0]
    breakers = Breakers([Breaker("gds", failures=1)], clock=lambda: seconds[0])

    def work(state):
        with suppress(ConnectionError), breakers.calling("gds"):
            raise ConnectionError
        seconds[0] += 31
        for _ in range(2):  # the second call of a breaker that is closed says nothing
            with breakers.calling("gds"):
                pass
        return {}

    with record(path):
        one_node(work).invoke({})
    found = events_of(path, "breaker")
    assert [each.data["state"] for each in found] == ["open", "half_open", "closed"]
    assert {each.name for each in found} == {"gds"}
    assert found[0].data["until"] == 130.0


def test_where_nobody_records_a_breaker_works_without_a_word():
    breakers = Breakers([Breaker("gds", failures=1)])
    with suppress(ConnectionError), breakers.calling("gds"):
        raise ConnectionError
    assert breakers.look(["gds"])["gds"].circuit.state == "open"


def test_a_question_to_a_person_is_an_escalation_with_its_evidence(path):
    asked = make_escalation(
        "Too expensive.", spent=view(None).spent, options=("abort",), guard="budget"
    )
    app = one_node(lambda state: {"seen": [str(interrupt(asked))]}, checkpointer=InMemorySaver())
    with record(path):
        app.invoke({}, thread())
    (found,) = events_of(path, "escalation")
    assert (found.name, found.data["reason"]) == ("budget", "Too expensive.")
    assert found.data["steps"] == []
    assert [each.name for each in events_of(path, "interrupt")] == ["work"]
