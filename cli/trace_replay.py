"""`holdfast trace replay` and `holdfast trace to-test`: run a recorded run's graph again."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

if TYPE_CHECKING:
    from ..traces import Replayed

Run = Annotated[
    str, typer.Argument(help="Id of a run, a part of it, last, or last-failed.", show_default=False)
]
Graph = Annotated[
    str, typer.Argument(metavar="MODULE:GRAPH", help="The compiled graph.", show_default=False)
]
MaybeGraph = Annotated[
    str | None,
    typer.Argument(
        metavar="MODULE:GRAPH",
        help="The compiled graph; without it the test takes a fixture named app.",
        show_default=False,
    ),
]
StoreFile = Annotated[Path, typer.Option("--store", metavar="FILE", help="The store.")]
Until = Annotated[
    int | None,
    typer.Option(metavar="STEP", help="Stop after this super-step, as show prints it."),
]
From = Annotated[
    int | None,
    typer.Option(
        "--from", metavar="STEP", help="With --live… or --fork: begin to call in this super-step."
    ),
]
Live = Annotated[
    bool, typer.Option("--live", help="From --from STEP on call models and tools: tools act.")
]
LiveModels = Annotated[
    bool, typer.Option("--live-models", help="The same of models alone; tools stay recorded.")
]
LiveTools = Annotated[
    bool, typer.Option("--live-tools", help="The same of tools alone: they act; models do not.")
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WHAT",
        help="What may differ from the record: dates, times, uuids, ids, or a regular expression.",
    ),
]
Edits = Annotated[
    list[str] | None,
    typer.Option(
        "--edit",
        metavar="WHERE=VALUE",
        help="Change the record of this run first, not of earlier ones of its thread: 3=sunny, "
        "3/content=sunny, input/messages/0/content=Hi. Calls are counted from 0, in the order they "
        "ended; #3, as show prints them, is 3.",
    ),
]
Fork = Annotated[
    bool,
    typer.Option(
        "--fork",
        help="Go on live in the graph's own thread: from --from STEP, else where the run asked a "
        "person.",
    ),
]
Loose = Annotated[
    bool,
    typer.Option(
        "--loose", help="Answer what is not recorded with the next of its node, and say so."
    ),
]
JsonOut = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Folder = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where both files go.")]
Name = Annotated[str | None, typer.Option(help="What the test is called.")]

_STORE = Path("traces.db")
_OTHERWISE = "holdfast.traces.fork(values=...) changes its state first"


def replay(
    run: Run,
    graph: Graph,
    store: StoreFile = _STORE,
    until: Until = None,
    from_step: From = None,
    live: Live = False,
    live_models: LiveModels = False,
    live_tools: LiveTools = False,
    edit: Edits = None,
    ignore: Ignore = None,
    fork: Fork = False,
    loose: Loose = False,
    as_json: JsonOut = False,
) -> None:
    """Run a graph again, with every call answered from the record of a run.

    A run that goes on in a thread, after an interrupt or as a later turn of a graph with a
    checkpointer, is replayed with all earlier runs of its thread. Steps are counted as show
    prints them: later runs go on counting.

    Nothing is paid, nothing acts, no connection is opened, unless --live, --live-models,
    --live-tools or --fork says so. Exits with 0 where it did the same, up to where the record
    ends or --until; with 1 where it parts from its record or --loose had to guess, though not for
    other values that calls made live gave; and with 2 where it cannot begin.
    """
    if fork:
        if until is not None or edit or ignore or loose or live_models or live_tools:
            _refuse("replay: --fork is live, and takes --from STEP alone: " + _OTHERWISE)
        _fork(run, graph, store, from_step, as_json=as_json)
        return
    from ..traces import replay as again

    try:
        replayed = again(
            run,
            _graph(graph),
            store=store,
            until=until,
            from_step=from_step,
            live=_live(live, live_models, live_tools),
            edits=edit or [],
            ignore=ignore or [],
            mode="loose" if loose else "strict",
        )
    except _refusals() as error:
        _refuse(f"replay: {error}")
    _tell(replayed, as_json=as_json)
    raise typer.Exit(int(_has_parted(replayed)))


def to_test(
    run: Run,
    graph: MaybeGraph = None,
    store: StoreFile = _STORE,
    out: Folder = Path(),
    name: Name = None,
    ignore: Ignore = None,
    as_json: JsonOut = False,
) -> None:
    """Write a pytest file and its cassette from a run: it fails where the graph goes otherwise.

    A graph that is named is replayed first: where that is not the same, nothing is written. Exits
    with 2 where there is no test to write.
    """
    from ..traces import to_test as written_test

    try:
        app = _named(graph) if graph else None
        written = written_test(
            run, store=store, graph=graph, app=app, folder=out, name=name, ignore=ignore or []
        )
    except _refusals() as error:
        _refuse(f"to-test: {error}")
    if as_json:
        typer.echo(json.dumps({"test": str(written.test), "cassette": str(written.cassette)}))
        return
    typer.echo(f"wrote {written.test} and {written.cassette}: run python -m pytest {written.test}")


def _live(everything: bool, models: bool, tools: bool) -> "bool | Literal['models', 'tools']":
    if everything or (models and tools):
        return True
    return ("models" if models else False) or ("tools" if tools else False)


def _fork(run: str, graph: str, store: Path, step: int | None, *, as_json: bool) -> None:
    from ..traces import fork, recorded_context
    from ..traces.replaying.running import invoked
    from .graph_named import one_line

    try:
        app = _graph(graph)
        config = fork(run, app, step, store=store)
        context = recorded_context(run, app, store=store)
    except _refusals() as error:
        _refuse(f"replay: {error}")
    checkpoint = config["configurable"]["checkpoint_id"]
    where = f"checkpoint {checkpoint}" if step is None else f"step {step}"
    try:
        state = invoked(app, None, config, **({} if context is None else {"context": context}))
    except Exception as error:  # noqa: BLE001 - a node of the user's; told, not handled
        _refuse(f"replay: --fork went on from {where} and raised {one_line(error)}")
    ending = _ending(state)
    thread = config["configurable"]["thread_id"]
    if as_json:
        told = {"thread": thread, "from": step, "checkpoint": checkpoint, "ending": ending}
        typer.echo(json.dumps(told))
        return
    typer.echo(f"thread {thread} went on from {where}{f': {ending}' if ending else ''}")


def _ending(state: Any) -> str:
    known = state if isinstance(state, dict) else {}
    return "waits for a person" if "__interrupt__" in known else known.get("ending") or ""


def _named(target: str) -> Any:
    from .graph_named import named

    return named(target)


def _graph(target: str) -> Any:
    from .graph_named import graph_named

    return graph_named(target)


def _refusals() -> tuple[type[Exception], ...]:
    from ..guards.errors import HoldfastError
    from .graph_named import NoSuchGraphError

    return HoldfastError, NoSuchGraphError


def _refuse(message: str) -> NoReturn:
    typer.echo(f"holdfast trace {message}", err=True)
    raise typer.Exit(2)


def _has_parted(replayed: "Replayed") -> bool:
    changed = replayed.changed and not replayed.real_calls  # what is live may say otherwise
    return bool(replayed.divergence or changed or replayed.unused or replayed.guessed)


def _tell(replayed: "Replayed", *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(replayed.as_json(), ensure_ascii=False))
        return
    from rich.console import Console

    Console(highlight=False).print(replayed)
