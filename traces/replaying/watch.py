"""Watch the way a run takes through its graph."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langgraph.errors import GraphInterrupt

from .place import Place, place_of


class Visit(NamedTuple):
    """A node that ran.

    Attributes:
        step: Its super-step.
        node: Its name.
        namespace: The checkpoint namespace it ran in, without task ids; its own name last.
    """

    step: int
    node: str
    namespace: str


class Question(NamedTuple):
    """An interrupt that was asked.

    Attributes:
        id: Its id, new in every run.
        namespace: The checkpoint namespace of the node that asked, without task ids.
        path: LangGraph's path of its task.
    """

    id: str
    namespace: str
    path: str


class Watch(BaseCallbackHandler):
    """Notes each node that runs, and knows for each run the super-step of the outermost graph."""

    run_inline = True  # else an async graph would call it late, from another thread

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self.questions: list[Question] = []
        self._places: dict[str, Place] = {}
        self._tools: dict[int, list[str]] = {}
        self._steps: dict[str, int] = {}
        self._nodes: set[str] = set()

    def step_of(self, place: Place) -> int | None:
        """Return the super-step of the outermost graph in which a place lies, if in any."""
        return self._steps.get(place.run, place.step)

    def path(self) -> tuple[str, ...]:
        """Return the super-steps: nodes side by side joined, with the tools they ran."""
        nodes: dict[int, list[str]] = {}
        for visit in outermost(self.visits):
            nodes.setdefault(visit.step, []).append(visit.node)
        return tuple(
            _step_text(sorted(names), sorted(self._tools.get(step, ())))
            for step, names in nodes.items()
        )

    def on_chain_start(
        self,
        serialized: Any,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: Sequence[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Note a node."""
        self._started(str(run_id), parent_run_id, metadata)
        if any(tag.startswith("graph:step:") for tag in tags or ()):
            place = self._places[str(run_id)] = place_of(metadata or {})
            self.visits.append(Visit(place.step or 0, place.node, place.namespace))

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Note the questions that a node asked."""
        place = self._places.get(str(run_id))
        if place is None or not isinstance(error, GraphInterrupt) or not error.args:
            return
        known = {question.id for question in self.questions}
        self.questions += [
            Question(each.id, place.namespace, place.path)
            for each in error.args[0]
            if each.id not in known  # the innermost node tells first
        ]

    def on_tool_start(
        self,
        serialized: Any,
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Note a tool."""
        self._started(str(run_id), parent_run_id, metadata)
        step = self._steps.get(str(run_id))
        if step is not None:
            name = str((serialized or {}).get("name") or kwargs.get("name") or "")
            self._tools.setdefault(step, []).append(name)

    def on_chat_model_start(
        self,
        serialized: Any,
        messages: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Learn where a model is called."""
        self._started(str(run_id), parent_run_id, metadata)

    def _started(self, run: str, parent: UUID | None, metadata: Mapping[str, Any] | None) -> None:
        outer = self._steps.get(str(parent))
        step = outer if outer is not None else (metadata or {}).get("langgraph_step")
        if isinstance(step, int):
            self._steps[run] = step


def outermost(visits: Iterable[Visit]) -> list[Visit]:
    """Return the nodes of the outermost graph that are somebody's: not LangGraph's start."""
    return [each for each in visits if "|" not in each.namespace and each.node != "__start__"]


def path_of(visits: Iterable[Visit]) -> list[str]:
    """Return the nodes of the outermost graph; those of one super-step by their names."""
    found = groupby(outermost(visits), key=lambda visit: visit.step)
    return [name for _, group in found for name in sorted(visit.node for visit in group)]


def _step_text(nodes: Sequence[str], tools: Sequence[str]) -> str:
    counted = [f"{name} x{nodes.count(name)}" if nodes.count(name) > 1 else name for name in nodes]
    text = " + ".join(dict.fromkeys(counted))
    return f"{text} [{', '.join(tools)}]" if tools else text
