"""Draw a compiled graph as a tree of ways: where each node goes, and on what word."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from langgraph.graph import END, START
from langgraph.graph.state import CompiledStateGraph
from rich.text import Text
from rich.tree import Tree

Ways = Mapping[str, Mapping[str, Sequence[str]]]
"""For each node its targets, and for each target the words that lead there."""

_NAMES = {START: "start", END: "end"}


def drawing_of(app: CompiledStateGraph[Any, Any, Any, Any], title: str) -> Tree:
    """Return a graph as a tree; nodes that differ in name only are drawn as one.

    Each node stands where it is nearest to the start, with its other ways behind its name.
    """
    ways = ways_of(app)
    inside = {
        name: ways_of(graph)
        for name, graph in app.get_subgraphs()
        if isinstance(graph, CompiledStateGraph)
    }
    tree = Tree(Text(title, style="bold"), guide_style="dim")
    _Drawing(ways, inside).add(tree, Text(), [START])
    return tree


def ways_of(app: CompiledStateGraph[Any, Any, Any, Any]) -> Ways:
    """Return where each node of a graph can go, and on what words."""
    ways: dict[str, dict[str, list[str]]] = {}
    for source, target in sorted(app.builder.edges):
        ways.setdefault(source, {}).setdefault(target, [])
    for source, branches in app.builder.branches.items():
        for branch in branches.values():
            for word, target in (branch.ends or {}).items():
                words = ways.setdefault(source, {}).setdefault(target, [])
                if str(word) != target:
                    words.append(str(word))
    return ways


def _parents(ways: Ways) -> dict[str, str]:
    """Return for each node the one from which it is reached first."""
    parents = {START: ""}
    waiting = deque([START])
    while waiting:
        source = waiting.popleft()
        for target in ways.get(source, {}):
            if target not in parents:
                parents[target] = source
                waiting.append(target)
    return parents


class _Drawing:
    """A tree in the making."""

    def __init__(self, ways: Ways, inside: Mapping[str, Ways]) -> None:
        self._ways, self._inside, self._parents = ways, inside, _parents(ways)

    def add(self, tree: Tree, label: Text, nodes: Sequence[str]) -> None:
        """Add nodes that are alike behind a label, and below them what is reached from them."""
        label.append(_names(nodes), style="bold")
        groups = self._groups(nodes[0])
        below = [group for group in groups if self._parents[group[0][0]] == nodes[0]]
        inner = self._inside.get(nodes[0])
        if len(groups) == 1 and below and not inner:
            self.add(tree, label.append(f" {_arrow(below[0][1])}", style="dim"), below[0][0])
            return
        for targets, on in groups:
            if targets == [nodes[0]]:
                label.append("  ↺", style="dim")
            elif (targets, on) not in below:
                label.append(f"   {_arrow(on)}{_names(targets)}", style="dim")
        branch = tree.add(label)
        if inner:
            _Drawing(inner, {}).add(branch, Text().append("inside: ", style="dim"), [START])
        for targets, on in below:
            self.add(branch, Text().append(_arrow(on) if on else "", style="cyan"), targets)

    def _groups(self, node: str) -> list[tuple[list[str], Sequence[str]]]:
        """Return a node's targets; subgraphs of the same inside and the same ways together."""
        groups: list[tuple[list[str], Sequence[str]]] = []
        for target, words in self._ways.get(node, {}).items():
            for members, on in groups:
                if self._alike(members[0], target) and on == words:
                    members.append(target)
                    break
            else:
                groups.append(([target], words))
        return groups

    def _alike(self, one: str, other: str) -> bool:
        found = self._inside.get(one)
        same = found == self._inside.get(other) and self._ways.get(one) == self._ways.get(other)
        return found is not None and same


def _names(nodes: Sequence[str]) -> str:
    return ", ".join(_NAMES.get(node, node) for node in nodes)


def _arrow(words: Sequence[str]) -> str:
    return f"{'|'.join(words)} → " if words else "→ "
