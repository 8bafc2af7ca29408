"""Run a graph again, every call answered from the record of a run."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .contexts import NotRecordedError, context_again
from .divergence import Divergence, first_difference
from .edits import Edit, edited
from .given import check_given, check_graph, check_run, check_steps, check_until
from .ignoring import NOTHING, Ignore
from .leaf import intercepting
from .live import AS_RECORDED, Asked, Live, What
from .offline import offline
from .opening import opened_record
from .own_thread import on_its_own
from .record_end import call_end_text, end_text, is_unfinished, last_step
from .recorded_run import RecordedRun
from .replay_tape import Mode, ReplayTape
from .replayed import Replayed
from .request import Redact, Requests
from .resuming import Resuming
from .routes import changed_channels, early_divergence, route_divergence
from .running import Ran, is_awaited, run_once
from .watch import Visit, Watch

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
    live: What = False,
    edits: Sequence[Edit | str] = (),
    ignore: str | Sequence[str] = (),
    mode: Mode = "strict",
    config: Mapping[str, Any] | None = None,
    context: Any = None,
) -> Replayed:
    """Run a graph again with the calls of a recorded run, and say where the two part.

    The graph is run as it is; each call of a model, a tool or an `effect` is answered from the
    record, so nothing is paid, nothing acts and no connection is opened. A run that goes on in a
    thread, after an interrupt or as a later turn of a graph with a checkpointer, is replayed with
    all earlier runs of its thread, in a checkpointer of the replay's own.

    It runs in the thread that asks; where a loop runs there, async graphs get a loop of their own.

    Args:
        run: Id of the run, a part of it, `last` or `last-failed`; or the path of a cassette.
        app: The compiled graph.
        store: The store that has the run, or its file; None: `traces.db` of the working folder.
        until: Stop after this super-step of the outermost graph, in this run, as `trace show`
            prints it: later runs of a thread go on counting.
        from_step: The first super-step that is live; nothing without `live`.
        live: Make this run's calls from `from_step` on really, without it all of them. `"models"`:
            models' alone, to try another one on the recorded results of tools; `"tools"`: tools'
            alone. Tools that are called really act: they book, write and send.
        edits: What to change in the record of this run first, not in those of earlier runs of its
            thread: tool results, replies, the input.
        ignore: What differs from run to run and means nothing, wherever a request or the state
            holds it: `dates`, `times`, `uuids`, `ids`, and regular expressions of your own. A
            recorded call that asks exactly the same is still taken first.
        mode: `strict` stops at a call that is not recorded; `loose` answers it with the next
            unused answer of the same model or tool in the same node, and says so.
        config: Added to the config that the run was recorded with.
        context: The graph's `context`; None: the one that was recorded, as it was at the first
            call. A connection or a client in it is not; where nodes use one, give it.

    Raises:
        NoSuchTraceError: The store has no such run.
        ReplayError: It cannot be replayed; a recorded context cannot be made again, so that
            `context` must be given; or an argument does not fit.
    """
    check_steps(until, from_step, mode, live=bool(live))
    check_graph(app)
    check_run(run)
    changes = [Edit.read(each) for each in edits]
    with opened_record(run, store) as (recorded, redact):
        check_until(until, recorded[-1])
        replaying = Replaying(
            app,
            redact,
            until=until,
            live=Live.read(live, from_step),
            ignore=Ignore.read(ignore),
            mode=mode,
            config=config or {},
            context=context,
        )
        out = replaying.thread(edited(recorded, changes))
    return _with_a_way_on(out) if changes and not live else out


def _with_a_way_on(out: Replayed) -> Replayed:
    """Say how a replay goes on from where an edit made it ask what was never asked."""
    parted = out.divergence
    if parted is None or parted.kind != "call" or parted.step is None:
        return out
    go_on = f"from_step={parted.step}, live=True (--from {parted.step} --live) goes on from here"
    return replace(out, divergence=replace(parted, why=f"{parted.why}; {go_on}"))


class Replaying:
    """One replay of a thread: the graph, and what is gathered on the way."""

    def __init__(
        self,
        app: Any,
        redact: Redact,
        *,
        until: int | None = None,
        live: Live | None = None,
        ignore: Ignore = NOTHING,
        mode: Mode = "strict",
        config: Mapping[str, Any] | None = None,
        context: Any = None,
    ) -> None:
        self._app, self._requests = app, Requests(redact)
        self._asked, self._mode = Asked(until, live), mode
        self._ignore = ignore
        self._config, self._context = dict(config or {}), context

    def thread(self, runs: Sequence[RecordedRun]) -> Replayed:
        """Replay the runs of a thread, oldest first."""
        app, runs = on_its_own(self._app, runs)
        check_given(runs)
        awaited = is_awaited(app) or any(_was_awaited(run) for run in runs)
        resuming, visits, tapes = Resuming(), [], []
        for run in runs:
            watch = Watch()
            asked = self._asked if run is runs[-1] else AS_RECORDED
            tape = self._tape(run, watch, asked, awaited=awaited)
            tapes.append(tape)
            given = resuming.given(run.given)
            ran = self._run(app, run, given, tape, watch, asked, awaited=awaited)
            visits += watch.visits
            resuming.asked(run.questions, watch.questions)
            divergence = tape.divergence or self._route(run, ran, tape, watch.visits, asked)
            if divergence is not None or (ran.stopped and tape.ended_in is None):
                break
        return self._replayed(runs, run, ran, tapes, visits, divergence)

    def _tape(self, run: RecordedRun, watch: Watch, asked: Asked, *, awaited: bool) -> ReplayTape:
        return ReplayTape(
            run.answers,
            self._requests,
            watch.step_of,
            mode=self._mode,
            live=asked.live,
            ignore=self._ignore,
            until=asked.until,
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
        asked: Asked,
        *,
        awaited: bool,
    ) -> Ran:
        from langsmith import tracing_context

        extra = self._extra(run, app)
        with ExitStack() as stack:
            stack.enter_context(intercepting(tape))
            if asked.live is None:
                stack.enter_context(offline(tape.refuse_network))
                stack.enter_context(tracing_context(enabled=False))  # it is no new run
            ran = run_once(
                app,
                given,
                self._config_of(run, watch),
                awaited=awaited,
                until=asked.until,
                extra=extra,
                over=tape.over.set,
            )
        if isinstance(ran.error, NotRecordedError):
            raise ran.error
        if (
            tape.divergence is not None or tape.ended_in is not None
        ):  # whatever a broad `except` has made of it
            return Ran(ran.state, ran.interrupts, stopped=True)
        return ran

    def _extra(self, run: RecordedRun, app: Any) -> dict[str, Any]:
        context = self._context
        if context is None:
            context = context_again(run.context, run.trace.id, app)
        return {} if context is None else {"context": context}

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
        self,
        run: RecordedRun,
        ran: Ran,
        tape: ReplayTape,
        visits: Sequence[Visit],
        asked: Asked,
    ) -> Divergence | None:
        if asked != AS_RECORDED or (ran.stopped and tape.ended_in is None):
            return None
        if is_unfinished(run.trace):
            return early_divergence(run, ran, visits)
        return route_divergence(run, ran, visits)

    def _plain(self, value: Any) -> Any:
        return self._ignore.without(self._requests.plain(value))

    def _end(self, run: RecordedRun, ran: Ran, tape: ReplayTape) -> str:
        """Return where the record ended before the run did; empty where it is whole."""
        if tape.ended_in is not None:
            call, step = tape.ended_in
            return call_end_text(run.trace, run.visits, call.name, call.place.node, step)
        is_told = self._asked != AS_RECORDED
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
        whole = self._asked.until is None and not ran.stopped
        changed = changed_channels(self._app, run.output, ran, self._plain) if whole else {}
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
            ignored=[number for tape in tapes for number in tape.ignored],
            real_calls=sum(tape.made for tape in tapes),
            stopped=ran.stopped,
            record_ended="" if divergence else self._end(run, ran, tapes[-1]),
        )


def _was_awaited(run: RecordedRun) -> bool:
    return any(answer.call.method in _AWAITED for answer in run.answers)
