"""A `StateGraph` in which a wrong update or an unknown next node is an error, where it is made."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Self

from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
from langgraph.errors import ParentCommand
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.pregel import Pregel

from .compiled import CheckedApp, Terms
from .contracts import Contract, check_goto, check_output, check_route
from .migrating import Migrations, check_migrations
from .sends import check_sends


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
        self._own = own
        self._inputs: dict[type, Contract] = {state_schema: self.contract}
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

    def compile(
        self, *args: Any, migrations: Migrations = None, **kwargs: Any
    ) -> CompiledStateGraph[Any, Any, Any, Any]:
        """Compile the graph; its input is checked as an update is, its threads as `check_thread`.

        Args:
            *args: As for `StateGraph`.
            migrations: How threads of older graphs are brought up to date; see `check_thread`.
            **kwargs: As for `StateGraph`.
        """
        check_migrations("compile", migrations)
        app = super().compile(*args, **kwargs)
        app.nodes[START] = app.nodes[START].copy({"bound": _Input(self._checked_input)})
        parts = {key: value for key, value in vars(app).items() if key != "__orig_class__"}
        return CheckedApp(terms=Terms(migrations), **parts)

    def checked_update(self, values: Any, writer: str = "update_state") -> Any:
        """Return values that are written from outside, checked as a node's update."""
        if not isinstance(values, Mapping):
            return values
        return self.contract.checked(writer, values, frozenset(self.channels))

    def _checked_input(self, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        known = {key: given[key] for key in given if key in self.channels}
        return {**given, **self.contract.checked("the input", known, frozenset(known))}

    def _output_check(self, name: str, runnable: Any) -> Callable[[Any], Any]:
        is_graph = isinstance(runnable, Pregel)

        def check(output: Any) -> Any:
            channels = frozenset(self.channels)
            if is_graph and isinstance(output, Mapping):
                # a subgraph gives back its whole state; what is no business of ours falls away
                output = {key: output[key] for key in output if key in channels}
            writer = f"node {name!r}"
            checked = check_output(self.contract, writer, output, channels, self._targets())
            check_sends(writer, checked, self._input_of)
            return checked

        return check

    def _route_check(
        self, source: str, ends: Mapping[Hashable, str] | None
    ) -> Callable[[Any], Any]:
        def check(chosen: Any) -> Any:
            writer = f"the conditional edge out of {source!r}"
            if ends is not None:
                check_route(writer, chosen, ends, self._targets())
            else:
                check_goto(writer, chosen, self._targets())
            check_sends(writer, chosen, self._input_of)
            return chosen

        return check

    def _input_of(self, node: str) -> Contract | None:
        """Return what a node takes where it is sent something."""
        schema = self.nodes[node].input_schema if node in self.nodes else None
        if not isinstance(schema, type):
            return None
        if schema not in self._inputs:
            self._inputs[schema] = Contract(schema, self._own)
        return self._inputs[schema]

    def _targets(self) -> frozenset[str]:
        return frozenset([*self.nodes, END])


class _Input(Runnable[Any, Any]):
    """The check of a graph's input, without a trace of its own."""

    def __init__(self, check: Callable[[Any], Any]) -> None:
        self._check = check

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's name
        return self._check(input)


class _Checked(RunnableLambda[Any, Any]):
    """A runnable and the check of what it returns, without a trace of its own.

    A `RunnableLambda`, since in the `deps` of one LangGraph looks for the subgraph in a node; a
    sequence it would take apart.
    """

    def __init__(self, bound: Any, check: Callable[[Any], Any]) -> None:
        self._bound, self._check = bound, check
        # LangGraph gives a time limit to nodes alone that are async throughout
        afunc = {"afunc": self.ainvoke} if _is_async(bound) else {}
        super().__init__(self.invoke, **afunc, name=getattr(bound, "name", None))

    @property
    def deps(self) -> list[Runnable[Any, Any]]:
        """What is in it."""
        return [self._bound]

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's name
        try:
            output = self._bound.invoke(input, config, **kwargs)
        except ParentCommand as error:
            raise self._checked_command(error, config) from None
        return self._check(output)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's name
        try:
            output = await self._bound.ainvoke(input, config, **kwargs)
        except ParentCommand as error:
            raise self._checked_command(error, config) from None
        return self._check(output)

    def _checked_command(
        self, error: ParentCommand, config: RunnableConfig | None
    ) -> ParentCommand:
        """Return what a subgraph wants of this graph, checked; of another graph, as it is."""
        command = error.args[0]
        place = str(((config or {}).get("configurable") or {}).get("checkpoint_ns", ""))
        parts = [part for part in place.split("|") if not part.isdigit()]
        if command.graph not in ("|".join(parts), "|".join(part.split(":")[0] for part in parts)):
            return error
        checked = self._check(replace(command, graph=None))
        return ParentCommand(replace(checked, graph=command.graph))


def _is_async(bound: Any) -> bool:
    """Return whether a runnable is async itself, not by way of a thread."""
    afunc = getattr(bound, "afunc", None)
    if afunc is None and hasattr(bound, "func"):
        return False
    return not isinstance(afunc, partial)
