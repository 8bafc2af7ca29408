import io
import re
import sys
from dataclasses import replace

import pytest
from holdfast.cli import app
from holdfast.cli.demo_progress import Progress
from holdfast.cli.demo_table import print_reports
from holdfast.drills.desk import TICKETS, desk_model, policy, run_ticket
from rich.console import Console
from typer.testing import CliRunner

from . import openai_stub

WIDE = {"COLUMNS": "140"}


def demo(*arguments, **env):
    return CliRunner().invoke(app, ["demo", *arguments], env={**WIDE, **env})


@pytest.fixture(scope="module")
def whole():
    return demo()


def test_the_demo_ends_well(whole):
    assert (whole.exit_code, whole.stderr) == (0, "")


def test_the_totals_of_both_harnesses_are_told(whole):
    assert "2 of 8 customers served" in whole.stdout
    assert "8 of 8 customers served" in whole.stdout
    assert len(re.findall(r"\d+ \+ \d+ calls, [\d,]+ tokens", whole.stdout)) == 18


def test_each_failure_and_what_noticed_it_are_told(whole):
    for ticket in TICKETS:
        assert ticket.failure.split()[-1] in whole.stdout
    for told in (
        "GraphRecursionError: no answer",
        "249.00 EUR refunded, not 24.90",
        "step 5: tool_call blocks (unknown tool)",
        "loop nudges (same call)",
        "loop asks a person",
        "broken answer: repaired without a call",
        "handoff, search_articles ×13",
    ):
        assert told in whole.stdout


def test_the_question_to_a_person_and_the_answer_are_shown(whole):
    assert "Ticket 8: a person was asked. The call of refund would be made" in whole.stdout
    assert "The answer: PayPal is down until 18:00" in whole.stdout


def test_the_graph_is_drawn(whole):
    assert "start → begin → guard" in whole.stdout
    assert "orders, billing, technical" in whole.stdout


def test_a_ticket_can_be_run_alone():
    done = demo("--ticket", "3")
    assert done.exit_code == 0
    assert "0 of 1 customers served" in done.stdout
    assert "1 of 1 customers served" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--ticket", "9"], "there are tickets 1 to 8", id="a ticket too many"),
        pytest.param(["--base-url", "http://x"], "goes with --model", id="a URL for a script"),
        pytest.param(["--model", "openai:gpt-x"], "OPENAI_API_KEY", id="no key"),
        pytest.param(["--model", "nobody:gpt-x"], "nobody", id="an unknown provider"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_runs(arguments, said, monkeypatch):
    pytest.importorskip("langchain.chat_models", reason="langchain is not installed")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    done = demo(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize("missing", ["langchain.chat_models", "langchain_openai"])
def test_without_the_extra_its_name_is_told(missing, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    done = demo("--model", "openai:gpt-x")
    assert done.exit_code == 2
    assert "pip install 'holdfast[openai]'" in done.stderr


@pytest.fixture
def real(monkeypatch):
    """Run the demonstration with a model that is served on loopback."""
    pytest.importorskip("langchain_openai", reason="langchain-openai is not installed")
    monkeypatch.setenv("OPENAI_API_KEY", "of-no-use")

    def run(*arguments, model=policy):
        with openai_stub.served(model) as (url, requests):
            return demo("--model", "openai:stub", "--base-url", url, *arguments), requests

    return run


def test_a_real_model_is_run_in_both_harnesses(real):
    done, requests = real("--ticket", "3")
    assert done.exit_code == 0, done.output
    assert "249.00 EUR refunded, not 24.90" in done.stdout
    assert "step 5: tool_call blocks (invalid arguments)" in done.stdout
    assert "one real model" in done.stdout
    assert len(requests) == 11
    assert {request["model"] for request in requests} == {"stub"}
    assert {request["path"] for request in requests} == {"/v1/chat/completions"}


def test_the_server_can_be_named_by_openais_own_variable(real, monkeypatch):
    with openai_stub.served(policy) as (url, requests):
        done = demo("--model", "openai:stub", "--ticket", "2", OPENAI_BASE_URL=url)
    assert done.exit_code == 0, done.output
    assert len(requests) == 11


def test_the_stub_streams_what_it_says_at_once(real):
    from langchain_core.messages import HumanMessage
    from langchain_openai import ChatOpenAI

    with openai_stub.served(policy) as (url, _):
        model = ChatOpenAI(model="stub", base_url=url, stream_usage=True)
        bound = model.bind_tools([{"name": "handoff", "description": "d", "parameters": {}}])
        asked = [HumanMessage(TICKETS[0].text)]
        chunks = list(bound.stream(asked))
        streamed, once = sum(chunks[1:], chunks[0]), bound.invoke(asked)
    assert streamed.tool_calls == once.tool_calls
    assert streamed.usage_metadata == once.usage_metadata


def test_a_real_model_that_never_ends_is_stopped_by_the_budget(real):
    def stubborn(messages, tools):
        from holdfast.drills import tool_call

        if "handoff" not in tools and tools:
            return tool_call(next(iter(tools)), email=f"{len(messages)}@example.com")
        return tool_call("handoff", to="orders", task="t") if tools else "I give up."

    done, requests = real("--ticket", "1", model=stubborn)
    assert done.exit_code == 0, done.output
    assert "budget" in done.stdout
    assert len(requests) <= 120


def test_a_server_that_is_not_there_is_told(monkeypatch):
    pytest.importorskip("langchain_openai", reason="langchain-openai is not installed")
    monkeypatch.setenv("OPENAI_API_KEY", "of-no-use")
    done = demo("--model", "openai:stub", "--base-url", "http://127.0.0.1:9/v1")
    assert done.exit_code == 2
    assert "the model gave no answer: " in done.stderr


TICKET = TICKETS[0]


def test_the_words_of_models_are_never_read_as_markup():
    report = run_ticket(TICKET, "holdfast", desk_model())
    odd = replace(report, fault="[/red] [bold]", ending="[/]", calls=("[link=x]",), reason="[/x]")
    console = Console(file=io.StringIO(), width=140)
    print_reports(console, [(1, TICKET)], [odd, replace(odd, harness="plain")], scripted=True)
    said = console.file.getvalue()
    assert "[/red] [bold]" in said
    assert "[link=x]" in said


def test_on_a_terminal_the_runs_are_shown_while_they_go_on():
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with Progress(console, [(1, TICKET)]) as progress:
        watch = progress.begin(TICKET.key, "holdfast")
        progress.end(run_ticket(TICKET, "holdfast", desk_model(), watch=watch))
    said = console.file.getvalue()
    assert "the model calls a tool that does not exist" in said
    assert "asks for" in said
    assert "✓ Holdfast" in said
