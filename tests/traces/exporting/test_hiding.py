import json
import time

import pytest
from holdfast.drills.langsmith_stub import LangSmithStub
from holdfast.traces import LangSmith
from holdfast.traces.exporting import export_store
from holdfast.traces.store import Event, Store
from langsmith import utils

from .recorded import id_of, verdict, write_trace

PARTS = ("INPUTS", "OUTPUTS", "METADATA")
WENT_IN, CAME_OUT, QUOTED, OF_USER = "what of a?", "a!", "the same call again", "u-1"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Nothing is hidden, and nothing remembered of what was."""
    for part in PARTS:
        monkeypatch.delenv(f"LANGSMITH_HIDE_{part}", raising=False)
        monkeypatch.delenv(f"LANGCHAIN_HIDE_{part}", raising=False)
    utils.get_env_var.cache_clear()
    yield lambda part: monkeypatch.setenv(f"LANGSMITH_HIDE_{part}", "true")
    monkeypatch.undo()
    utils.get_env_var.cache_clear()


def record(path, **more):
    with Store(path) as store:
        return write_trace(store, "a", start=time.time_ns(), **more)


@pytest.mark.parametrize(
    ("hidden", "gone"),
    [
        pytest.param((), (), id="nothing"),
        pytest.param(("INPUTS",), (WENT_IN, QUOTED), id="inputs"),
        pytest.param(("OUTPUTS",), (CAME_OUT, QUOTED), id="outputs"),
        pytest.param(("METADATA",), (OF_USER,), id="metadata"),
        pytest.param(PARTS, (WENT_IN, CAME_OUT, QUOTED, OF_USER), id="all"),
    ],
)
@pytest.mark.parametrize("by", ["environment", "argument"])
def test_what_langsmith_is_told_to_hide_stays_at_home(path, environment, hidden, gone, by):
    trace = record(path, verdicts=[verdict(reason=QUOTED)], metadata={"user": OF_USER})
    happened = {"preview": QUOTED}
    with Store(path) as store:
        event = {"trace": trace, "time": time.time_ns(), "span": id_of("a", 2), "data": happened}
        store.write(Event(seq=9, kind="step", name="step", **event))
    given = {}
    if by == "environment":
        for each in hidden:
            environment(each)
    else:
        given = {f"hide_{each.lower()}": True for each in hidden}
    with LangSmithStub() as stub:
        to = LangSmith(project="p", url=stub.url, api_key="k", **given)
        assert export_store(path, to).counts.sent == 1
        there = json.dumps([[*stub.runs.values()], [*stub.feedback.values()]])
    assert {each for each in (WENT_IN, CAME_OUT, QUOTED, OF_USER) if each not in there} == {*gone}
    [loop] = stub.feedback.values()
    assert (loop["score"], loop["value"]) == (0, "block")
    [model] = [run for run in stub.runs.values() if run["run_type"] == "llm"]
    assert model["extra"]["metadata"]["usage_metadata"]["total_tokens"] == 10
    assert ("thread_id" in model["extra"]["metadata"]) is ("METADATA" not in hidden)


def test_an_argument_goes_before_what_the_environment_hides(path, environment):
    environment("INPUTS")
    record(path)
    with LangSmithStub() as stub:
        to = LangSmith(project="p", url=stub.url, api_key="k", hide_inputs=False)
        export_store(path, to)
        assert WENT_IN in json.dumps([*stub.runs.values()])
