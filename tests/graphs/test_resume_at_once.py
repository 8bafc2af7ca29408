"""Several answers to one question at the same time."""

import asyncio
import threading
from contextlib import nullcontext

import pytest
from holdfast.graphs import aresume, inbox, lease, postgres_saver, questions, resume
from holdfast.guards import AnsweredError, ThreadHeldError
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from .team import CONFIG
from .test_resume import asking, waiting


def opened(kind, folder, request):
    if kind == "postgres":
        return postgres_saver(request.getfixturevalue("postgres_url"))
    if kind == "sqlite":
        return SqliteSaver.from_conn_string(str(folder / "threads.db"))
    return nullcontext(InMemorySaver())


def test_a_thread_that_another_run_has_is_left_alone_and_its_question_stays_open():
    app = waiting("Pay?")
    taken, free = threading.Event(), threading.Event()

    def other():
        with lease(app, CONFIG):
            taken.set()
            free.wait(20)

    run = threading.Thread(target=other)
    run.start()
    assert taken.wait(20)
    with pytest.raises(ThreadHeldError):
        resume(app, CONFIG, "yes")
    free.set()
    run.join(20)
    assert [one.value for one in questions(app, CONFIG)] == ["Pay?"]
    assert resume(app, CONFIG, "yes")["log"] == [["Pay?", "yes"]]


@pytest.mark.parametrize("times", range(3))
@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres"])
def test_of_two_threads_that_answer_one_wins(tmp_path, request, kind, times):
    with opened(kind, tmp_path, request) as saver:
        app = asking("Pay?").compile(saver)
        app.invoke({"log": []}, CONFIG)
        assert [one.value for one in inbox(saver)] == ["Pay?"]
        start, told = threading.Barrier(2), []

        def answer(text):
            start.wait(10)
            try:
                told.append(resume(app, CONFIG, text)["log"])
            except AnsweredError as error:
                told.append(error)

        hands = [threading.Thread(target=answer, args=[text]) for text in ("yes", "no")]
        for one in hands:
            one.start()
        for one in hands:
            one.join(20)
        won = [one for one in told if isinstance(one, list)]
        assert len(told) == 2
        assert len(won) == 1
        assert app.get_state(CONFIG).values["log"] == won[0]


def test_answers_are_kept_by_a_saver_on_disk_that_is_awaited(tmp_path):
    async def run():
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "threads.db")) as saver:
            app = asking("Pay?").compile(saver)
            await app.ainvoke({"log": []}, CONFIG)
            told = await asyncio.gather(
                *(aresume(app, CONFIG, text) for text in ("yes", "no")), return_exceptions=True
            )
            assert len([one for one in told if isinstance(one, AnsweredError)]) == 1
            return [one for one in told if isinstance(one, dict)]

    (out,) = asyncio.run(run())
    assert out["log"] in ([["Pay?", "yes"]], [["Pay?", "no"]])
