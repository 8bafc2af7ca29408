"""Run a graph again, every call answered from the record of a run."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .divergence import Divergence, first_difference
from .edits import Edit, edited
from .given import check_graph, check_run, check_steps
from .leaf import intercepting
from .offline import offline
from .record_end import call_end_text, end_text, is_unfinished, last_step
from .recorded_run import RecordedRun, ReplayError, recorded_thread
from .replay_tape import Mode, ReplayTape
from .replayed import Replayed
from .request import Redact, Requests
from .resuming import Resuming
from .routes import changed_channels, early_divergence, route_divergence
from .running import Ran, is_awaited, run_once
from .watch import Visit, Watch, outermost

if TYPE_CHECKING:
    from ..store import Store

_REPLAY_OF = "holdfast_replay_of"  # by which a recorder knows a replay
_AWAITED = ("_agenerate", "_astream", "_arun")


def replay(
    run: str | Path,
    app: Any,
    *,
    store: "Store | str | Path | None" = None,
    until: int | None = None,
    from_step: int | None = None,
    live: bool = False,
    edits: Sequence[Edit | str] = (),
    mode: Mode = "strict",
    config: Mapping[str, Any] | None = None,
    context: Any = None,
) -> Replayed:
    """Run a graph again with the calls of a recorded run, and say where the two part.

    The graph is run as it is; each call of a model, a tool or an `effect` is answered from the
    record, so nothing is paid, nothing acts and no connection is opened. Of a run that goes on
    from an interrupt its whole thread is replayed, in a checkpointer of the replay's own.

    It runs in the thread that asks; where a loop runs there, async graphs get a loop of their own.

    Args:
        run: Id of the run, a part of it, `last` or `last-failed`; or the path of a cassette.
        app: The compiled graph.
        store: The store that has the run, or its file; None: `traces.db` of the working folder.
        until: Stop after this super-step of the outermost graph.
        from_step: The first super-step that is live; nothing without `live`.
        live: Make the calls from `from_step` on, and those that are not recorded, really.
        edits: What to change in the record first: tool results, replies, the input.
        mode: `strict` stops at a call that is not recorded; `loose` answers it with the next
            unused answer of the same model or tool in the same node, and says so.
        config: Added to the config that the run was recorded with.
        context: The graph's `context`, which no record holds.

    Raises:
        NoSuchTraceError: The store has no such run.
        ReplayError: It cannot be replayed, or an argument does not fit.
    """
    check_steps(until, from_step, mode, live=live)
    check_graph(app)
    check_run(run)
    changes = [Edit.read(each) for each in edits]
    with _recorded(run, store) as (recorded, redact):
        replaying = Replaying(
            app,
            redact,
            until=until,
            live_from=(from_step if from_step is not None else 0) if live else None,
            mode=mode,
            config=config or {},
            extra={} if context is None else {"context": context},
        )
        return replaying.thread(edited(recorded, changes))


@contextmanager
def _recorded(
    run: str | Path, store: "Store | str | Path | None"
) -> Iterator[tuple[list[RecordedRun], Redact]]:
    if isinstance(run, Path):
        from ..store import Redaction
        from .cassette import read_cassette

        yield read_cassette(run), Redaction().tree
        return
    with opened_store(store) as opened:
        yield recorded_thread(opened, run), opened.redaction.tree


@contextmanager
def opened_store(store: "Store | str | Path | None") -> Iterator["Store"]:
    """Yield a store; one that is named by its file is opened for reading, and closed.

    Raises:
        ReplayError: There is no such file.
    """
    from ..store import Store

    if isinstance(store, Store):
        yield store
        return
    path = Path(store or "traces.db")
    if not path.is_file():
        raise ReplayError(f"{path}: there is no such file: record runs with holdfast.traces.record")
    with Store(path, read_only=True) as opened:
        yield opened


class Replaying:
    """One replay of a thread: the graph, and what is gathered on the way."""

    def __init__(
        self,
        app: Any,
        redact: Redact,
        *,
        until: int | None = None,
        live_from: int | None = None,
        mode: Mode = "strict",
        config: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._app, self._requests = app, Requests(redact)
        self._until, self._live_from, self._mode = until, live_from, mode
        self._config, self._extra = dict(config or {}), dict(extra or {})

    def thread(self, runs: Sequence[RecordedRun]) -> Replayed:
        """Replay the runs of a thread, oldest first."""
        app, runs = on_its_own(self._app, runs)
        awaited = is_awaited(app) or any(_was_awaited(run) for run in runs)
        resuming, visits, tapes = Resuming(), [], []
        for run in runs:
            watch = Watch()
            tape = self._tape(run, watch, awaited=awaited, is_last=run is runs[-1])
            tapes.append(tape)
            ran = self._run(app, run, resuming.given(run.given), tape, watch, awaited=awaited)
            visits += watch.visits
            resuming.asked(run.questions, watch.questions)
            divergence = tape.divergence or self._route(run, ran, tape, watch.visits)
            if divergence is not None or (ran.stopped and tape.ended_in is None):
                break
        return self._replayed(runs, run, ran, tapes, visits, divergence)

    def _tape(self, run: RecordedRun, watch: Watch, *, awaited: bool, is_last: bool) -> ReplayTape:
        return ReplayTape(
            run.answers,
            self._requests,
            watch.step_of,
            mode=self._mode,
            live_from=self._live_from,
            until=self._until if is_last else None,
            start=run.trace.start,
            failed=run.trace.status == "error",
            awaited=awaited,
            last_step=last_step(run.visits) if is_unfinished(run.trace) else None,
        )

    def _run(
        self,
        app: Any,
        run: RecordedRun,
        given: Any,
        tape: ReplayTape,
        watch: Watch,
        *,
        awaited: bool,
    ) -> Ran:
        from langsmith import tracing_context

        with ExitStack() as stack:
            stack.enter_context(intercepting(tape))
            if self._live_from is None:
                stack.enter_context(offline(tape.refuse_network))
                stack.enter_context(tracing_context(enabled=False))  # it is no new run
            ran = run_once(
                app,
                given,
                self._config_of(run, watch),
                awaited=awaited,
                until=self._until,
                extra=self._extra,
                over=tape.over.set,
            )
        if (
            tape.divergence is not None or tape.ended_in is not None
        ):  # whatever a broad `except` has made of it
            return Ran(ran.state, ran.interrupts, stopped=True)
        return ran

    def _config_of(self, run: RecordedRun, watch: Watch) -> dict[str, Any]:
        callbacks = self._config.get("callbacks") or []
        configurable = {
            "thread_id": run.trace.thread or run.trace.id,
            **run.configurable,
            **self._config.get("configurable", {}),
        }
        metadata = {
            **{name: run.trace.metadata[name] for name in run.trace.metadata if name != "versions"},
            **self._config.get("metadata", {}),
            _REPLAY_OF: run.trace.id,
        }
        return {
            **self._config,
            "configurable": configurable,
            "metadata": metadata,
            "callbacks": [*callbacks, watch],
        }

    def _route(
        self, run: RecordedRun, ran: Ran, tape: ReplayTape, visits: Sequence[Visit]
    ) -> Divergence | None:
        is_told = self._live_from is not None or self._until is not None
        if is_told or (ran.stopped and tape.ended_in is None):
            return None
        if is_unfinished(run.trace):
            return early_divergence(run, ran, visits)
        return route_divergence(run, ran, visits)

    def _end(self, run: RecordedRun, ran: Ran, tape: ReplayTape) -> str:
        """Return where the record ended before the run did; empty where it is whole."""
        if tape.ended_in is not None:
            call, step = tape.ended_in
            return call_end_text(run.trace, run.visits, call.name, call.place.node, step)
        is_told = self._live_from is not None or self._until is not None
        if is_told or ran.stopped or not is_unfinished(run.trace):
            return ""
        return end_text(run.trace, run.visits)

    def _replayed(
        self,
        runs: Sequence[RecordedRun],
        run: RecordedRun,
        ran: Ran,
        tapes: Sequence[ReplayTape],
        visits: Sequence[Visit],
        divergence: Divergence | None,
    ) -> Replayed:
        whole = self._until is None and not ran.stopped
        changed = changed_channels(self._app, run.output, ran, self._requests) if whole else {}
        return Replayed(
            run=runs[-1].trace.id,
            state=ran.state,
            error=ran.error,
            interrupts=ran.interrupts,
            steps=visits,
            divergence=divergence,
            changed=list(changed),
            differences=[first_difference(name, *both) for name, both in changed.items()],
            unused=[call for tape in tapes for call in tape.unused] if whole else (),
            guessed=[number for tape in tapes for number in tape.guessed],
            real_calls=sum(tape.made for tape in tapes),
            stopped=ran.stopped,
            record_ended="" if divergence else self._end(run, ran, tapes[-1]),
        )


def on_its_own(app: Any, runs: Sequence[RecordedRun]) -> tuple[Any, Sequence[RecordedRun]]:
    """Return a graph that keeps its checkpoints in memory, and the runs that it goes on from.

    A graph that keeps none goes on from nothing, whatever thread its runs were said to be of.
    """
    from langgraph.checkpoint.memory import InMemorySaver

    used = getattr(app, "checkpointer", None)
    if not used and not any(_goes_on(run) for run in runs):
        return app, runs[-1:]
    serde = getattr(used, "serde", None)
    return app.copy(update={"checkpointer": InMemorySaver(serde=serde)}), runs


def _goes_on(run: RecordedRun) -> bool:
    """Return whether a run begins where another one stopped."""
    from langgraph.types import Command

    first = min((visit.step for visit in outermost(run.visits)), default=1)
    return first > 1 or run.given is None or isinstance(run.given, Command)


def _was_awaited(run: RecordedRun) -> bool:
    return any(answer.call.method in _AWAITED for answer in run.answers)
