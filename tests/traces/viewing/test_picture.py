import json
import re
import shutil
import subprocess

import pytest
from holdfast.traces import Store
from holdfast.traces.store import Event, Span, Trace
from holdfast.traces.viewing import StoredTrace
from holdfast.traces.viewing.picture import pictures_of

from .hostile import HOSTILE, SCRIPT
from .recorded import record_ticket
from .test_trace_page import Tags, page

NAMES = ("plan", "a node with quite a long name", "wwwwmmmm", "中文节点", HOSTILE)


def write_way(store, names, *, failed=False):
    """Write a run that goes through nodes, there and back, with all that can be marked."""
    root = Span(id="root", trace="t", seq=0, name="g", kind="graph", start=0, status="ok")
    trip = {"outcome": "trip", "action": "escalate", "reason": "r"}
    items = [root]
    for seq, name in enumerate([*names, *names[::-1]], 1):
        status = "error" if failed and seq > len(names) else "ok"
        items.append(Span(id=f"n{seq}", trace="t", seq=seq, name=name, kind="node", start=seq,
                          step=seq, parent="root", status=status))  # fmt: skip
        items.append(Span(id=f"m{seq}", trace="t", seq=100 + seq, name=name, kind="tool", start=seq,
                          parent=f"n{seq}", status=status))  # fmt: skip
        items.append(Event(trace="t", seq=seq, time=seq, kind="verdict", name="loop",
                           span=f"n{seq}", data=trip))  # fmt: skip
    store.write(Trace(id="t", name="g", start=1, status="ok"), *items)
    return StoredTrace.of(store, "t")


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "traces.db") as opened:
        yield opened


def test_a_page_draws_the_way_with_counts_and_what_went_wrong(store):
    text = page(write_way(store, ["plan", "act"], failed=True))
    for told in ("The way it went", "×2", "1 failed", "2 trips: escalate", "act"):
        assert told in text


def test_a_box_leads_to_the_first_step_that_failed(store):
    text = page(write_way(store, ["plan", "act"], failed=True))
    assert re.findall(r'<a href="#(s\d+)">', text)[:2] == ["s4", "s3"]
    assert {'id="s3"', 'id="s4"'} <= set(re.findall(r'id="s\d+"', text))


def test_names_of_nodes_cannot_act_on_the_page(store):
    text = page(write_way(store, NAMES))
    read = Tags()
    read.feed(text)
    assert (read.acting, read.open) == ([], [])
    assert "svg" in read.tags
    assert not read.tags & {"script", "img", "iframe", "object", "link", "foreignobject", "use"}
    assert SCRIPT not in text
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_a_wide_way_is_drawn_a_second_time_for_a_phone(tmp_path):
    record_ticket(tmp_path / "t.db", 1)
    with Store(tmp_path / "t.db", read_only=True) as store:
        stored = StoredTrace.of(store, "last")
        drawn = pictures_of(stored)
        text = page(stored)
    assert all(picture.width < 360 for screen, picture in drawn.items() if screen != "wide")
    assert text.count("<svg") == len(drawn)


def test_a_run_without_nodes_has_no_picture(store):
    store.write(Trace(id="t", name="g", start=1, status="ok"))
    stored = StoredTrace.of(store, "t")
    assert pictures_of(stored) == {}
    assert "The way it went" not in page(stored)
    assert "<svg" not in stored._repr_html_()


def test_a_notebook_shows_the_picture_and_keeps_its_own_style(store):
    html = write_way(store, NAMES)._repr_html_()
    assert "<svg" in html
    assert SCRIPT not in html
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    rules = re.findall(r"^([^{@}]+)\{", style, re.MULTILINE)
    assert {rule.split()[0] for rule in rules} == {".route"}


MEASURE = """<script>
const out = [];
for (const node of document.querySelectorAll("g.node")) {
  const box = node.querySelector("rect").getBBox();
  for (const text of node.querySelectorAll("text")) {
    const at = text.getBBox();
    const inside = at.x >= box.x && at.x + at.width <= box.x + box.width
      && at.y >= box.y - 1 && at.y + at.height <= box.y + box.height + 1;
    if (!inside) out.push(text.textContent);
  }
}
document.title = JSON.stringify({texts: document.querySelectorAll("g.node text").length, out});
</script>"""


def test_in_a_browser_every_word_fits_its_box(store, tmp_path):
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("there is no chromium on this machine")
    file = tmp_path / "page.html"
    html = write_way(store, NAMES[:4], failed=True)._repr_html_()
    file.write_text(f"<meta charset='utf-8'><title></title>{html}{MEASURE}", encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'p'}"]
    done = subprocess.run(
        [browser, *flags, "--dump-dom", file.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    (title,) = re.findall(r"<title>(\{.*?)</title>", done.stdout)
    found = json.loads(title)
    assert found["texts"] > 8
    assert found["out"] == []
