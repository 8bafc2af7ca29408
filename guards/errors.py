"""What Holdfast raises, as a tree.

HoldfastError
├── GuardConfigError(ValueError)       a guard, a fact or a graph was set up wrongly
├── ContractError(ValueError)          a node wrote what the typed state does not allow
├── MessageError(ValueError)           an item in a list of messages is no message
├── NoCheckpointerError(RuntimeError)  a person was to be asked in a graph that cannot wait
├── QuestionError(LookupError)         there is no such question to answer, or several
├── AnsweredError(RuntimeError)        somebody has answered the question before
├── BackendError(ConnectionError)       a backend cannot be reached, or holds what it should not
├── BreakerOpenError(RuntimeError)     a dependency is not called for the time being
├── RepairError(ValueError)            a model's text holds no value that can be handed on
├── RewindError(LookupError)           there is no checkpoint before a loop to go back to
├── ThreadMismatchError(ValueError)    a stored thread does not fit the graph that goes on
├── ThreadHeldError(RuntimeError)      another run holds the thread
├── LeaseLostError(RuntimeError)       a run that lost its thread wanted to write to it
├── AuditInputError(ValueError)        a file of recorded runs holds nothing readable
└── ScriptError(AssertionError)        a scripted model was asked for what its script lacks

A tripped guard is never one of these: it is a verdict, and the graph goes on. Only where a breaker
wraps a call outside of a graph's nodes is there nobody to give a verdict to.
"""

from collections.abc import Sequence


class HoldfastError(Exception):
    """The base of everything Holdfast raises."""


class GuardConfigError(HoldfastError, ValueError):
    """A guard, a tool's facts or a graph was set up in a way that cannot work."""


class ContractError(HoldfastError, ValueError):
    """A node's update, or its choice of the next node, breaks the graph's typed contract."""


class MessageError(HoldfastError, ValueError):
    """An item in a list of messages is no message."""


class NoCheckpointerError(HoldfastError, RuntimeError):
    """A person was to be asked, but the graph has no checkpointer to wait with."""


class QuestionError(HoldfastError, LookupError):
    """There is no such question to answer, or it is not said which of several.

    Attributes:
        interrupt_id: The question that was named, or None.
        open_ids: Those that are open.
    """

    def __init__(self, reason: str, interrupt_id: str | None, open_ids: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.interrupt_id = interrupt_id
        self.open_ids = open_ids


class WrongAnswerError(HoldfastError, ValueError):
    """An answer does not fit its question, which is open as before; it says why on one line.

    Attributes:
        interrupt_ids: The questions that were answered.
    """

    def __init__(self, reason: str, interrupt_ids: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.interrupt_ids = interrupt_ids


class AnsweredError(HoldfastError, RuntimeError):
    """Somebody has answered the question before.

    Attributes:
        interrupt_id: The question, or None where the thread has gone on and none was named.
    """

    def __init__(self, reason: str, interrupt_id: str | None) -> None:
        super().__init__(reason)
        self.interrupt_id = interrupt_id


class BackendError(HoldfastError, ConnectionError):
    """A backend that breakers share cannot be reached, or holds what they did not write."""


class BreakerOpenError(HoldfastError, RuntimeError):
    """A dependency is not called for the time being.

    Attributes:
        dependency: Which one.
        retry_after_seconds: How long until a call may be tried; None: until somebody resets it.
    """

    def __init__(self, dependency: str, retry_after_seconds: float | None, reason: str) -> None:
        super().__init__(reason)
        self.dependency = dependency
        self.retry_after_seconds = retry_after_seconds


class RewindError(HoldfastError, LookupError):
    """A run cannot be taken back to before a loop."""


class ThreadMismatchError(HoldfastError, ValueError):
    """A stored thread does not fit the graph that is to go on with it.

    Attributes:
        thread: Which thread.
        was: Fingerprint of the graph that wrote it last, or empty when nobody noted it.
        now: Fingerprint of the graph that was to go on.
        faults: What does not fit, a sentence each.
    """

    def __init__(self, thread: str, was: str, now: str, faults: Sequence[str]) -> None:
        super().__init__(
            f"thread {thread!r} was written by another graph ({was or 'unknown'}; this is {now}) "
            f"and cannot go on: {'; '.join(faults)}. Bring it up to date with "
            f"migrations={{{was!r}: upgrade}}, where upgrade(values) returns the values as they "
            "should be, or a Command(update=values, goto=node); or go on with the old graph"
        )
        self.thread, self.was, self.now, self.faults = thread, was, now, list(faults)


class ThreadHeldError(HoldfastError, RuntimeError):
    """Another run holds the thread.

    Attributes:
        thread: Which thread.
        holder: Who holds it, as far as is known: `pid 12 on host, since ...`; or empty.
    """

    def __init__(self, thread: str, holder: str, waited: float) -> None:
        by = f" by {holder}" if holder else ""
        super().__init__(
            f"thread {thread!r} is held{by}, and was not given up within {waited:g} s: let that "
            "run end, or wait longer, lease(..., wait=seconds)"
        )
        self.thread, self.holder = thread, holder


class LeaseLostError(HoldfastError, RuntimeError):
    """A run that no longer holds its thread wanted to write to it; nothing was written."""


class AuditInputError(HoldfastError, ValueError):
    """No readable run was found where recorded runs were promised."""


class ScriptError(HoldfastError, AssertionError):
    """A scripted model was asked for something its script does not hold."""


class DurabilityWarning(UserWarning):
    """A run would lose more than it need, should its process or its database go down."""
