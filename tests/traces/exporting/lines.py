"""An export without a network: its courier hands requests to the stub, or dies as it is told."""

from contextlib import contextmanager
from datetime import UTC, datetime

from holdfast.drills.langsmith_stub import Fault, LangSmithStub
from holdfast.guards import redact
from holdfast.traces.exporting.courier import Answer, meaning
from holdfast.traces.exporting.delivery import Delivery
from holdfast.traces.exporting.gathering import Gathering
from holdfast.traces.exporting.langsmith_courier import LangSmithCourier, quiet_client
from holdfast.traces.exporting.outbox import Outbox
from holdfast.traces.store import Store

from .recorded import write_trace

LATE = 3_600_000_000_000


class KilledError(BaseException):
    """The process is stopped where it stands."""


class Direct(LangSmithCourier):
    """Says to a stub what it would say over the network.

    `mood` is what becomes of the next requests: None, a status, "lost" (the answer is), "killed"
    (before it is sent) or "killed after".
    """

    place = "langsmith here p"

    def __init__(self, stub):
        super().__init__(quiet_client("http://127.0.0.1:9", "k", None), "p", redact)
        self.stub, self.moods, self.sizes = stub, [], []

    def _ask_project(self):
        return None

    def _post(self, path, body):
        self.sizes.append(len(body))
        mood = self.moods.pop(0) if self.moods else None
        if mood == "killed":
            raise KilledError
        if isinstance(mood, Answer):
            return mood
        if isinstance(mood, int):
            return Answer(meaning(mood), mood, "as told")
        found = self.stub.answer("POST", path, {"Content-Type": "application/json"}, body)
        if mood == "killed after":
            raise KilledError
        if mood == "lost":
            return Answer("later")
        if isinstance(found, Fault):
            return Answer(meaning(found.status), found.status)
        status, _, said = found
        return Answer(meaning(status), status, str(said.get("detail", "")))


def stub_at(clock, **more):
    """Return a strict stub that lives by a clock of ours; it listens to nobody."""
    return LangSmithStub(now=lambda: datetime.fromtimestamp(clock.now / 1e9, UTC), **more)


class Torn(Outbox):
    """The outbox of a process that is killed: it tidies nothing up."""

    def let_go(self, trace):
        pass

    def close(self):
        self._connection.close()


@contextmanager
def line(path, courier, clock, *, owner="one", older="shift", share=1.0, jitter=1.0, kind=Outbox):
    """Open an export's parts: what gathers and what delivers."""
    with Store(path) as store:
        outbox = kind(path, courier.place, owner)
        try:
            gathering = Gathering(store, outbox, share=share, unfinished=LATE, apart=False)
            yield (
                gathering,
                Delivery(
                    store=store,
                    outbox=outbox,
                    courier=courier,
                    clock=clock,
                    jitter=lambda: jitter,
                    redact=redact,
                    older=older,
                ),
            )
        finally:
            outbox.close()


def drive(delivery, clock, most=500):
    """Run rounds, moving the clock to when each says to come again, until nothing waits."""
    rounds = []
    for _ in range(most):
        rounds.append(delivery.round())
        if rounds[-1].again is None:
            return rounds
        clock.now = max(clock.now, rounds[-1].again)
    raise AssertionError(f"still waiting after {most} rounds: {rounds[-1]}")


def fill(path, *traces, **more):
    with Store(path) as store:
        return [write_trace(store, name, **more) for name in traces]


def is_poison(said):
    return said.get("name") == "poison"


def recorded_in(path):
    """Return the ids of all spans of a store."""
    with Store(path) as store:
        return {span.id for trace in store.traces() for span in store.spans(trace.id)}


def export(path, courier, clock, **more):
    with line(path, courier, clock, **more) as (gathering, delivery):
        gathering.since(0, clock())
        rounds = drive(delivery, clock)
        return rounds, delivery.outbox.counts()
