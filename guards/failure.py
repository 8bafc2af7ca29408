"""Tell failures apart by what they call for, from an exception's type or a result's text."""

import re

from .ledger import ErrorClass

_AUTH = re.compile(
    r"\b(401|403|unauthori[sz]ed|forbidden|invalid api key|permission denied)\b", re.IGNORECASE
)
_DEPENDENCY = re.compile(
    r"\b(5\d\d (?:error|internal|bad gateway|service)|50[0234]|429|timed?[ -]?out|timeout"
    r"|connection (?:error|refused|reset|aborted)|service unavailable|rate limit\w*"
    r"|temporarily unavailable|too many requests)\b",
    re.IGNORECASE,
)
_READ = 400  # characters of a result that tell what sort of error it is

_BY_NAME: tuple[tuple[str, ErrorClass], ...] = (
    ("Cancelled", "cancelled"),
    ("Authentication", "auth"),
    ("Permission", "auth"),
    ("Unauthorized", "auth"),
    ("Forbidden", "auth"),
    ("Timeout", "dependency"),
    ("Connect", "dependency"),
    ("RateLimit", "dependency"),
    ("ServiceUnavailable", "dependency"),
    ("Network", "dependency"),
)
_MODEL_FIXABLE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
_FAULTS_OF_CODE = (NameError, NotImplementedError, ImportError, AssertionError, RecursionError)
_FILES = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError)


def classify_error(error: BaseException) -> ErrorClass:
    """Return what a failure calls for.

    `model_fixable`: other arguments may help. `dependency`: the service behind the tool is at
    fault, and so, by default, is what nobody can place. `auth`: no retry will help. `cancelled`:
    nobody is at fault.
    """
    names = [cls.__name__ for cls in type(error).__mro__]
    if "ToolException" in names or "ToolInvocationError" in names or isinstance(error, _FILES):
        return "model_fixable"
    status = _status(error)
    if status is not None:
        return _by_status(status)
    for part, found in _BY_NAME:
        if any(part in name for name in names):
            return found
    if isinstance(error, _MODEL_FIXABLE) or is_fault_of_code(error):
        return "model_fixable"
    return "dependency"


def is_fault_of_code(error: BaseException) -> bool:
    """Return whether an exception says that the tool itself is wrong, not its service.

    It counts against no breaker, and no retry will mend it.
    """
    return isinstance(error, _FAULTS_OF_CODE)


def classify_text(text: str) -> ErrorClass:
    """Return what a failed result calls for, by its first 400 characters."""
    head = text[:_READ]
    if _AUTH.search(head):
        return "auth"
    if _DEPENDENCY.search(head):
        return "dependency"
    return "model_fixable"


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    for holder in (error, response):
        for name in ("status_code", "status", "code"):
            found = getattr(holder, name, None)
            if isinstance(found, int) and 400 <= found < 600:
                return found
    return None


def _by_status(status: int) -> ErrorClass:
    if status in (401, 403, 407):
        return "auth"
    if status >= 500 or status in (408, 425, 429):
        return "dependency"
    return "model_fixable"
