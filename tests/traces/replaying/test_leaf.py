import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from holdfast.traces.replaying import intercepting
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import tool

from .tapes import AnsweringTape, Counting, KeepingTape


@tool
def double(n: int) -> int:
    """Double a number."""
    return 2 * n


@tool
def ask(question: str) -> str:
    """Ask a model."""
    return Counting().invoke(question).content


def methods():
    """Return the leaf methods as they are now."""
    return Counting._generate, Counting._stream, type(double)._run, BaseChatModel._generate


WAYS = {
    "invoked": lambda model: model.invoke("Hi").content,
    "awaited": lambda model: asyncio.run(model.ainvoke("Hi")).content,
    "streamed": lambda model: "".join(part.content for part in model.stream("Hi")),
    "streamed and awaited": lambda model: asyncio.run(_joined(model)),
    "a batch of one": lambda model: model.batch(["Hi"])[0].content,
    "bound": lambda model: model.bind(stop=["x"]).invoke("Hi").content,
    "in a sequence": lambda model: (model | (lambda said: said.content)).invoke("Hi"),
}


async def _joined(model):
    return "".join([part.content async for part in model.astream("Hi")])


@pytest.mark.parametrize("way", WAYS)
def test_a_call_is_kept_once_however_it_is_made(way):
    with intercepting(KeepingTape()) as tape:
        assert WAYS[way](Counting()) == "reply 1"
    ((call, outcome),) = tape.kept
    assert (call.kind, call.name, call.inside) == ("model", "Counting", None)
    assert set(outcome) & {"messages", "chunks"}


@pytest.mark.parametrize("given", WAYS)
@pytest.mark.parametrize("way", WAYS)
def test_what_was_kept_of_one_way_answers_every_other(given, way):
    with intercepting(KeepingTape()) as kept:
        WAYS[given](Counting())
    model = Counting()
    with intercepting(AnsweringTape(kept.kept[0][1])):
        assert WAYS[way](model) == "reply 1"
    assert model.asked == 0


@pytest.mark.parametrize("run", [double.invoke, lambda given: asyncio.run(double.ainvoke(given))])
def test_a_tool_is_answered_without_running(run):
    with intercepting(AnsweringTape({"value": 99})):
        assert run({"n": 4}) == 99


def test_a_tool_that_hands_over_to_its_own_sync_form_is_one_call():
    with intercepting(KeepingTape()) as tape:
        asyncio.run(double.ainvoke({"n": 4}))
    assert [call.name for call, _ in tape.kept] == ["double"]


def test_a_model_called_by_a_tool_is_kept_as_a_part_of_the_tools_call():
    with intercepting(KeepingTape()) as tape:
        ask.invoke({"question": "Why?"})
    (model, _), (outer, _) = tape.kept
    assert (model.inside, outer.inside) == (outer, None)


def test_an_error_of_a_tool_is_kept_and_raised():
    @tool
    def fail() -> str:
        """Fail."""
        raise LookupError("nothing there", 7)

    with intercepting(KeepingTape()) as tape, pytest.raises(LookupError):
        fail.invoke({})
    outcome = tape.kept[0][1]
    with intercepting(AnsweringTape(outcome)), pytest.raises(LookupError) as again:
        fail.invoke({})
    assert again.value.args == ("nothing there", 7)


def test_every_method_is_put_back_when_the_last_tape_is_gone():
    before = methods()
    with intercepting(KeepingTape()):
        with intercepting(KeepingTape()):
            assert methods() != before
        assert methods() != before
    assert methods() == before
    assert "__pydantic_init_subclass__" not in BaseChatModel.__dict__


def test_a_model_defined_while_a_tape_is_in_use_is_heard_too():
    with intercepting(KeepingTape()) as tape:

        class Late(Counting):
            def _generate(self, messages, stop=None, run_manager=None, **kwargs):
                return super()._generate(messages, stop, run_manager, **kwargs)

        Late().invoke("Hi")
    assert [call.name for call, _ in tape.kept] == ["Late"]


def test_the_inner_of_two_tapes_hears_a_call():
    with intercepting(KeepingTape()) as outer, intercepting(KeepingTape()) as inner:
        double.invoke({"n": 1})
    assert (len(outer.kept), len(inner.kept)) == (0, 1)


def test_parallel_tapes_hear_their_own_calls_only():
    def session(n):
        with intercepting(KeepingTape()) as tape:
            for _ in range(20):
                double.invoke({"n": n})
        return [call.args or dict(call.kwargs)["n"] for call, _ in tape.kept]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(session, range(4))) == [[n] * 20 for n in range(4)]


def test_a_thread_that_was_there_before_is_not_heard():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        with intercepting(KeepingTape()) as tape:
            pool.submit(double.invoke, {"n": 1}).result()
    assert tape.kept == []


def test_a_thread_started_by_hand_is_heard_though_it_lost_its_context():
    with intercepting(KeepingTape()) as tape, ThreadPoolExecutor(1) as pool:
        pool.submit(double.invoke, {"n": 1}).result()
    assert len(tape.kept) == 1


def test_a_tape_for_everything_hears_threads_that_were_there_before():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        with intercepting(KeepingTape(), everywhere=True) as tape:
            pool.submit(double.invoke, {"n": 1}).result()
    assert len(tape.kept) == 1


def test_a_stream_that_its_reader_leaves_is_kept_as_far_as_it_was_read():
    with intercepting(KeepingTape()) as tape:
        for part in Counting().stream("Hi"):
            assert part.content == "reply"
            break
    ((_, outcome),) = tape.kept
    assert [message.content for message, _ in outcome["chunks"]] == ["reply"]


def test_a_copied_context_keeps_its_tape():
    with intercepting(KeepingTape()) as tape:
        context = copy_context()
        context.run(double.invoke, {"n": 1})
    assert len(tape.kept) == 1


def test_what_is_kept_is_the_very_reply():
    with intercepting(KeepingTape()) as tape:
        Counting().invoke("Hi")
    outcome = tape.kept[0][1]
    assert [message.content for message in outcome["messages"]] == ["reply 1"]
    assert outcome["llm_output"] == {"asked": 1}


def test_code_of_the_same_thread_that_does_not_know_the_tape_is_not_heard():
    outside = copy_context()
    with intercepting(KeepingTape()) as tape:
        outside.run(double.invoke, {"n": 1})
    assert tape.kept == []
