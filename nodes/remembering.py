"""Put what must not be forgotten into a prompt: pins, what is done, pinned fields of the state."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from langchain_core.messages import SystemMessage

from ..guards.errors import GuardConfigError, MessageError
from ..guards.ledger import Source
from ..guards.message import read_message
from ..guards.pins import Pinned, Pins, pin, request
from ..guards.remembered import remembered
from ..guards.schema import nearest
from ..guards.settings import shown
from .reading import read
from .result import adapter_of

_FIELD_SHOWN = 1_500  # characters of a pinned field


def with_memory(
    messages: Sequence[Any], state: Any, *, actor: str = "", pinned: Sequence[str] = ()
) -> list[Any]:
    """Return a prompt that says what must not be forgotten, at the end of its system message.

    Args:
        messages: The prompt; it is left as it is where there is nothing to say.
        state: The graph's state, with `pins` and `ledger` among its fields or without.
        actor: The specialist that is asked; empty: somebody who leads or works alone.
        pinned: State fields that are shown beside the pins. Where the state is a dict, one that it
            lacks is taken for one that nobody has written yet.

    Raises:
        MessageError: The prompt is no list.
        GuardConfigError: A pinned field is none of the state's.

    >>> with_memory([], {"pins": {"goal": "Get me to Lisbon."}})[0].text.splitlines()[2]
    'Get me to Lisbon.'
    """
    _check_shown(messages, state, pinned)
    text = memory_of(state, actor=actor, pinned=pinned)
    return with_system(messages, text) if text else list(messages)


def _check_shown(messages: Any, state: Any, pinned: Any) -> None:
    if isinstance(messages, str) or not isinstance(messages, Sequence):
        raise MessageError(
            f"with_memory(messages={shown(messages)}): give a list of messages, [HumanMessage(...)]"
        )
    if isinstance(pinned, str):
        raise GuardConfigError(f"pinned={pinned!r}: give a tuple, ({pinned!r},)")
    if isinstance(state, Mapping):
        return
    if unknown := [name for name in pinned if not hasattr(state, name)]:
        fields = [name for name in getattr(state, "__dict__", {}) if not name.startswith("_")]
        raise _no_field(unknown[0], type(state).__name__, fields)


def _no_field(name: str, owner: str, fields: Sequence[str]) -> GuardConfigError:
    near = nearest(name, fields, most=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    listed = ", ".join(fields)
    return GuardConfigError(f"pinned={name!r}: {owner} has no such field; it has {listed}{hint}")


def with_system(messages: Sequence[Any], text: str) -> list[Any]:
    """Return messages with a text at the end of the first system message, or as one."""
    if not messages or getattr(messages[0], "type", "") != "system":
        return [SystemMessage(text), *messages]
    return [extended(messages[0], text), *messages[1:]]


def extended(message: Any, text: str) -> Any:
    """Return a system message with a text behind it."""
    content = message.content
    if isinstance(content, str):
        return message.model_copy(update={"content": f"{content}\n\n{text}" if content else text})
    return message.model_copy(update={"content": [*content, {"type": "text", "text": text}]})


def reminded(request: Any, state: Any) -> Any:
    """Return an agent's request with what must not be forgotten in its system message."""
    text = memory_of(state)
    if not text:
        return request
    return request.override(
        system_message=extended(request.system_message or SystemMessage(""), text)
    )


def memory_of(state: Any, *, actor: str = "", pinned: Sequence[str] = ()) -> str:
    """Return what a prompt says of what must not be forgotten; empty when that is nothing."""
    fields = pinned_fields(state, pinned)
    return remembered(read(state, "pins"), read(state, "ledger"), actor=actor, fields=fields)


def pinned_fields(state: Any, pinned: Sequence[str]) -> dict[str, str]:
    """Return the pinned fields that hold something, as text of at most 1,500 characters each."""
    found: dict[str, str] = {}
    for name in pinned:
        value = read(state, name)
        if value not in (None, "", [], {}):
            whole = isinstance(value, str) and len(value) <= _FIELD_SHOWN
            found[name] = value if whole else as_text(value, _FIELD_SHOWN)
    return found


def as_text(value: Any, most: int) -> str:
    """Return a value as JSON, cut where it is longer than it may be shown."""
    text = json.dumps(adapter_of(Any).dump_python(value, mode="json"), ensure_ascii=False)
    return text if len(text) <= most else f"{text[:most]} ... (cut)"


def pinned_names(schema: type, more: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the fields of a state that are pinned: those marked `Pinned()`, and those named.

    Raises:
        GuardConfigError: One that is named is no field.
    """
    hints = get_type_hints(schema, include_extras=True)
    if isinstance(more, str):
        raise GuardConfigError(f"pinned={more!r}: give a tuple, ({more!r},)")
    if unknown := [name for name in more if name not in hints]:
        raise _no_field(unknown[0], schema.__name__, list(hints))
    marked = [name for name, hint in hints.items() if _is_pinned(hint)]
    return tuple(dict.fromkeys([*marked, *more]))


def _is_pinned(hint: Any) -> bool:
    if get_origin(hint) is Annotated and any(isinstance(m, Pinned) for m in get_args(hint)[1:]):
        return True
    return any(map(_is_pinned, get_args(hint)))


def held_pins(pins: Sequence[str]) -> Pins:
    """Return constraints that hold in every run as an update of the pins.

    Raises:
        GuardConfigError: One is no text, or too long to be kept word for word.
    """
    if isinstance(pins, str):
        raise GuardConfigError(f"pins={pins!r}: give a list, [{pins!r}]")
    found: Pins = pin(constraint=list(pins))["pins"] if pins else Pins()
    return found


def newest_request(messages: Sequence[Any]) -> Pins:
    """Return the update that keeps the user's last request among the pins."""
    for item in reversed(messages):
        message = read_message(item)
        if message.role == "user" and not message.mark:
            return Pins(requests=[request(message.text)]) if message.text.strip() else Pins()
    return Pins()


def sources_of(state: Any) -> list[Source]:
    """Return what was seen and may be in no message: people's words, results taken out."""
    pins: Mapping[str, Any] = read(state, "pins") or {}
    archive: Mapping[str, Any] = read(state, "archive") or {}
    asked = filter(None, [pins.get("goal", ""), *pins.get("requests", ())])
    held = enumerate(pins.get("constraints", ()))
    return [
        *(Source(f"pin-{n}", text, "system") for n, text in held),
        *(Source(name, one["text"], "tool") for name, one in archive.items()),
        *(Source(f"asked-{n}", text, "user") for n, text in enumerate(asked)),
    ]
