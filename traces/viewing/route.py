"""The way that a run went through its graph: which nodes, how often, from which to which."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...guards.verdict import Action, severest
from ..store import Span
from .stored_trace import StoredTrace
from .tree import rung

START, END = "\0start", "\0end"  # no node of LangGraph's can be called so
NODES_SHOWN = 40
"""Nodes of one graph that a route holds at most, those it came to first."""
_DEEPEST = 4  # graphs inside of graphs
_ALIKE = 6  # nodes between the same others that are drawn one by one
_CALLS = ("model", "tool", "retriever")


@dataclass(slots=True)
class Stop:
    """A node that a run came to.

    Attributes:
        name: The node.
        visits: How often it was begun, retries not counted.
        retries: How often it was tried again.
        failed: How many of its attempts raised.
        waits: How often it waits for a person.
        trips: How often a guard tripped in it, not in a node inside of it.
        severest: The severest rung of those.
        tokens: What its model calls used, those of nodes inside of it too.
        calls: What was called in it, and how often: model calls under the model's name.
        shown: Id of the span to look at first: the first that failed, else the first.
        inside: The way through the graph inside of it, or None.
        alike: Where it stands for many nodes between the same others, their names.
    """

    name: str
    visits: int = 0
    retries: int = 0
    failed: int = 0
    waits: int = 0
    trips: int = 0
    severest: Action = "none"
    tokens: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    shown: str = ""
    inside: "Route | None" = None
    alike: Sequence[str] = ()


@dataclass(slots=True)
class Route:
    """A way through a graph.

    Attributes:
        stops: The nodes, in the order in which the run came to them first.
        ways: How often it went from one to another; `START` and `END` are nodes of these.
        left_out: How many nodes more there were.
    """

    stops: list[Stop] = field(default_factory=list)
    ways: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_out: int = 0

    def stop(self, name: str) -> Stop | None:
        """Return the stop of a name, a new one where there is room; None where there is none."""
        for found in self.stops:
            if found.name == name:
                return found
        if len(self.stops) >= NODES_SHOWN:
            return None
        self.stops.append(Stop(name))
        return self.stops[-1]


def route_of(stored: StoredTrace) -> Route | None:
    """Return the way a run went; None of what ran no node.

    A super-step's nodes lead to each of the next one's: which of several led to which is not
    recorded.
    """
    return _Reading(stored).route()


class _Reading:
    """A trace read for its nodes: what is inside of what, and what happened where."""

    def __init__(self, stored: StoredTrace) -> None:
        self._known = {span.id: span for span in stored.spans}
        self._above: dict[str, str] = {}
        self._nodes: dict[str, list[Span]] = {}
        self._calls: dict[str, list[Span]] = {}
        self._trips: dict[str, list[Action]] = {}
        for span in stored.spans:
            if _is_node(span):
                self._nodes.setdefault(self._node_above(span), []).append(span)
            elif span.kind in _CALLS and not span.hidden:
                self._calls.setdefault(self._node_above(span), []).append(span)
        for event in stored.verdicts:
            if event.data.get("outcome") == "trip" and event.span in self._known:
                place = self._known[event.span]
                node = place.id if _is_node(place) else self._node_above(place)
                self._trips.setdefault(node, []).append(rung(event.data.get("action")))

    def route(self) -> Route | None:
        route = Route()
        self._walk(route, "", 1)
        _fold(route)
        _gather(route)
        return route if route.stops else None

    def _node_above(self, span: Span) -> str:
        """Return the id of the nearest node above a span, or nothing."""
        passed: list[str] = []
        above: Span | None = span
        node = ""
        while above is not None and above.id not in passed:  # imported spans may go in a circle
            if above.id in self._above:
                node = self._above[above.id]
                break
            passed.append(above.id)
            above = self._known.get(above.parent or "")
            if above is not None and _is_node(above):
                node = above.id
                break
        self._above |= dict.fromkeys(passed, node)
        return node

    def _walk(self, route: Route, owner: str, depth: int) -> None:
        """Add what one run of a graph did, below the span that it ran in."""
        runs: dict[str, list[Span]] = {}  # by the graph that ran them
        for span in self._nodes.get(owner, ()):
            runs.setdefault(span.parent or "", []).append(span)
        for graph, spans in runs.items():
            steps = _steps(spans)
            for step in steps:
                for span in step:
                    self._visit(route, span, depth)
            above = self._known.get(graph)
            ended = {span.status for span in ([above] if above else steps[-1])} == {"ok"}
            _lead(route, steps, ended=ended)

    def _visit(self, route: Route, span: Span, depth: int) -> None:
        stop = route.stop(span.name)
        if stop is None:
            route.left_out += span.attempt == 1
            return
        stop.visits += span.attempt == 1
        stop.retries += span.attempt > 1
        stop.waits += span.status == "interrupt"
        if not stop.shown or (span.status == "error" and not stop.failed):
            stop.shown = span.id
        stop.failed += span.status == "error"
        trips = self._trips.get(span.id, [])
        stop.trips += len(trips)
        stop.severest = severest([stop.severest, *trips])
        for call in self._calls.get(span.id, ()):
            stop.calls[call.model or call.name if call.kind == "model" else call.name] += 1
            stop.tokens += call.usage.tokens_in + call.usage.tokens_out
        if span.id in self._nodes and depth < _DEEPEST:
            stop.inside = stop.inside or Route()
            before = _tokens(stop.inside)
            self._walk(stop.inside, span.id, depth + 1)
            stop.tokens += _tokens(stop.inside) - before


def _is_node(span: Span) -> bool:
    return span.kind == "node" and not span.hidden


def _lead(route: Route, steps: Sequence[Sequence[Span]], *, ended: bool) -> None:
    """Add the ways from each super-step's nodes to those of the next one."""
    known = {stop.name for stop in route.stops}
    groups: list[Mapping[str, int]] = [{START: 1}]
    for step in steps:
        group = Counter(one.name for one in step if one.attempt == 1 and one.name in known)
        groups += [group] if group else []
    for one, other in pairwise([*groups, *([{END: 1}] if ended else [])]):
        for source, left in one.items():
            for target, came in other.items():
                loose = source == START or target == END
                route.ways[source, target] += 1 if loose else max(left, came)


