"""`repair`, as it is called."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, TypeVar, overload

from .calls import read_calls
from .coerce import Extra
from .front import accepted, decoded, read
from .report import Edit, Repaired
from .stream import RepairStream, Update
from .targets import AnyObject, target_of

T = TypeVar("T")


class Repair:
    """The type of `repair`, which is its only instance: it holds nothing."""

    __slots__ = ()

    @overload
    def __call__(
        self,
        text: str | bytes,
        schema: type[T],
        *,
        allow_truncated: bool = False,
        extra: Extra = "drop",
    ) -> Repaired[T]: ...
    @overload
    def __call__(
        self,
        text: str | bytes,
        schema: Any = None,
        *,
        allow_truncated: bool = False,
        extra: Extra = "drop",
    ) -> Repaired[Any]: ...
    def __call__(
        self,
        text: str | bytes,
        schema: Any = None,
        *,
        allow_truncated: bool = False,
        extra: Extra = "drop",
    ) -> Repaired[Any]:
        """Read the text of a model as a value.

        Valid JSON that fits the schema is handed on as it is. Otherwise three layers work one
        after the other, and each says in `edits` what it changed: what surrounds the value
        (thinking, prose, code fences), how it is written (quotes, commas, brackets, comments,
        Python's literals), and what it holds (names of keys, numbers and dates in texts, choices,
        wrappers, single values for lists).

        Without a schema, several values in one text make a list; with one, the value that fits
        best is taken, the first among equals. A short text without any JSON is a string. Numbers
        that are no JSON (`NaN`, `Infinity`) are null, of two equal keys the last counts, and a
        number of more than 4,300 digits stays text.

        Args:
            text: What the model wrote; bytes in UTF-8, UTF-16 or UTF-32.
            schema: What is wanted: a Pydantic model, a typed dict, a dataclass, any annotation
                (`list[Flight]`), a JSON Schema, or None for any JSON.
            allow_truncated: Return a value that the text ends in, marked; by default it is an
                error, as half an answer is not an answer.
            extra: What to do with keys that the schema forbids: leave them out, or refuse them.
                Keys that the schema allows or ignores are its own matter.

        Raises:
            RepairError: There is no value, it is cut off, or it does not fit the schema.
            GuardConfigError: The schema is none.

        Cost: valid JSON one pass of the decoder in C and one validation; other text linear time,
        and the schema layer a few microseconds for each part of the value.

        >>> repair("Sure! ```{'a': 1, 'b': [True,],}```").value
        {'a': 1, 'b': [True]}
        """
        target = None if schema is None else target_of(schema)
        plain, edits = decoded(text)
        return read(plain, target, allow_truncated=allow_truncated, extra=extra, edits=edits)

    def arguments(
        self,
        given: str | bytes | Mapping[str, Any] | None,
        schema: Any = None,
        *,
        extra: Extra = "drop",
    ) -> Repaired[Any]:
        """Read the arguments of a tool call.

        Args:
            given: The arguments as the provider hands them over: a text, or what was parsed from
                it. None and an empty text are no arguments: `{}`.
            schema: The tool's schema, as for `repair`; None for any object.
            extra: What to do with arguments that the tool does not have.

        Raises:
            RepairError: They are no object, cut off (never allowed: half a call is not a call), or
                do not fit the schema.

        >>> repair.arguments("{'city': 'Lisbon', days: 3}").value
        {'city': 'Lisbon', 'days': 3}
        """
        target = AnyObject() if schema is None else target_of(schema)
        if isinstance(given, Mapping):
            return accepted(dict(given), target, extra=extra)
        text, edits = decoded(given or "")
        if not text.strip():
            nothing = (Edit("syntax", "no text read as no arguments", 0),)
            return accepted({}, target, extra=extra, edits=nothing)
        return read(text, target, allow_truncated=False, extra=extra, edits=edits)

    def calls(
        self,
        text: str | bytes,
        tools: Mapping[str, Any],
        *,
        allow_truncated: bool = False,
        extra: Extra = "drop",
    ) -> Repaired[Any]:
        """Read the tool calls that a model wrote as text, for providers and models that do.

        A call that is written twice in one text is one call. In a text that names no tool, an
        object is the arguments of the one tool that it fits, if it fits no other.

        Args:
            text: What the model wrote.
            tools: The schema of each tool's arguments, as for `repair`, by the tool's name.
            allow_truncated: Return the calls of a text that ends inside one, marked; the last is
                left out if it does not fit.
            extra: What to do with arguments that a tool does not have.

        Returns:
            As `value`, a list of `{"name": ..., "args": ...}`, in the order of the text; `args`
            is what the tool's schema makes of the arguments.

        Raises:
            RepairError: There is no call of these tools, the text ends inside one, or arguments
                do not fit; paths begin with the call's position and `args`.

        >>> tools = {"weather": {"type": "object", "properties": {"city": {"type": "string"}}}}
        >>> repair.calls("[weather(city='Lisbon')]", tools).value
        [{'name': 'weather', 'args': {'city': 'Lisbon'}}]
        """
        return read_calls(text, tools, allow_truncated=allow_truncated, extra=extra)

    def stream(
        self,
        chunks: Iterable[str],
        schema: Any = None,
        *,
        allow_truncated: bool = False,
        extra: Extra = "drop",
    ) -> Iterator[Update]:
        """Read a value while it is being written.

        Yields an update whenever more of the value can be relied on; the last one, after the last
        chunk, holds the whole value in `repaired`. Updates come at most once for each 1/32 that
        the text has grown. A text that is valid JSON grows steadily; in a broken one a later
        character can change how an earlier one is read.

        Raises:
            RepairError: As `repair` raises it, after the last chunk.
        """
        stream = RepairStream(schema, allow_truncated=allow_truncated, extra=extra)
        for chunk in chunks:
            if update := stream.feed(chunk):
                yield update
        yield stream.close()

    async def astream(
        self,
        chunks: AsyncIterable[str],
        schema: Any = None,
        *,
        allow_truncated: bool = False,
        extra: Extra = "drop",
    ) -> AsyncIterator[Update]:
        """Do what `stream` does with chunks that are waited for."""
        stream = RepairStream(schema, allow_truncated=allow_truncated, extra=extra)
        async for chunk in chunks:
            if update := stream.feed(chunk):
                yield update
        yield stream.close()


repair = Repair()
"""Call it, or one of its methods."""
