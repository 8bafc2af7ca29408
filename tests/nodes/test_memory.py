"""Facts that outlive their thread, in any store of LangGraph's."""

import asyncio

import pytest
from holdfast.guards import GuardConfigError
from holdfast.nodes import Memory, memory_tools, sqlite_store
from langgraph.store.base import PutOp
from langgraph.store.memory import InMemoryStore
from langgraph.store.postgres import PostgresStore
from pydantic import BaseModel, ValidationError


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request, tmp_path):
    if request.param == "memory":
        yield InMemoryStore()
        return
    if request.param == "postgres":
        with PostgresStore.from_conn_string(request.getfixturevalue("postgres_url")) as opened:
            opened.setup()
            yield opened
        return
    with sqlite_store(tmp_path / "facts.db") as opened:
        yield opened


class Kept:
    """A memory, a clock that ticks, and an owner."""

    def __init__(self, store, **settings):
        self.time = 0.0
        self.store = store
        self.memory = Memory(clock=self.clock, **settings)

    def clock(self):
        self.time += 1
        return self.time

    def remember(self, fact, user="ann"):
        return self.memory.remember(self.store, owner(user), fact)

    def recall(self, about="", user="ann", **settings):
        found = self.memory.recall(self.store, owner(user), about, **settings)
        return [fact["text"] for fact in found]


def owner(user):
    return {"configurable": {"user_id": user}}


def test_what_is_remembered_is_recalled_by_its_owner_alone(store):
    kept = Kept(store)
    for user in ("an", "ann", "a_n", "axn", "an.ann"):
        kept.remember(f"I am {user}.", user)
    for user in ("an", "ann", "a_n", "axn", "an.ann"):
        assert kept.recall(user=user) == [f"I am {user}."]


def test_no_more_are_kept_than_may_be(store):
    kept = Kept(store, most=3)
    for number in range(6):
        kept.remember(f"fact {number}")
    assert kept.recall() == ["fact 5", "fact 4", "fact 3"]


def test_a_fact_kept_again_is_one_fact_and_the_newest(store):
    kept = Kept(store, most=2)
    for fact in ("a fact", "b fact", "a fact", "c fact"):
        kept.remember(fact)
    assert kept.recall() == ["c fact", "a fact"]


def test_what_is_recalled_stays_where_the_unused_go(store):
    kept = Kept(store, most=2, evict="unused")
    kept.remember("a dog")
    kept.remember("a cat")
    assert kept.recall("the dog", most=1) == ["a dog"]
    kept.remember("a bird")
    assert sorted(kept.recall()) == ["a bird", "a dog"]


def test_facts_can_be_forgotten(store):
    kept = Kept(store)
    key = kept.remember("a dog")["key"]
    kept.memory.forget(store, owner("ann"), key)
    assert kept.recall() == []


def test_many_facts_are_found_page_by_page(store):
    kept = Kept(store, most=600)
    place = kept.memory.namespace(owner("ann"))
    store.batch([PutOp(place, str(number), dict(made(number))) for number in range(520)])
    assert len(kept.recall(most=900)) == 520


def made(number):
    from holdfast.guards.recollection import make_fact

    text = f"fact {number}"
    return {**make_fact(text, text, by="", now=float(number), longest=99), "key": str(number)}


def test_it_can_be_awaited(store):
    memory = Memory()

    async def both():
        await memory.aremember(store, owner("ann"), "a dog")
        return await memory.arecall(store, owner("ann"))

    assert [fact["text"] for fact in asyncio.run(both())] == ["a dog"]


class Seat(BaseModel):
    row: int
    window: bool = True


def test_typed_facts_are_checked_and_come_back_as_they_were(store):
    memory = Memory(name="seats", of=Seat)
    memory.remember(store, owner("ann"), {"row": 7})
    facts = memory.recall(store, owner("ann"))
    assert facts[0]["text"] == '{"row": 7, "window": true}'
    assert memory.values(facts) == [Seat(row=7)]
    with pytest.raises(ValidationError):
        memory.remember(store, owner("ann"), {"row": "front"})


def test_memories_of_different_names_do_not_meet(store):
    Memory(name="facts").remember(store, owner("ann"), "a dog")
    assert Memory(name="fact").recall(store, owner("ann")) == []


def test_foreign_items_in_the_namespace_are_left_out(store):
    kept = Kept(store)
    store.put(kept.memory.namespace(owner("ann")), "x", {"something": "else"})
    store.put((*kept.memory.namespace(owner("ann")), "below"), "y", dict(made(1)))
    assert kept.recall() == []


@pytest.mark.parametrize(
    ("wrong", "cure"),
    [
        pytest.param({"name": ""}, "give a name", id="no name"),
        pytest.param({"per": "user_id"}, "a tuple", id="a text for a tuple"),
        pytest.param({"per": ()}, "a tuple", id="nobody's"),
        pytest.param({"most": 0}, "use 1 or more", id="none"),
        pytest.param({"longest": 5}, "use 20 or more", id="too short"),
        pytest.param({"evict": "random"}, "'oldest' or 'unused'", id="no such way"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, cure):
    with pytest.raises(GuardConfigError, match=cure):
        Memory(**wrong)


@pytest.mark.parametrize("config", [{}, {"configurable": {"user_id": ""}}, owner(["x"])])
def test_a_run_that_says_nobodys_name_is_refused(config):
    with pytest.raises(GuardConfigError, match="kept per 'user_id'"):
        Memory().recall(InMemoryStore(), config)


def test_tools_are_for_facts_that_are_texts():
    with pytest.raises(GuardConfigError, match="no texts"):
        memory_tools(Memory(of=Seat))


class Indexed(InMemoryStore):
    """A store that finds by meaning: here, by the first word."""

    def __init__(self):
        super().__init__()
        self.index_config = {"dims": 1}

    def batch(self, ops):
        asked = [op for op in ops if getattr(op, "query", None)]
        if not asked:
            return super().batch(ops)
        found = self.search(asked[0].namespace_prefix, limit=99)
        return [[item for item in found if item.value["text"].startswith(asked[0].query)]]


def test_a_store_with_an_index_is_asked_itself():
    kept = Kept(Indexed())
    kept.remember("dogs bark")
    kept.remember("cats purr at dogs")
    assert kept.recall("dogs") == ["dogs bark"]
