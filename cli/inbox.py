"""`holdfast inbox`: list, show and answer what the threads of a checkpoint database ask."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from ..graphs import Question

_WAIT_SECONDS = 1.0  # for a server that does not answer

Where = Annotated[
    str,
    typer.Argument(
        metavar="DATABASE",
        help="A SQLite file of checkpoints, or a Postgres URL (extra postgres).",
        show_default=False,
    ),
]
Show = Annotated[str | None, typer.Option(metavar="ID", help="Show one question whole.")]
Answer = Annotated[str | None, typer.Option(metavar="ID", help="Answer one question; needs --app.")]
App = Annotated[
    str | None,
    typer.Option("--app", metavar="MODULE:GRAPH", help="The graph that asks, to go on with."),
]
Decision = Annotated[
    str | None,
    typer.Option(
        help="One of the question's choices (--show): approve, edit, reject, respond (--message is "
        "what the call came to), answer, continue, raise_budget, take_over, abort."
    ),
]
Message = Annotated[str | None, typer.Option(help="What you say: guidance, a reason, the answer.")]
Args = Annotated[str | None, typer.Option(metavar="JSON", help="The arguments of an edited call.")]
Grant = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MEASURE=PART",
        help="Grant a budget's limit again, as a part of it: tokens=0.5 is half as much again.",
    ),
]
Raw = Annotated[
    str | None, typer.Option(metavar="JSON", help="The whole answer, instead of the parts above.")
]
Expire = Annotated[
    bool, typer.Option("--expire", help="Take the defaults of questions whose time has passed.")
]
Thread = Annotated[str | None, typer.Option(metavar="ID", help="Only the questions of a thread.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, one object a question.")]


def inbox(
    database: Where,
    show: Show = None,
    answer: Answer = None,
    graph: App = None,
    decision: Decision = None,
    message: Message = None,
    args: Args = None,
    grant: Grant = None,
    raw: Raw = None,
    expire: Expire = False,
    thread: Thread = None,
    as_json: AsJson = False,
) -> None:
    """List the questions that wait for a person; show, answer or close them.

    Listing needs the database alone. Answering and closing run the graph that asks, so they need
    it: --app my.agent:graph. Ids may be shortened. Exits with 1 when an answer does not fit or
    somebody was quicker, with 2 when there is no such question, graph or database.
    """
    given = {"--decision": decision, "--message": message, "--args": args, "--grant": grant}
    if why := _clash([show, answer, expire], {**given, "--raw": raw}):
        _refuse(why)
    if (answer or expire) and graph is None:
        _refuse("--answer and --expire run the graph: name it, --app MODULE:GRAPH")
    with _opened(database, writes=bool(answer or expire)) as saver:
        if expire:
            _expire(_taken(graph, saver), _listed(saver, thread), as_json=as_json)
        elif answer:
            said = _said(decision, message, args, grant, raw)
            one = _one(_listed(saver, thread), answer)
            _answer(_taken(graph, saver), one, said, as_json=as_json)
        else:
            found = _listed(saver, thread)
            chosen = [_one(found, show)] if show else found
            _tell(chosen, whole=show is not None, as_json=as_json)


def _listed(saver: Any, thread: str | None) -> "list[Question]":
    from ..graphs import inbox as waiting

    return [one for one in waiting(saver) if thread in (None, one.thread)]


def _one(found: "Sequence[Question]", name: str) -> "Question":
    named = [one for one in found if one.id.startswith(name)]
    if len(named) != 1:
        _refuse(f"{_clean(name)}: {len(named) or 'no'} open questions begin with that")
    return named[0]


def _tell(found: "Sequence[Question]", *, whole: bool, as_json: bool) -> None:
    from .inbox_view import as_plain, print_list, print_one

    if as_json:
        for one in found:
            _write(as_plain(one, time.time()))
    elif whole:
        print_one(found[0], time.time())
    else:
        print_list(found, time.time())


def _clash(ways: Sequence[Any], given: Mapping[str, Any]) -> str:
    """Return why options do not go together, or nothing."""
    said = [name for name, value in given.items() if value]
    if sum(map(bool, ways)) > 1:
        return "--show, --answer and --expire are done one at a time: give one of them"
    if said and not ways[1]:
        return f"{', '.join(said)}: which question it answers is to be said, --answer ID"
    if "--raw" in said and len(said) > 1:
        return f"--raw is the whole answer: leave out {', '.join(said[:-1])}"
    return ""


def _said(
    decision: str | None,
    message: str | None,
    args: str | None,
    grant: list[str] | None,
    raw: str | None,
) -> Any:
    if raw is not None:
        return _json("--raw", raw)
    parts = {"decision": decision, "message": message}
    given: dict[str, Any] = {name: part for name, part in parts.items() if part is not None}
    if args is not None:
        given["args"] = _json("--args", args)
    if grant:
        given["grant"] = dict(map(_part, grant))
    if not given:
        _refuse("say what the answer is: --decision, --message, or --raw")
    return given


def _part(text: str) -> tuple[str, float]:
    measure, _, part = text.partition("=")
    try:
        return measure.strip(), float(part)
    except ValueError:
        _refuse(f"--grant {text}: use MEASURE=PART, tokens=0.5 say")


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        _refuse(f"{name}: no JSON ({error})")


def _answer(app: Any, one: "Question", said: Any, *, as_json: bool) -> None:
    from ..graphs import resume
    from ..guards import AnsweredError, WrongAnswerError
    from ..guards.escalation import is_escalation

    if not is_escalation(one.value) and set(said) == {"message"}:
        said = said["message"]  # a question of the graph's own: it takes what it is told
    try:
        out = resume(app, _config(one), said, interrupt_id=one.id)
    except (AnsweredError, WrongAnswerError) as error:
        _fail(str(error))
    _went_on(out, one, as_json=as_json)


def _expire(app: Any, found: "Sequence[Question]", *, as_json: bool) -> None:
    from ..graphs import expire
    from ..guards import AnsweredError

    late = [one for one in found if one.claim is None and one.is_expired(time.time())]
    for one in {one.thread: one for one in late}.values():
        try:
            _went_on(expire(app, _config(one)), one, as_json=as_json)
        except AnsweredError as error:
            typer.echo(_clean(str(error)), err=True)
    if not late and not as_json:
        typer.echo("No question's time has passed.")


def _went_on(out: Any, one: "Question", *, as_json: bool) -> None:
    out = out if isinstance(out, dict) else {}
    asks = [asked.id for asked in out.get("__interrupt__", ())]
    told = {"thread": one.thread, "question": one.id, "ending": out.get("ending"), "asks": asks}
    if as_json:
        _write(told)
        return
    end = f" and ended: {told['ending']}" if told["ending"] else ""
    more = f"; it asks again: {', '.join(name[:8] for name in asks)}" if asks else end
    typer.echo(_clean(f"{one.id[:8]} is answered. Thread {one.thread} went on{more}."))


def _config(one: "Question") -> Any:
    return {"configurable": {"thread_id": one.thread}}


def _taken(target: str | None, saver: Any) -> Any:
    """Return the graph that a name stands for, on this checkpointer."""
    from .graph_named import NoSuchGraphError, graph_named

    try:
        app = graph_named(target or "")
    except NoSuchGraphError as error:
        _refuse(_clean(str(error)))
    builder = getattr(app, "builder", None)
    if builder is not None:  # it knows which types of its state a checkpoint may hold
        saver = builder.compile(checkpointer=saver).checkpointer
    return app.copy({"checkpointer": saver})


@contextmanager
def _opened(where: str, *, writes: bool) -> Iterator[Any]:
    if where.startswith(("postgres://", "postgresql://")):
        with ExitStack() as stack:
            yield _postgres(where, stack)
        return
    with _sqlite(Path(where), writes=writes) as saver:
        yield saver


def _postgres(where: str, stack: ExitStack) -> Any:
    from ..graphs import postgres_saver
    from ..guards import BackendError, GuardConfigError
    from ..nodes.postgres_address import check_reachable

    try:
        check_reachable(where, _WAIT_SECONDS)
        return stack.enter_context(postgres_saver(where))
    except (BackendError, GuardConfigError) as error:
        _refuse(_clean(str(error)))


@contextmanager
def _sqlite(path: Path, *, writes: bool) -> Iterator[Any]:
    import sqlite3
    from contextlib import closing

    from langgraph.checkpoint.sqlite import SqliteSaver

    if not path.is_file():
        _refuse(f"{_clean(str(path))}: there is no such file")
    mode = "rw" if writes else "ro"
    address = f"{path.resolve().as_uri()}?mode={mode}"
    with closing(sqlite3.connect(address, uri=True, check_same_thread=False)) as connection:
        try:
            kept = connection.execute("SELECT name FROM sqlite_master WHERE name = 'writes'")
            has_writes = kept.fetchone() is not None
        except sqlite3.DatabaseError as error:
            _refuse(f"{_clean(str(path))}: no SQLite database ({error})")
        if not has_writes:
            _refuse(f"{_clean(str(path))}: it holds no checkpoints")
        saver = SqliteSaver(connection)
        saver.is_setup = True
        yield saver


def _clean(text: str) -> str:
    from .inbox_view import clean

    return clean(text)


def _write(value: Any) -> None:
    sys.stdout.write(json.dumps(value, default=str) + "\n")  # ASCII: nothing drives a terminal


def _fail(message: str) -> NoReturn:
    typer.echo(f"holdfast inbox: {_clean(message)}", err=True)
    raise typer.Exit(1)


def _refuse(message: str) -> NoReturn:
    typer.echo(f"holdfast inbox: {message}", err=True)
    raise typer.Exit(2)