def _fold(route: Route) -> None:
    """Take what happened in a graph of one node for what happened in the node it is in."""
    for stop in route.stops:
        if stop.inside is None:
            continue
        _fold(stop.inside)
        first, *others = stop.inside.stops
        if others or first.inside is not None:
            continue
        stop.inside = None
        stop.calls += first.calls
        stop.trips += first.trips
        stop.severest = severest([stop.severest, first.severest])


def _gather(route: Route) -> None:
    """Let one stop stand for many that have the same before them and after them."""
    groups: dict[tuple[frozenset[tuple[str, int]], ...], list[Stop]] = {}
    for stop in route.stops:
        if stop.inside is not None:
            _gather(stop.inside)
            continue
        came = frozenset((a, n) for (a, b), n in route.ways.items() if b == stop.name)
        left = frozenset((b, n) for (a, b), n in route.ways.items() if a == stop.name)
        groups.setdefault((came, left), []).append(stop)
    for group in groups.values():
        if len(group) > _ALIKE:
            _join(route, group)


def _join(route: Route, group: Sequence[Stop]) -> None:
    names = {stop.name: f"{len(group)} nodes" for stop in group}
    one = Stop(names[group[0].name], alike=list(names))
    for stop in group:
        one.visits += stop.visits
        one.retries += stop.retries
        one.failed += stop.failed
        one.waits += stop.waits
        one.trips += stop.trips
        one.severest = severest([one.severest, stop.severest])
        one.tokens += stop.tokens
        one.calls += stop.calls
    one.shown = next((stop.shown for stop in group if stop.failed), group[0].shown)
    route.stops[route.stops.index(group[0])] = one
    route.stops = [stop for stop in route.stops if stop.name not in names]
    ways: Counter[tuple[str, str]] = Counter()
    for (source, target), times in route.ways.items():
        ways[names.get(source, source), names.get(target, target)] += times
    route.ways = ways


def _tokens(route: Route) -> int:
    return sum(stop.tokens for stop in route.stops)


def _steps(spans: Sequence[Span]) -> list[list[Span]]:
    """Return nodes by their super-steps, in order; what has none is a step of its own."""
    steps: dict[tuple[int, int], list[Span]] = {}
    for at, span in enumerate(spans):
        key = (at, 0) if span.step is None else (-1, span.step)
        steps.setdefault(key, []).append(span)
    return [steps[key] for key in sorted(steps)]
