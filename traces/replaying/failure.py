"""Exceptions, written down so that whoever catches one by its class catches it again."""

from collections.abc import Mapping
from typing import Any, TypedDict

from ..store.classes import class_at, module_of

_LONGEST = 20_000  # characters kept of one argument
_PLAIN = (str, int, float, bool, type(None))


class Failure(TypedDict):
    """An exception as plain data.

    Attributes:
        classes: Its class and those it inherits from, each as module and qualified name.
        args: Its arguments, as far as they are plain data; the others as text.
        fields: Its plain attributes.
        response: Status and headers of the HTTP response that it carries, or None.
        text: What it says.
    """

    classes: list[list[str]]
    args: list[Any]
    fields: dict[str, Any]
    response: dict[str, Any] | None
    text: str


def failure_of(error: BaseException) -> Failure:
    """Write an exception down."""
    fields = {
        name: value
        for name, value in getattr(error, "__dict__", {}).items()
        if _is_plain(value) and not name.startswith("__")
    }
    return Failure(
        classes=[[module_of(each), each.__qualname__] for each in type(error).__mro__[:-2]],
        args=[each if _is_plain(each) else str(each)[:_LONGEST] for each in error.args],
        fields=fields,
        response=_response_of(getattr(error, "response", None)),
        text=str(error)[:_LONGEST],
    )


def rebuilt(failure: Failure) -> BaseException:
    """Make the exception again, of the nearest of its classes that this process has loaded.

    Nothing is imported and no constructor of the user's runs: who catches a class has it loaded,
    and constructors ask for things that were not kept.
    """
    error = _made(failure)
    for name, value in failure["fields"].items():
        _set(error, name, value)
    if failure["response"] is not None:
        _set(error, "response", _response_again(failure["response"]))
    return error


def _made(failure: Failure) -> BaseException:
    args = tuple(failure["args"])
    for module, qualified in failure["classes"]:
        kind = _class(module, qualified)
        try:
            error = kind.__new__(kind, *args) if kind else None
        except TypeError:  # a class that only its own library can make
            error = None
        if error is not None:
            same = [module, qualified] == failure["classes"][0]
            error.args = args if same else (failure["text"],)
            return error
    return RuntimeError(failure["text"])


def _is_plain(value: Any, depth: int = 3) -> bool:
    if isinstance(value, _PLAIN):
        return not isinstance(value, str) or len(value) <= _LONGEST
    if depth and isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(value[key], depth - 1) for key in value)
    return bool(depth) and isinstance(value, list) and all(_is_plain(x, depth - 1) for x in value)


def _response_of(response: Any) -> dict[str, Any] | None:
    """Keep of a response what code that waits and tries again reads."""
    status, headers = getattr(response, "status_code", None), getattr(response, "headers", None)
    if not isinstance(status, int) or not isinstance(headers, Mapping):
        return None
    kept = {str(name): str(headers[name]) for name in headers if _tells_of_waiting(str(name))}
    return {"status_code": status, "headers": kept}


def _tells_of_waiting(header: str) -> bool:
    name = header.lower()
    return name.startswith(("retry-after", "x-ratelimit", "x-should-retry", "date"))


def _response_again(kept: Mapping[str, Any]) -> Any:
    import httpx

    request = httpx.Request("POST", "http://replayed.invalid")
    return httpx.Response(kept["status_code"], headers=kept["headers"], request=request)


def _class(module: str, qualified: str) -> type[BaseException] | None:
    found = class_at(module, qualified)
    return found if found is not None and issubclass(found, BaseException) else None


def _set(error: BaseException, name: str, value: Any) -> None:
    try:
        setattr(error, name, value)
    except AttributeError:  # it is made from others
        return
