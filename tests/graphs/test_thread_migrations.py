"""Threads of older graphs that are brought up to date."""

import pytest
from holdfast.graphs import fingerprint
from holdfast.guards import ContractError, ThreadMismatchError
from langgraph.types import Command

from .changing import CONFIG, GIVEN, INTO, graph_of, run, state_with


def renamed(values):
    values["seats"] = str(values["seats"])
    return Command(update=values, goto="demand")


def test_a_migration_takes_the_thread_over(saver, awaited):
    old = graph_of()
    run(old.compile(saver()), GIVEN, awaited)
    new = graph_of(state_with(**INTO), ask="demand")
    app = new.compile(saver(), migrations={fingerprint(old): renamed})
    run(app, None, awaited)
    out = run(app, Command(resume="3"), awaited)
    assert (out["seats"], out["notes"]) == ("2", ["first", "3"])
    assert [message.content for message in out["messages"]] == ["hi"]


def test_a_migration_leaves_an_open_question_open(saver, awaited):
    old = graph_of()
    run(old.compile(saver()), GIVEN, awaited)
    asked = old.compile(saver()).get_state(CONFIG).interrupts[0]
    upgrade = {fingerprint(old): lambda values: {**values, "seats": str(values["seats"])}}
    app = graph_of(state_with(**INTO)).compile(saver(), migrations=upgrade)
    out = run(app, Command(resume={asked.id: "3"}), awaited)
    assert (out["seats"], out["notes"]) == ("2", ["first", "3"])


def test_a_migration_runs_once(saver):
    ran = []
    graph_of().compile(saver()).invoke(GIVEN, CONFIG)

    def upgrade(values):
        ran.append(values)
        return {**values, "seats": str(values["seats"])}

    for _ in range(3):
        app = graph_of(state_with(**INTO)).compile(saver(), migrations=upgrade)
        app.invoke(None, CONFIG)
    assert len(ran) == 1
    assert ran[0]["item"] == {"name": "bag"}
    assert ran[0]["notes"] == ["first"]


def test_a_field_that_is_gone_is_moved_by_a_migration(saver):
    graph_of().compile(saver()).invoke(GIVEN, CONFIG)
    new = graph_of(state_with(item=None, bags=(list[str], [])))

    def moved(values):
        bag = values.pop("item")["name"]
        return {**values, "bags": [bag]}

    out = new.compile(saver(), migrations=moved).invoke(Command(resume="3"), CONFIG)
    assert out["bags"] == ["bag"]
    assert "item" not in out


@pytest.mark.parametrize(
    ("upgrade", "error", "words"),
    [
        pytest.param(lambda values: None, ContractError, "return all values", id="nothing"),
        pytest.param(lambda values: values, ThreadMismatchError, "after its migration",
                     id="no cure"),
        pytest.param(lambda values: Command(update={**values, "seats": "2"}, goto="nope"),
                     ThreadMismatchError, "'nope' is to run next", id="an unknown node"),
    ],
)  # fmt: skip
def test_a_wrong_migration_changes_nothing(saver, upgrade, error, words):
    old = graph_of()
    old.compile(saver()).invoke(GIVEN, CONFIG)
    app = graph_of(state_with(**INTO)).compile(saver(), migrations=upgrade)
    with pytest.raises(error, match=words):
        app.invoke(None, CONFIG)
    assert old.compile(saver()).invoke(Command(resume="3"), CONFIG)["notes"] == ["first", "3"]
