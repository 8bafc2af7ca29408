"""What is refused when a node, a guard or a store is made, and in which words."""

import re

import pytest
from holdfast.drills import ScriptedModel
from holdfast.guards import (
    Budget,
    ContextGuard,
    GuardConfigError,
    HoldfastError,
    LoopGuard,
    RepeatGuard,
    tool_facts,
)
from holdfast.nodes import (
    Compaction,
    GuardMiddleware,
    compaction_node,
    guard_node,
    human_node,
    memory_tools,
    sqlite_store,
    tool_node,
    with_memory,
)
from pydantic import BaseModel


class Trip(BaseModel):
    city: str = ""


def search_flights(to: str) -> str:
    """Search flights."""
    return to


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(
            lambda: Compaction(tokens="4k"),
            "Compaction(tokens='4k'): use at least 500, a whole number",
            id="tokens in words",
        ),
        pytest.param(lambda: Compaction(keep=True), "Compaction(keep=True)", id="a yes to keep"),
        pytest.param(lambda: Compaction(model="gpt"), "has invoke", id="a name for a model"),
        pytest.param(lambda: Compaction(counter=3), "from messages to their tokens", id="counter"),
        pytest.param(
            lambda: compaction_node(ScriptedModel([]), tokens="4k"), "tokens='4k'", id="in a node"
        ),
        pytest.param(
            lambda: compaction_node("gpt", tokens=4_000),
            "compaction_node(model='gpt'): give a chat model, which has invoke",
            id="a model's name",
        ),
        pytest.param(
            lambda: compaction_node(ScriptedModel([]), tokens=4_000, fetch="no"),
            "compaction_node(fetch='no'): use True or False",
            id="fetch",
        ),
        pytest.param(
            lambda: compaction_node(ScriptedModel([]), tokens=4_000, clock=3),
            "(clock=3): give a function that returns Unix time",
            id="the clock of a node",
        ),
        pytest.param(
            lambda: GuardMiddleware(guards=LoopGuard()),
            "guards=LoopGuard(...): give a list of guards, [LoopGuard()]",
            id="one guard for an agent",
        ),
        pytest.param(
            lambda: GuardMiddleware(memory=3), "memory=3: give Memory(...)", id="an agent's memory"
        ),
        pytest.param(
            lambda: GuardMiddleware(attempts="2"),
            "GuardMiddleware(attempts='2'): use at least 0, a whole number",
            id="attempts of an agent",
        ),
        pytest.param(lambda: GuardMiddleware(human="no"), "use True or False", id="people"),
        pytest.param(lambda: GuardMiddleware(clock=3), "give a function", id="an agent's clock"),
        pytest.param(
            lambda: tool_node([search_flights], guards=LoopGuard()),
            "guards=LoopGuard(...): give a list of guards, [LoopGuard()]",
            id="one guard for tools",
        ),
        pytest.param(
            lambda: tool_node([search_flights], human="no"), "tool_node(human='no')", id="tools"
        ),
        pytest.param(lambda: human_node(clock=3), "human_node(clock=3)", id="a person's clock"),
        pytest.param(lambda: tool_node([search_flights], clock=3), "tool_node(clock=3)", id="time"),
        pytest.param(
            lambda: guard_node(LoopGuard(), derive="no"), "guard_node(derive='no')", id="derive"
        ),
        pytest.param(lambda: guard_node(LoopGuard(), clock=3), "(clock=3)", id="a guard's clock"),
        pytest.param(
            lambda: memory_tools("x"), "memory_tools('x'): give a memory", id="tools of no memory"
        ),
        pytest.param(lambda: RepeatGuard(earlier="no"), "RepeatGuard(earlier='no')", id="earlier"),
        pytest.param(lambda: LoopGuard(unattended="no"), "(unattended='no')", id="unattended"),
        pytest.param(lambda: ContextGuard(pins="no"), "ContextGuard(pins='no')", id="pins"),
        pytest.param(lambda: Budget(), "Budget(): no limit was given", id="no limit"),
        *(
            pytest.param(
                lambda name=name: tool_facts(search_flights, **{name: "no"}),
                f"tool_facts({name}='no'): use True or False",
                id=name,
            )
            for name in ("effects", "idempotent", "poller", "free", "failing_is_normal")
        ),
    ],
)
def test_a_part_that_cannot_work_is_refused_when_it_is_made(make, words):
    with pytest.raises(GuardConfigError, match=re.escape(words)):
        make()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param(("hello", {}), "with_memory(messages='hello'): give a list", id="a text"),
        pytest.param(({"role": "user"}, {}), "give a list of messages", id="one message"),
        pytest.param(([], Trip(), "city"), "give a tuple, ('city',)", id="one field alone"),
        pytest.param(
            ([], Trip(), ("citty",)),
            "pinned='citty': Trip has no such field; it has city; did you mean 'city'?",
            id="a field that is near",
        ),
        pytest.param(([], None, ("citty",)), "NoneType has no such field", id="no state"),
    ],
)
def test_a_prompt_that_cannot_be_made_is_refused(given, words):
    messages, state, *more = given
    with pytest.raises(ValueError, match=re.escape(words)) as refused:
        with_memory(messages, state, pinned=more[0] if more else ())
    assert isinstance(refused.value, HoldfastError)


def test_a_field_that_nobody_has_written_yet_is_no_fault():
    assert with_memory([], {"pins": {}}, pinned=("city",)) == []


def test_a_store_that_cannot_be_opened_is_refused_with_its_path(tmp_path):
    path = tmp_path / "nowhere" / "x.db"
    with pytest.raises(GuardConfigError, match=re.escape(repr(str(path)))), sqlite_store(path):
        pass


def test_a_file_that_is_no_store_is_refused(tmp_path):
    path = tmp_path / "x.db"
    path.write_text("A letter, and no database at all. " * 40)
    with pytest.raises(GuardConfigError, match="not a database"), sqlite_store(path):
        pass
