import asyncio

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, arewind, rewind, supervised_graph
from holdfast.guards import LoopGuard, NoCheckpointerError, RewindError, tool_facts
from holdfast.nodes import Specialist, by_action, guard_node
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

THREAD = {"configurable": {"thread_id": "t"}}


def look(at: str) -> str:
    """Look somewhere."""
    return f"nothing at {at}"


def book(flight: str) -> str:
    """Book a flight."""
    return f"booked {flight}"


BOOK = tool_facts(book, effects=True)
HOME, WORK = tool_call("look", at="home"), tool_call("look", at="work")


class Swapped:
    """A model that can be given another script between two runs."""

    def __init__(self, *script):
        self.model = ScriptedModel(list(script))

    def __call__(self, state):
        return {"messages": [self.model.invoke(state["messages"])]}

    def then(self, *script):
        self.model = ScriptedModel(list(script))


def agent(model, tools=(look, BOOK)):
    """Return an agent of somebody else's, with a guard behind its tools."""
    graph = StateGraph(MessagesState)
    graph.add_node("agent", model)
    graph.add_node("tools", ToolNode(list(tools)))
    graph.add_node("guard", guard_node(LoopGuard(), tools=list(tools)))
    graph.add_edge(START, "agent")
    calls = {True: "tools", False: END}
    graph.add_conditional_edges(
        "agent", lambda state: bool(state["messages"][-1].tool_calls), calls
    )
    graph.add_edge("tools", "guard")
    on = dict.fromkeys(["none", "nudge", "block"], "agent")
    out = dict.fromkeys(["wrap_up", "escalate", "stop"], END)
    graph.add_conditional_edges("guard", by_action, {**on, **out})
    return graph


def asked(text="Where is it?"):
    return {"messages": [HumanMessage(text)]}


def verdict_of(app):
    return app.get_state(THREAD).values["verdicts"][-1]


def texts(out):
    return [message.text for message in out["messages"]]


@pytest.fixture(params=["memory", "sqlite"])
def saver(request):
    if request.param == "memory":
        yield InMemorySaver()
        return
    with SqliteSaver.from_conn_string(":memory:") as found:
        yield found


@pytest.fixture
def looped(saver):
    """Return a model, and a graph whose thread has looked at home for ever."""
    model = Swapped(WORK, *[HOME] * 7)
    app = agent(model).compile(checkpointer=saver)
    app.invoke(asked(), THREAD)
    return model, app


def test_the_run_goes_on_from_before_the_loop_with_a_note(looped):
    model, app = looped
    model.then(tool_call("look", at="the shop"), "It is at the shop.")
    out = rewind(app, THREAD, before=verdict_of(app))
    said = texts(out)
    assert said[:3] == ["Where is it?", "", "nothing at work"]
    assert "The call of look was made" in said[3]
    assert said[4:] == ["", "nothing at the shop", "It is at the shop."]


def test_the_note_begins_no_new_run_and_can_be_worded(looped):
    model, app = looped
    model.then("I give up.")
    out = rewind(app, THREAD, before=verdict_of(app), note="Not at home.")
    assert texts(out)[3] == "Not at home."
    assert out["messages"][3].additional_kwargs == {"holdfast": "rewind"}
    assert app.get_state(THREAD).values["ledger"]["after"] == 0


def test_what_the_loop_cost_stays_on_the_bill(looped):
    model, app = looped
    before = app.get_state(THREAD).values["ledger"]["spent"]
    model.then("I give up.")
    rewind(app, THREAD, before=verdict_of(app))
    after = app.get_state(THREAD).values["ledger"]["spent"]
    assert (before["tool_calls"], after["tool_calls"]) == (8, 8)
    assert after["tokens_out"] >= before["tokens_out"]


def test_a_loop_that_began_with_the_run_stays_on_its_bill_too(saver):
    model = Swapped(*[HOME] * 7)
    app = agent(model).compile(checkpointer=saver)
    app.invoke(asked(), THREAD)
    model.then("I give up.")
    rewind(app, THREAD, before=verdict_of(app))
    ledger = app.get_state(THREAD).values["ledger"]
    assert (ledger["spent"]["tool_calls"], ledger["thread"]["tool_calls"]) == (7, 7)
    assert ledger["spent"]["model_calls"] >= 7


def test_the_steps_of_the_loop_are_forgotten(looped):
    model, app = looped
    model.then(HOME, "Nothing there.")
    rewind(app, THREAD, before=verdict_of(app))
    state = app.get_state(THREAD).values
    assert [step["name"] for step in state["ledger"]["recent"] if step["kind"] == "tool"] == [
        "look",
        "look",
    ]
    assert state.get("verdicts", []) == []


