"""Where in a graph something runs, as LangGraph's metadata say it."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ..replaying.place import path_text, without_tasks

REPLAY_OF: Final = "holdfast_replay_of"
"""Where the config of a replay says which trace it replays."""
STANDARD: Final = frozenset(
    (
        "langgraph_step", "langgraph_node", "langgraph_triggers", "langgraph_path",
        "langgraph_checkpoint_ns", "checkpoint_ns", "thread_id", "ls_integration",
        "ls_provider", "ls_model_name", "ls_model_type", "lc_versions",
        REPLAY_OF,
    )
)  # fmt: skip
"""Metadata that LangGraph and LangChain add, and that has a field of its own."""
_GRAPH_STEP: Final = "graph:step:"
_INNER_STEP: Final = "seq:step:"
_RETRY: Final = "retry:attempt:"
_HIDDEN: Final = "langsmith:hidden"


class Place(NamedTuple):
    """Where something runs.

    Attributes:
        node: The node, or empty.
        step: The super-step, or None.
        path: LangGraph's path of the task, as JSON, or empty.
        namespace: The checkpoint namespace without task ids.
        task: The namespace with them: one for each task, whatever the attempt.
    """

    node: str = ""
    step: int | None = None
    path: str = ""
    namespace: str = ""
    task: str = ""

    def cleaned(self, clean: Callable[[str], str]) -> "Place":
        """Return it as it may be written: people give nodes their names."""
        names = clean(self.node), clean(self.path), clean(self.namespace)
        if names == (self.node, self.path, self.namespace):
            return self
        return self._replace(node=names[0], path=names[1], namespace=names[2])


NOWHERE: Final = Place()


def place_of(metadata: Mapping[str, Any] | None, near: Place) -> Place:
    """Return where something with these metadata runs; most often where its parent does."""
    task = metadata.get("langgraph_checkpoint_ns") if metadata else None
    if not task or metadata is None:
        return NOWHERE if metadata is None else near
    if task == near.task:
        return near
    return Place(
        node=str(metadata.get("langgraph_node", "")),
        step=metadata.get("langgraph_step"),
        path=path_text(metadata.get("langgraph_path")),
        namespace=without_tasks(str(task)),
        task=str(task),
    )


class Tagged(NamedTuple):
    """What the tags of a span say.

    Attributes:
        is_node: Whether LangGraph began it as a node's task.
        hidden: Whether it is an inner step, anywhere and in a node.
        attempt: Which attempt of `with_retry` it is, or None.
        own: The tags that are the user's.
    """

    is_node: bool
    hidden: tuple[bool, bool]
    attempt: int | None
    own: tuple[str, ...]


def tagged(tags: Sequence[str] | None) -> Tagged:
    """Return what the tags of a span say; the same ones come with every step."""
    return _tagged(tuple(tags or ()))


@lru_cache(maxsize=2_048)
def _tagged(tags: tuple[str, ...]) -> Tagged:
    hidden = is_hidden(tags, in_node=False), is_hidden(tags, in_node=True)
    return Tagged(is_node(tags), hidden, attempt_in(tags), own_tags(tags))


def is_node(tags: Sequence[str] | None) -> bool:
    """Tell whether LangGraph began this as a node's task."""
    return any(tag.startswith(_GRAPH_STEP) for tag in tags or ())


def is_hidden(tags: Sequence[str] | None, *, in_node: bool) -> bool:
    """Tell whether this is an inner step: LangGraph's own, such as a router beside its node."""
    for tag in tags or ():
        if tag == _HIDDEN:
            return True
        if in_node and tag.startswith(_INNER_STEP) and tag != "seq:step:1":
            return True
    return False


def attempt_in(tags: Sequence[str] | None) -> int | None:
    """Return which attempt of `with_retry` this is, or None."""
    for tag in tags or ():
        if tag.startswith(_RETRY) and tag[len(_RETRY) :].isdecimal():
            return int(tag[len(_RETRY) :])
    return None


def own_tags(tags: Sequence[str] | None) -> tuple[str, ...]:
    """Return the tags that are the user's."""
    if not tags:
        return ()
    return tuple(
        tag
        for tag in tags
        if not tag.startswith((_GRAPH_STEP, _INNER_STEP, _RETRY)) and tag != _HIDDEN
    )
