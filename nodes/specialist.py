"""A specialist: one worker of a team, with its own tools, prompt and typed result."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langgraph.pregel import Pregel

from ..guards.errors import GuardConfigError
from .compaction import Compaction, check_compaction
from .fetching import FETCH, fetch_tool
from .specs import as_tools

_NAME = re.compile(r"[^\s<>/\\|:]{1,64}")  # what OpenAI takes as the name of a message
_RESERVED = ("supervisor", "guard", "human", "wrap_up", "finish", "begin", "compact")


@dataclass(frozen=True)
class Specialist:
    """A worker that a supervisor hands tasks to.

    It runs as a subgraph of its own: it is given the task, the state fields named in `reads`, and
    what is done already; and it hands up only what is new.

    Attributes:
        name: Its name, by which the supervisor calls it.
        model: A LangChain chat model that can call tools, or any compiled graph that keeps
            `messages` (a `create_agent`, say).
        tools: LangChain tools, or functions with a docstring; for a model only.
        prompt: What it is for and how it works; for a model only.
        returns: The type of its result: a Pydantic model, or any annotation. None: of the field
            named in `into`, else its result is text.
        into: The state field that its result is written to, as plain JSON.
        reads: State fields that it is shown, as JSON.
        description: What the supervisor is told of it; empty: the prompt's first line.
        attempts: How often it is asked again for a result that cannot be read, 0 or more.
        compaction: How long its conversation may grow; None: as its team's setting says. With it
            the model has the tool `fetch_result`; for a model only.

    Raises:
        GuardConfigError: The settings do not go together.
    """

    name: str
    model: BaseChatModel | Runnable[Any, Any]
    tools: Sequence[Any] = ()
    prompt: str = ""
    returns: Any = None
    into: str | None = None
    reads: Sequence[str] = ()
    description: str = ""
    attempts: int = 2
    compaction: Compaction | None = None
    taken: list[BaseTool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._check_name()
        if isinstance(self.reads, str):
            raise self._wrong(f"reads={self.reads!r}", f"give a tuple, ({self.reads!r},)")
        if not isinstance(self.attempts, int) or self.attempts < 0:
            raise self._wrong(f"attempts={self.attempts!r}", "use 0 or more")
        if self.compaction is not None:
            check_compaction(f"specialist {self.name!r}: Specialist", self.compaction)
        if self.is_graph and (self.tools or self.prompt or self.compaction):
            given = "tools, prompt or compaction beside a compiled graph"
            raise self._wrong(given, "give them to the graph itself")
        if self.is_graph and "messages" not in self.model.get_input_jsonschema().get(
            "properties", {}
        ):
            raise self._wrong("a graph without 'messages' in its input", "add that channel")
        if not self.is_graph and not isinstance(self.model, BaseChatModel):
            raise self._wrong(
                f"model={type(self.model).__name__}", "give a chat model or a compiled graph"
            )
        taken = as_tools(self.tools)
        has_own = any(tool.name == FETCH for tool in taken)
        more = [fetch_tool()] if self.compaction and not has_own else []
        object.__setattr__(self, "taken", [*taken, *more])

    @property
    def is_graph(self) -> bool:
        """Whether a compiled graph does its work."""
        return isinstance(self.model, Pregel)

    @property
    def about(self) -> str:
        """What the supervisor is told of it."""
        return self.description or self.prompt.strip().split("\n")[0]

    def _check_name(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise GuardConfigError(f"Specialist(name={self.name!r}): give it a name")
        if self.name in _RESERVED or self.name.startswith("__") or set(self.name) & set("|:"):
            raise self._wrong(
                "this name", f"use one without '|' and ':', other than {', '.join(_RESERVED)}"
            )
        if not _NAME.fullmatch(self.name):
            raise self._wrong(
                "this name",
                "it names messages, and providers refuse white space, < > / \\ and more than 64 "
                f"characters there; use {_plain(self.name)!r}, say",
            )

    def _wrong(self, given: str, cure: str) -> GuardConfigError:
        return GuardConfigError(f"specialist {self.name!r}: {given} cannot be; {cure}")


def _plain(name: str) -> str:
    """Return a name like another, in letters, digits and underscores."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:64] or "worker"
