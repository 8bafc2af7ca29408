"""What becomes of a tool that raises."""

import asyncio
import concurrent.futures

import pytest
from holdfast.drills import ScriptedModel, tool_call
from langchain_core.tools import ToolException
from pydantic import BaseModel

from .shop import agent_graph, go, results

SECRET = "password=hunter2"


class AnswerError(Exception):
    """An error of a client library that carries the response."""

    def __init__(self, status_code):
        super().__init__(f"HTTP {status_code} from https://ann:pw@db.local, {SECRET}")
        self.status_code = status_code


class Reservation(BaseModel):
    seats: int


def invalid():
    try:
        Reservation(seats=f"many, {SECRET}")
    except ValueError as error:
        return error


RAISED = [
    pytest.param(ValueError(f"no such room; {SECRET}"), "model_fixable", id="ValueError"),
    pytest.param(KeyError("room"), "model_fixable", id="KeyError"),
    pytest.param(ToolException("no such room"), "model_fixable", id="ToolException"),
    pytest.param(ZeroDivisionError(), "model_fixable", id="an error without words"),
    pytest.param(AnswerError(422), "model_fixable", id="422"),
    pytest.param(ConnectionError(f"db.local, {SECRET}"), "dependency", id="ConnectionError"),
    pytest.param(TimeoutError(), "dependency", id="TimeoutError"),
    pytest.param(AnswerError(429), "dependency", id="429"),
    pytest.param(AnswerError(503), "dependency", id="503"),
    pytest.param(OSError("disk"), "dependency", id="what nobody can place"),
    pytest.param(invalid(), "dependency", id="data inside the tool that do not fit"),
    pytest.param(NameError("a bug"), "model_fixable", id="a bug in the tool"),
    pytest.param(AnswerError(401), "auth", id="401"),
    pytest.param(PermissionError("no"), "auth", id="PermissionError"),
    pytest.param(concurrent.futures.CancelledError(), "cancelled", id="a cancelled future"),
]


def raising(error):
    def reserve(room: str) -> str:
        """Reserve a room."""
        raise error

    return reserve


@pytest.mark.parametrize(("error", "kind"), RAISED)
def test_a_tool_that_raises_becomes_a_message_that_says_what_to_do(play, error, kind):
    model = ScriptedModel([tool_call("reserve", room="7"), "Sorry."])
    out = play(agent_graph(model, [raising(error)]), go())
    (result,) = results(out)
    assert result.status == "error"
    assert result.content.startswith("reserve ")
    assert repr(error) not in result.content
    assert "hunter2" not in result.content
    assert "ann:pw" not in result.content
    step = next(step for step in out["ledger"]["recent"] if step["kind"] == "tool")
    assert (step["error"], step["preview"][:8]) == (kind, "reserve ")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(ValueError("no such room"), "Correct the arguments", id="model_fixable"),
        pytest.param(ConnectionError(), "The arguments are not at fault", id="dependency"),
        pytest.param(invalid(), "The arguments are not at fault", id="inside the tool"),
        pytest.param(AnswerError(403), "No retry will help", id="auth"),
        pytest.param(concurrent.futures.CancelledError(), "was cancelled", id="cancelled"),
    ],
)
def test_what_to_do_depends_on_what_failed(error, words):
    model = ScriptedModel([tool_call("reserve", room="7"), "Sorry."])
    app = agent_graph(model, [raising(error)]).compile()
    assert words in results(app.invoke(go()))[0].content


def test_a_task_cancelled_inside_a_tool_is_a_failure_of_that_tool():
    async def reserve(room: str) -> str:
        """Reserve a room."""
        inner = asyncio.ensure_future(asyncio.sleep(9))
        inner.cancel()
        await inner
        return "never"

    model = ScriptedModel([tool_call("reserve", room="7"), "Sorry."])
    out = asyncio.run(agent_graph(model, [reserve]).compile().ainvoke(go()))
    assert results(out)[0].content == "reserve was cancelled before it ended."


async def test_a_cancelled_run_is_cancelled():
    begun = asyncio.Event()

    async def reserve(room: str) -> str:
        """Reserve a room."""
        begun.set()
        await asyncio.Event().wait()
        return "never"

    model = ScriptedModel([tool_call("reserve", room="7")])
    run = asyncio.create_task(agent_graph(model, [reserve]).compile().ainvoke(go()))
    await begun.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run


def test_a_failing_tool_is_spoken_of_then_refused(play):
    replies = [tool_call("reserve", room=str(n)) for n in range(6)]
    out = play(agent_graph(ScriptedModel([*replies, "Sorry."]), [raising(OSError())]), go())
    assert [result.content.startswith("Not run.") for result in results(out)] == [False] * 5 + [
        True
    ]
    assert out["ledger"]["spent"]["tool_calls"] == 5
