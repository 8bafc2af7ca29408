import io
import shutil
import subprocess

import pytest
from holdfast.guards import LoopGuard, ToolCallGuard
from holdfast.traces import Page, Recording, Totals, audit_run
from holdfast.traces.page import RUNS_SHOWN

from .runs import repeated, says

CALM = LoopGuard(nudge=3, block=5)

OWN = "document.title='owned'"
HOSTILE = f'</script><script>{OWN}</script><img src=x onerror="{OWN}">'
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--virtual-time-budget=3000",
)


def page_of(runs):
    page, totals = Page(), Totals()
    for id_, laps, text in runs:
        run = Recording(id_, [*repeated(laps, text=text, tool=text), says()], 1.0)
        audited = audit_run(run, (CALM, ToolCallGuard()))
        totals.add(audited)
        page.add(audited)
    out = io.StringIO()
    page.write(out, totals)
    return out.getvalue()


def test_the_page_holds_the_chart_and_the_runs_with_their_verdicts():
    html = page_of([("fine", 1, "x"), ("looping", 9, "x")])
    assert "<svg" in html
    assert "loop: same_call" in html
    assert html.index("looping") < html.index(">fine<")
    assert "The call of x would be made 5 times" in html


def test_the_page_asks_for_nothing_from_elsewhere():
    html = page_of([("a", 9, "x")])
    assert "default-src 'none'" in html
    assert not any(sign in html for sign in ("http://", "https://", "src=", "@import", "url("))


def test_texts_of_runs_are_escaped():
    html = page_of([(HOSTILE, 9, HOSTILE)])
    assert "<img" not in html
    assert html.count("<script") == 1


def test_a_page_of_many_runs_lists_the_severest_and_says_so():
    page, totals = Page(), Totals()
    mild = audit_run(Recording("mild", [says()]), (CALM,))
    bad = audit_run(Recording("bad", repeated(9)), (CALM,))
    for run in [*[mild] * (RUNS_SHOWN + 500), bad]:
        totals.add(run)
        page.add(run)
    out = io.StringIO()
    page.write(out, totals)
    html = out.getvalue()
    assert html.count("<details") == RUNS_SHOWN
    assert html.index(">bad<") < html.index(">mild<")
    assert "of 1,501" in html


@pytest.fixture
def rendered(tmp_path):
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("there is no chromium on this machine")

    def render(html, script=""):
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        command = [browser, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
        done = subprocess.run(
            [*command, path.as_uri()], capture_output=True, text=True, timeout=120, check=True
        )
        return done.stdout

    return render


def test_a_browser_runs_the_filter_and_nothing_of_a_hostile_run(rendered):
    dom = rendered(page_of([("fine", 1, "x"), (HOSTILE, 9, HOSTILE)]))
    assert "<title>Holdfast audit: 2 runs</title>" in dom
    assert ">1 shown</output>" in dom
    assert "<img" not in dom
