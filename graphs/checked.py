"""A `StateGraph` in which a wrong update or an unknown next node is an error, where it is made."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Self

from langchain_core.runnables import RunnableConfig, RunnableLambda, RunnableSequence
from langgraph.graph import END, StateGraph
from langgraph.pregel import Pregel

from .contracts import Contract, check_goto, check_output, check_route


class CheckedStateGraph(StateGraph[Any, Any, Any, Any]):
    """A `StateGraph` that checks what nodes write, and where they go, against the typed state.

    A drop-in for `StateGraph`: nodes, edges and `compile` are LangGraph's own. The check costs
    some microseconds a node and the validation of the fields that it writes.
    """

    def __init__(
        self, state_schema: type, *args: Any, own: frozenset[str] = frozenset(), **kwargs: Any
    ) -> None:
        """Begin a graph; the arguments are those of `StateGraph`.

        Args:
            state_schema: A Pydantic model, a TypedDict or a dataclass.
            *args: As for `StateGraph`.
            own: Fields whose values are not checked, since only Holdfast writes them.
            **kwargs: As for `StateGraph`.
        """
        self.contract = Contract(state_schema, own)
        super().__init__(state_schema, *args, **kwargs)

    def add_node(self, node: Any, action: Any = None, **kwargs: Any) -> Self:
        """Add a node whose output is checked; the arguments are those of `StateGraph`."""
        before = set(self.nodes)
        super().add_node(node, action, **kwargs)
        for name in set(self.nodes) - before:
            spec = self.nodes[name]
            spec.runnable = _Checked(spec.runnable, self._output_check(name, spec.runnable))
        return self

    def add_conditional_edges(
        self,
        source: str,
        path: Any,
        path_map: dict[Hashable, str] | list[str] | None = None,
    ) -> Self:
        """Add edges whose choice is checked; the arguments are those of `StateGraph`."""
        before = set(self.branches[source])
        super().add_conditional_edges(source, path, path_map)
        for name in set(self.branches[source]) - before:
            spec = self.branches[source][name]
            route = _Checked(spec.path, self._route_check(source, spec.ends))
            self.branches[source][name] = spec._replace(path=route)
        return self

    def _output_check(self, name: str, runnable: Any) -> Callable[[Any], Any]:
        is_graph = isinstance(runnable, Pregel)

        def check(output: Any) -> Any:
            channels = frozenset(self.channels)
            if is_graph and isinstance(output, Mapping):
                # a subgraph gives back its whole state; what is no business of ours falls away
                output = {key: output[key] for key in output if key in channels}
            writer = f"node {name!r}"
            return check_output(self.contract, writer, output, channels, self._targets())

        return check

    def _route_check(
        self, source: str, ends: Mapping[Hashable, str] | None
    ) -> Callable[[Any], Any]:
        def check(chosen: Any) -> Any:
            writer = f"the conditional edge out of {source!r}"
            if ends is not None:
                check_route(writer, chosen, ends)
            else:
                check_goto(writer, chosen, self._targets())
            return chosen

        return check

    def _targets(self) -> frozenset[str]:
        return frozenset([*self.nodes, END])


class _Checked(RunnableSequence[Any, Any]):
    """A runnable and the check of what it returns, without a trace of its own.

    A sequence, since that is where LangGraph looks for the subgraph in a node.
    """

    def __init__(self, bound: Any, check: Callable[[Any], Any]) -> None:
        super().__init__(bound, RunnableLambda(check), name=getattr(bound, "name", None))

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's name
        return self.last.func(self.first.invoke(input, config, **kwargs))  # type: ignore[attr-defined]

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's name
        return self.last.func(await self.first.ainvoke(input, config, **kwargs))  # type: ignore[attr-defined]
