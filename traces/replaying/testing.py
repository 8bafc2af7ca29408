"""Turn a recorded run into a test of the graph that it is a run of."""

import json
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...guards.digest import preview
from .cassette import write_cassette
from .ignoring import Ignore
from .record_end import is_unfinished
from .recorded_run import RecordedRun, ReplayError, recorded_thread
from .watch import path_of

if TYPE_CHECKING:
    from ..store import Store

_GRAPH = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_WIDTH = 96
_REASON = 400  # characters
_HEAD = '''\
"""Run {id} of {name}, with every call answered from its cassette.

Made by `holdfast trace to-test`. It fails where the graph asks something else, takes another way
or ends otherwise; record the run anew where that is meant.
"""

from pathlib import Path

from holdfast.traces import replay
'''
_BODY = """
CASSETTE = Path(__file__).with_name("{cassette}")
PATH = {path}


def test_{slug}({fixture}):
    replayed = replay(CASSETTE, {graph}{ignore})
    assert replayed.divergence is None, f"\\n{{replayed.divergence}}"
    assert replayed.path == PATH
{ending}
    assert replayed.changed == [], replayed.differences
    assert replayed.unused == []
    assert replayed.real_calls == 0
"""


class WrittenTest(NamedTuple):
    """What was written.

    Attributes:
        test: The pytest file.
        cassette: The recorded calls it answers from.
    """

    test: Path
    cassette: Path


def to_test(
    run: str,
    *,
    store: "Store | str | Path | None" = None,
    graph: str | None = None,
    app: Any = None,
    folder: str | Path = ".",
    name: str | None = None,
    ignore: str | Sequence[str] = (),
) -> WrittenTest:
    """Write a pytest file and its cassette from a recorded run.

    The test replays the run, without network, keys or cost, and asserts that the graph asks what
    it asked, takes the way it took, and ends as it ended, in the same state.

    Args:
        run: Id of the run, a part of it, `last` or `last-failed`.
        store: The store that has the run, or its file; None: `traces.db` of the working folder.
        graph: Where the compiled graph is, as `module:name`; None: the test takes a fixture
            named `app`.
        app: That graph itself: the run is replayed in it first, and becomes a test only where it
            is the same; None: that is not looked at.
        folder: Where both files go; it is made.
        name: What the test is called; None: after the end of the run's id.
        ignore: What differs from run to run and means nothing, as `replay` takes it; the test
            ignores it too.

    Raises:
        NoSuchTraceError: The store has no such run.
        ReplayError: The run cannot be replayed, or not as the same; a file is there already; or an
            argument does not fit.
    """
    from .opening import opened_store

    if graph is not None and not _GRAPH.fullmatch(graph):
        raise ReplayError(f"graph {graph!r}: name it as module:name, such as shop.agent:graph")
    ignored = Ignore.read(ignore)
    with opened_store(store) as opened:
        if app is not None:
            _check_same(opened, run, app, ignored)
        return _written(opened, run, graph, Path(folder), name, ignored)


def _check_same(store: "Store", run: str, app: Any, ignore: Ignore) -> None:
    from .replayer import replay

    out = replay(run, app, store=store, ignore=ignore.names)
    if out.same or out.record_ended:
        return
    unused = [f"call #{call.n} of {call.key.name!r} is never made" for call in out.unused]
    why = [str(out.divergence).partition("\n")[0]] if out.divergence else []
    reasons = [*why, *out.differences, *unused] or ["it stops before its end"]
    raise ReplayError(
        f"run {out.run} does not replay as the same, and its test would fail: "
        f"{preview(reasons[0], _REASON)}"
    )


def _written(
    store: "Store", run: str, graph: str | None, folder: Path, name: str | None, ignore: Ignore
) -> WrittenTest:
    runs = recorded_thread(store, run)
    last = runs[-1].trace
    if is_unfinished(last):
        raise ReplayError(
            f"run {last.id} has not ended (it stands as {last.status}): a test cannot say how it "
            "ends; replay shows what it did, and a run that ends becomes a test"
        )
    slug = _slug(name or f"run_{last.id[-8:]}")
    test, cassette = (folder / f"test_{slug}{end}" for end in (".py", ".json"))
    for file in (test, cassette):
        if file.exists():
            raise ReplayError(f"{file} is there already: choose another name, or remove it")
    test.parent.mkdir(parents=True, exist_ok=True)
    write_cassette(cassette, runs, store.redaction.tree)
    test.write_text(_test_text(runs, graph, slug, cassette.name, ignore), encoding="utf-8")
    return WrittenTest(test, cassette)


def _test_text(
    runs: list[RecordedRun], graph: str | None, slug: str, cassette: str, ignore: Ignore
) -> str:
    last = runs[-1].trace
    head = _HEAD.format(id=last.id, name=_shown(last.name))
    module, _, attribute = (graph or ":").partition(":")
    imported = f"\nfrom {module} import {attribute}\n" if graph else ""
    return (
        head
        + imported
        + _BODY.format(
            cassette=cassette,
            path=_listed(path_of([visit for run in runs for visit in run.visits])),
            slug=slug,
            fixture="" if graph else "app",
            graph=attribute or "app",
            ignore=f", ignore={_strings(ignore.names)}" if ignore.names else "",
            ending=textwrap.indent(_ending(runs[-1]), "    "),
        )
    )


def _ending(run: RecordedRun) -> str:
    said: Any = run.output.get("ending") if isinstance(run.output, dict) else None
    if run.trace.status == "error":
        return f'assert type(replayed.error).__name__ == "{_error_name(run)}"'
    ending = json.dumps(str(said or ""))
    return f"assert replayed.error is None\nassert replayed.ending == {ending}"


def _error_name(run: RecordedRun) -> str:
    return re.split(r"[:(]", run.trace.error, maxsplit=1)[0].strip().rpartition(".")[2]


def _shown(name: str) -> str:
    """Return a name as a docstring can hold it."""
    return re.sub(r"[^\w .,:-]", "_", name)[:40]


def _listed(names: list[str]) -> str:
    line = json.dumps(names, ensure_ascii=False)
    if len(line) < _WIDTH - len("PATH = "):
        return line
    return "[\n" + "".join(f"    {json.dumps(name)},\n" for name in names) + "]"


def _strings(names: Sequence[str]) -> str:
    """Return a list of texts as code, in double quotes."""
    return "[" + ", ".join(json.dumps(name, ensure_ascii=False) for name in names) + "]"


def _slug(name: str) -> str:
    slug = re.sub(r"\W+", "_", name.removeprefix("test_").lower()).strip("_")
    if not slug:
        raise ReplayError(f"name {name!r}: a test is named with letters, digits and _")
    return slug
