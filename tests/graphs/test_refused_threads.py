"""What is refused of a thread, a config and a checkpointer, and in which words."""

import re

import pytest
from holdfast.graphs import (
    CheckedStateGraph,
    acheck_thread,
    alease,
    aquestions,
    aresume,
    aupdate_state,
    check_thread,
    expire,
    inbox,
    lease,
    questions,
    resume,
    update_state,
)
from holdfast.guards import ContractError, GuardConfigError, NoCheckpointerError, QuestionError
from holdfast.nodes import ask
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START
from typing_extensions import TypedDict

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict, total=False):
    city: str


def graph():
    made = CheckedStateGraph(State)
    made.add_node("go", lambda _: {"city": "Lisbon"})
    made.add_edge(START, "go")
    made.add_edge("go", END)
    return made


@pytest.fixture
def app():
    return graph().compile(checkpointer=InMemorySaver())


def held(app, config=THREAD, **terms):
    with lease(app, config, **terms):
        pass


async def aheld(app, config=THREAD, **terms):
    async with alease(app, config, **terms):
        pass


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(
            lambda app: questions(app, {}),
            'config={}: it names no thread; use {"configurable": {"thread_id": "42"}}',
            id="questions of no thread",
        ),
        pytest.param(lambda app: questions(app, None), "config=None: it", id="no config"),
        pytest.param(lambda app: resume(app, "42", "yes"), "config='42': it", id="a bare id"),
        pytest.param(lambda app: resume(app, {}), "it names no thread", id="resuming no thread"),
        pytest.param(lambda app: expire(app, {}), "it names no thread", id="expiring no thread"),
        pytest.param(
            lambda app: held(app, ttl="a"), "lease(ttl='a'): use seconds above 0", id="ttl"
        ),
        pytest.param(
            lambda app: held(app, wait=-1), "lease(wait=-1): use seconds, 0 or more", id="wait"
        ),
        pytest.param(lambda app: held(app, wait="1"), "lease(wait='1')", id="a text to wait"),
        pytest.param(
            lambda _: held("app"), "lease('app', config): give a compiled graph", id="no graph"
        ),
        pytest.param(
            lambda _: held(graph()), "give a compiled graph, graph.compile(", id="not compiled"
        ),
        pytest.param(
            lambda app: held(app, migrations=3), "lease(migrations=3): give a function", id="lease"
        ),
        pytest.param(
            lambda app: check_thread(app, THREAD, migrations=3),
            "check_thread(migrations=3): give a function from a thread's values",
            id="a number for a migration",
        ),
        pytest.param(
            lambda app: check_thread(app, THREAD, migrations={"": 3}),
            "or {fingerprint: function}",
            id="a number among migrations",
        ),
        pytest.param(
            lambda _: graph().compile(migrations=3), "compile(migrations=3)", id="when compiled"
        ),
        pytest.param(
            lambda _: inbox("x.db"), "inbox('x.db'): give a checkpointer, such as", id="a file"
        ),
    ],
)
def test_what_names_no_thread_or_no_way_is_refused(app, make, words):
    with pytest.raises(GuardConfigError, match=re.escape(words)):
        make(app)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda app: aquestions(app, {}), "it names no thread", id="questions"),
        pytest.param(lambda app: aresume(app, "42", "yes"), "config='42'", id="resume"),
        pytest.param(lambda app: aheld(app, ttl="a"), "lease(ttl='a')", id="ttl"),
        pytest.param(lambda _: aheld("app"), "lease('app', config)", id="no graph"),
        pytest.param(
            lambda app: acheck_thread(app, THREAD, migrations=3), "(migrations=3)", id="migrations"
        ),
    ],
)
async def test_the_same_is_refused_in_async_code(app, make, words):
    with pytest.raises(GuardConfigError, match=re.escape(words)):
        await make(app)


@pytest.mark.parametrize("awaited", [False, True])
async def test_a_thread_in_which_nothing_has_run_cannot_be_gone_on_with(app, awaited):
    with pytest.raises(QuestionError, match=r"nothing has run in this thread.*app\.invoke"):
        await aresume(app, THREAD) if awaited else resume(app, THREAD)


@pytest.mark.parametrize("values", [[1], None, "city"])
async def test_an_update_that_is_no_mapping_is_refused_and_never_saved(app, values):
    with pytest.raises(ContractError, match="give the fields to write"):
        update_state(app, THREAD, values)
    with pytest.raises(ContractError, match="give the fields to write"):
        await aupdate_state(app, THREAD, values)
    assert app.get_state(THREAD).values == {}


def test_a_person_is_asked_nothing_outside_of_a_run():
    with pytest.raises(NoCheckpointerError, match="call it in a node or a tool"):
        ask("May I?")
