import io
import re
from html.parser import HTMLParser

import pytest
from holdfast.traces import Store
from holdfast.traces.store import Span, Trace
from holdfast.traces.viewing import StoredTrace, write_trace_page
from langchain_core.messages import HumanMessage

from .hostile import SCRIPT, START, write_hostile
from .recorded import record_ticket


class Tags(HTMLParser):
    """Collects the tags of a page and the attributes that could act."""

    def __init__(self):
        super().__init__()
        self.tags, self.acting, self.open = set(), [], []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.acting += [name for name, _ in attributes if name.startswith("on") or name == "src"]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def page(stored):
    out = io.StringIO()
    write_trace_page(out, stored)
    return out.getvalue()


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "traces.db") as opened:
        yield opened


def test_what_a_trace_holds_cannot_act_on_its_page(store):
    write_hostile(store)
    text = page(StoredTrace.of(store, "t"))
    read = Tags()
    read.feed(text)
    assert (read.acting, read.open) == ([], [])
    assert not read.tags & {"script", "img", "iframe", "object", "link", "svg"}
    assert SCRIPT not in text
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert r"\x1b[2J" in text


def test_the_page_lets_no_script_run_and_loads_nothing(store):
    write_hostile(store)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page(
        StoredTrace.of(store, "t")
    ))  # fmt: skip
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "script" not in policy


@pytest.fixture(scope="module")
def ticket(tmp_path_factory):
    path = tmp_path_factory.mktemp("desk") / "traces.db"
    record_ticket(path, 1)
    with Store(path) as store:
        yield page(StoredTrace.of(store, "last"))


def test_a_page_shows_prompts_replies_arguments_results_and_verdicts(ticket):
    for told in ("in · system", "in · user", "out · assistant", "in · arguments", "out · tool"):
        assert told in ticket
    assert "tool_call: unknown_tool" in ticket


def test_a_prompt_is_shown_by_what_is_new_in_it(ticket):
    assert re.search(r"\d+ messages as in the prompt before, then:", ticket)


def test_a_long_text_is_cut_and_said_to_be(store):
    inputs = store.put({"messages": [HumanMessage("x" * 50_000)]})
    span = Span(id="s", trace="t", seq=0, kind="model", name="m", start=START, inputs=inputs)
    store.write(Trace(id="t", name="t", start=START), span)
    text = page(StoredTrace.of(store, "t"))
    assert "and 30,000 characters more" in text
    assert len(text) < 60_000


def test_a_page_has_at_most_a_thousand_steps(store):
    write_hostile(store, spans=1_003)
    text = page(StoredTrace.of(store, "t"))
    assert text.count('class="step') == 1_000
    assert "The first 1,000 steps are shown" in text
