import socket

import pytest
from holdfast.guards import GuardConfigError
from holdfast.traces import Store, record, record_always
from holdfast.traces.exporting import LangSmith
from holdfast.traces.recorder.on_premise import refuse_exports
from langsmith import tracing_context
from pytest_socket import SocketConnectBlockedError

from tests.traces.recorder.agents import asks, call, one_node, react, says, thread
from tests.traces.recorder.reading import ask

SWITCHES = [
    "LANGSMITH_TRACING",
    "LANGSMITH_TRACING_V2",
    "LANGCHAIN_TRACING_V2",
    "LANGSMITH_RUNS_ENDPOINTS",
    "LANGSMITH_OTEL_ENABLED",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_TRACES_EXPORTER",
]


@pytest.mark.parametrize("name", SWITCHES)
def test_a_variable_that_switches_an_export_on_is_named(path, monkeypatch, name):
    monkeypatch.setenv(name, "true")
    with pytest.raises(GuardConfigError, match=name), record(path, on_premise=True):
        raise AssertionError("it began")
    with pytest.raises(GuardConfigError, match=name):
        record_always(path, on_premise=True)
    assert not path.exists()


@pytest.mark.parametrize("value", ["", "false", "0", "none"])
def test_a_variable_that_switches_it_off_is_no_reason_to_refuse(value):
    refuse_exports(dict.fromkeys(SWITCHES, value))


def test_a_tracer_that_is_active_is_named(path):
    with (
        tracing_context(enabled=True),
        pytest.raises(GuardConfigError, match="tracing_context"),
        record(path, on_premise=True),
    ):
        raise AssertionError("it began")


def test_a_promise_and_an_export_do_not_go_together(path):
    export = LangSmith(api_key="x", url="http://127.0.0.1:9")
    with (
        pytest.raises(GuardConfigError, match="leave one of them out"),
        record(path, on_premise=True, export=export),
    ):
        raise AssertionError("it began")


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_whole_run_is_recorded_while_every_other_machine_is_out_of_reach(path):
    def node(state):
        with (
            pytest.warns(UserWarning, match="socket"),
            pytest.raises(SocketConnectBlockedError),
            socket.socket() as one,
        ):
            one.connect(("192.0.2.1", 80))
        return {"n": 1}

    with record(path, on_premise=True) as recorder:
        one_node(node).invoke({})
        react(asks(call("add_up", a=2, b=3)), says("5")).invoke(ask(), thread())
    assert recorder.failures == 0
    with Store(path, read_only=True) as store:
        assert [trace.status for trace in store.traces()] == ["ok", "ok"]