def test_a_state_changing_call_inside_the_loop_stays_done_and_is_told(saver):
    model = Swapped(WORK, HOME, HOME, tool_call("book", flight="LH1"), "Booked.")
    app = agent(model).compile(checkpointer=saver)
    app.invoke(asked(), THREAD)
    model.then("It was booked already.")
    out = rewind(app, THREAD, before=verdict_of(app))
    assert 'book({"flight":"LH1"}) -> booked LH1' in texts(out)[3]
    assert len(app.get_state(THREAD).values["ledger"]["done"]) == 1


def test_a_thread_that_loops_again_is_taken_back_to_after_the_first_note(looped):
    model, app = looped
    model.then(*[HOME] * 7)
    rewind(app, THREAD, before=verdict_of(app), note="One.")
    model.then("I give up.")
    out = rewind(app, THREAD, before=verdict_of(app), note="Two.")
    assert texts(out)[3:] == ["One.", "Two.", "I give up."]
    assert app.get_state(THREAD).values["ledger"]["spent"]["tool_calls"] == 15


def test_an_agent_that_repeats_its_words_is_taken_back_to_before_them(saver):
    model = Swapped("I cannot find it anywhere.")
    app = talker(model).compile(checkpointer=saver)
    for _ in range(3):
        model.then("I cannot find it anywhere.")
        app.invoke(asked("Look again."), THREAD)
    assert verdict_of(app)["kind"] == "same_text"
    model.then("Let me ask a colleague.")
    out = rewind(app, THREAD, before=verdict_of(app))
    assert texts(out)[0] == "Look again."
    assert texts(out)[-1] == "Let me ask a colleague."
    assert len(texts(out)) == 3


def talker(model):
    graph = StateGraph(MessagesState)
    graph.add_node("agent", model)
    graph.add_node("guard", guard_node(LoopGuard()))
    graph.add_edge(START, "agent")
    graph.add_edge("agent", "guard")
    graph.add_edge("guard", END)
    return graph


class Trip(AgentState):
    found: str = ""


def test_a_team_is_taken_back_to_its_supervisor(saver):
    search = ScriptedModel([*[HOME] * 7, "Nothing found.", "Not there."])
    hand = tool_call("handoff", to="search", task="Find it at home.")
    other = tool_call("handoff", to="search", task="Find it elsewhere.")
    boss = ScriptedModel([hand, "I stop.", other, "It is nowhere."])
    graph = supervised_graph(
        Trip,
        supervisor=boss,
        specialists=[Specialist("search", search, tools=[look])],
        guards=[LoopGuard()],
        human=False,
    )
    app = graph.compile(checkpointer=saver)
    app.invoke(asked(), THREAD)
    trip = next(each for each in app.get_state(THREAD).values["verdicts"] if each["steps"])
    out = rewind(app, THREAD, before=trip)
    assert texts(out)[0] == "Where is it?"
    assert "The call of look was made" in texts(out)[1]
    assert texts(out)[-1] == "It is nowhere."


async def taken_back(saver):
    model = Swapped(WORK, *[HOME] * 7)
    app = agent(model).compile(checkpointer=saver)
    await app.ainvoke(asked(), THREAD)
    model.then("I give up.")
    verdict = (await app.aget_state(THREAD)).values["verdicts"][-1]
    return await arewind(app, THREAD, before=verdict)


def test_it_can_be_awaited():
    assert texts(asyncio.run(taken_back(InMemorySaver())))[-1] == "I give up."


async def test_it_can_be_awaited_over_a_file(tmp_path):
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "t.db")) as saver:
        assert texts(await taken_back(saver))[-1] == "I give up."


def test_evidence_that_begins_with_the_model_s_own_step_leads_back_as_well(looped):
    model, app = looped
    model.then("I give up.")
    out = rewind(app, THREAD, before={**verdict_of(app), "steps": [3, 4]})
    assert texts(out)[:3] == ["Where is it?", "", "nothing at work"]


def test_without_a_checkpointer_there_is_no_way_back(looped):
    _, app = looped
    with pytest.raises(NoCheckpointerError, match="compile it with one"):
        rewind(agent(Swapped()).compile(), THREAD, before=verdict_of(app))


def test_without_evidence_there_is_no_way_back(looped):
    _, app = looped
    with pytest.raises(RewindError, match="names no steps as evidence"):
        rewind(app, THREAD, before={**verdict_of(app), "steps": []})


def test_in_a_thread_without_a_ledger_there_is_no_way_back(looped):
    _, app = looped
    with pytest.raises(RewindError, match="holds no ledger"):
        rewind(app, {"configurable": {"thread_id": "another"}}, before=verdict_of(app))


def test_before_the_first_kept_checkpoint_there_is_no_way_back(looped):
    _, app = looped
    with pytest.raises(RewindError, match="no checkpoint from before that step"):
        rewind(app, THREAD, before={**verdict_of(app), "steps": [0]})
