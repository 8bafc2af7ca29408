"""What the end of a call tells a breaker."""

from .breaker import Breaker
from .circuit import Event
from .failure import classify_error, classify_text
from .ledger import ErrorClass
from .retry_after import retry_after_of

_REFUSED = {"ModelAuthenticationError", "ModelPermissionDeniedError", "ModelNotFoundError"}


def failed_event(error: BaseException, kind: ErrorClass, now: float) -> Event:
    """Return what an exception tells a breaker: its type is named, its text is not.

    Args:
        error: What the call raised.
        kind: What sort of failure that is.
        now: Unix time in seconds, for a rest that the service asked for.
    """
    if kind not in ("dependency", "auth"):
        return Event("neutral")
    return Event(
        "failure",
        at_once=kind == "auth",
        retry_after_seconds=retry_after_of(error, now),
        why=type(error).__name__,
    )


def result_event(breaker: Breaker, text: str, *, failed: bool) -> Event:
    """Return what a result tells a breaker.

    Args:
        breaker: Whose `is_failure` looks through disguises.
        text: The result as the model gets it.
        failed: Whether the result says that it is an error.
    """
    if failed:
        kind = classify_text(text)
        if kind not in ("dependency", "auth"):
            return Event("neutral")
        return Event("failure", at_once=kind == "auth", why="a result that reports a failure")
    if breaker.is_failure is not None and breaker.is_failure(text):
        return Event("failure", why="a result that is a failure in disguise")
    return Event("success")


def classify_tool_error(error: BaseException) -> ErrorClass:
    """Return what a tool's failure calls for; of what is no `Exception`, nobody is at fault."""
    return classify_error(error) if isinstance(error, Exception) else "cancelled"


def classify_model_error(error: BaseException) -> ErrorClass:
    """Return what a failure of a model calls for.

    LangChain's `ModelError` says it itself, and is known here by its name. A model that does not
    exist is as lost as one that refuses the key: no retry will help.
    """
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & _REFUSED:
        return "auth"
    if "ModelError" in names:
        return "dependency" if getattr(error, "is_retryable", False) else "model_fixable"
    return classify_tool_error(error)
