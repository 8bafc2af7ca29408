"""Places for the boxes of a small graph, in layers from top to bottom, and the lines between them.

Boxes are numbered in the order in which a run came to them. A line to a later one leads down, one
to an earlier one up: so the way a run went first is read downwards, whatever loops it made.
After Sugiyama's method: layers, an order in each that crosses few lines, then places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

GAP_DOWN = 46.0
_BESIDE, _BESIDE_LINE = 13.0, 5.0  # pixels of room at each side of a box and of a line
_LINE_ROOM = 12.0  # the width that a line takes where it passes a layer
_SWEEPS = 8
_STEEPER = 0.14  # pixels of room for each pixel that a line goes to a side
_TRACK = 14.0  # between two lines beside a column
_PORTS = 18.0  # between the ends of two lines at one side of a box


class Size(NamedTuple):
    """How large a box is."""

    width: float
    height: float


class Point(NamedTuple):
    """A place, from the left and from above."""

    x: float
    y: float


class Way(NamedTuple):
    """A line.

    Attributes:
        points: Its points, in its direction; it is vertical at both ends.
        note: Where words beside it stand best: at that end where fewer lines are.
        is_left: Whether they end there; else they begin there.
    """

    points: Sequence[Point]
    note: Point
    is_left: bool


@dataclass(frozen=True, slots=True)
class Laid:
    """Where everything lies.

    Attributes:
        corners: The upper left corner of each box.
        lines: The lines.
        size: How large it is in all.
    """

    corners: Sequence[Point]
    lines: Sequence[Way]
    size: Size


def laid(
    sizes: Sequence[Size], edges: Sequence[tuple[int, int]], widest: float = float("inf")
) -> Laid:
    """Return where boxes and the lines between them lie.

    Args:
        sizes: The boxes, one at least.
        edges: From which box to which other a line leads; the two differ.
        widest: How wide several boxes beside each other may be, lines that pass them aside; with
            0 all boxes stand in one column, and lines that pass them at its right.
    """
    work = _Layers(sizes, edges, widest)
    if widest > 0:
        work.order()
        work.place()
    else:
        work.stack()
    return work.result()


class _Layers:
    """Boxes, and where a long line passes, in layers; the latter are numbered after the boxes."""

    def __init__(
        self, sizes: Sequence[Size], edges: Sequence[tuple[int, int]], widest: float
    ) -> None:
        self._sizes = list(sizes)
        self._boxes = len(sizes)
        self._edges = edges
        self._layer = _layers(sizes, edges, widest)
        self._chains = [self._chain(min(edge), max(edge)) for edge in edges]
        self._rows: list[list[int]] = [[] for _ in range(max(self._layer, default=0) + 1)]
        for item, layer in enumerate(self._layer):
            self._rows[layer].append(item)
        self._near: list[tuple[list[int], list[int]]] = [([], []) for _ in self._layer]
        for chain in self._chains:
            for upper, lower in pairwise(chain):
                self._near[upper][1].append(lower)
                self._near[lower][0].append(upper)
        self._x = [0.0] * len(self._layer)

    def _chain(self, upper: int, lower: int) -> list[int]:
        """Return what a line passes from above to below; places in between are made."""
        chain = [upper]
        for layer in range(self._layer[upper] + 1, self._layer[lower]):
            chain.append(len(self._layer))
            self._layer.append(layer)
            self._sizes.append(Size(_LINE_ROOM, 0.0))
        return [*chain, lower]

    def order(self) -> None:
        """Bring each layer into an order that crosses few lines: by the middle of what is near."""
        at = {item: float(n) for row in self._rows for n, item in enumerate(row)}
        for sweep in range(_SWEEPS):
            side = sweep % 2
            for row in self._rows if side == 0 else reversed(self._rows):
                middle = {item: _mean([at[near] for near in self._near[item][side]], at[item])
                          for item in row}  # fmt: skip
                row.sort(key=middle.__getitem__)
                at |= {item: float(n) for n, item in enumerate(row)}

    def place(self) -> None:
        """Give each its middle: near the middle of its neighbours, as far as others let it."""
        for row in self._rows:
            self._set(row, [0.0] * len(row))
        for sweep in range(_SWEEPS * 2):
            sides = (0,) if sweep % 3 == 0 else (1,) if sweep % 3 == 1 else (0, 1)
            for row in self._rows if sweep % 2 == 0 else reversed(self._rows):
                wanted = [
                    _mean([self._x[near] for side in sides for near in self._near[item][side]],
                          self._x[item])
                    for item in row
                ]  # fmt: skip
                self._set(row, wanted)

    def stack(self) -> None:
        """Place all boxes in a column, and lines beside it, short ones next to it."""
        right = max(size.width for size in self._sizes) / 2 + _BESIDE
        tracks: list[set[int]] = []  # the layers that each is taken in
        for chain in sorted(self._chains, key=len):
            passed = {self._layer[item] for item in chain[1:-1]}
            if not passed:
                continue
            track = next((n for n, taken in enumerate(tracks) if not taken & passed), len(tracks))
            tracks += [set()] if track == len(tracks) else []
            tracks[track] |= passed
            for item in chain[1:-1]:
                self._x[item] = right + track * _TRACK

    def _set(self, row: Sequence[int], wanted: Sequence[float]) -> None:
        """Place a layer as near to what is wanted as the room between its items allows."""
        before = [0.0]
        for one, other in pairwise(row):
            room = (self._sizes[one].width + self._sizes[other].width) / 2
            room += sum(_BESIDE if item < self._boxes else _BESIDE_LINE for item in (one, other))
            before.append(before[-1] + room)
        free = [want - left for want, left in zip(wanted, before, strict=True)]
        for item, x, left in zip(row, _rising(free), before, strict=True):
            self._x[item] = x + left

    def result(self) -> Laid:
        """Return where all lies, the leftmost at 0."""
        left = min(x - size.width / 2 for x, size in zip(self._x, self._sizes, strict=True))
        right = max(x + size.width / 2 for x, size in zip(self._x, self._sizes, strict=True))
        self._x = [x - left for x in self._x]
        gaps = iter(self._gaps())
        tops, heights, y = [], [], 0.0
        for row in self._rows:
            tops.append(y)
            heights.append(max(self._sizes[item].height for item in row))
            y += heights[-1] + next(gaps)
        boxes = range(self._boxes)
        corners = [
            Point(self._x[n] - self._sizes[n].width / 2, tops[self._layer[n]]) for n in boxes
        ]
        ports = self._ports()
        lines = [self._line(n, ports, tops, heights) for n in range(len(self._edges))]
        return Laid(corners, lines, Size(right - left, tops[-1] + heights[-1]))

    def _gaps(self) -> list[float]:
        """Return the room below each layer: more where a line goes far to a side."""
        far = [0.0] * len(self._rows)
        for chain in self._chains:
            for upper, lower in pairwise(chain):
                layer = self._layer[upper]
                far[layer] = max(far[layer], abs(self._x[upper] - self._x[lower]))
        return [GAP_DOWN + min(each * _STEEPER, GAP_DOWN) for each in far]

    def _line(
        self,
        n: int,
        ports: Mapping[tuple[int, int], "_Port"],
        tops: Sequence[float],
        heights: Sequence[float],
    ) -> Way:
        chain, (source, target) = self._chains[n], self._edges[n]
        upper, lower = chain[0], chain[-1]
        start, end = ports[n, upper], ports[n, lower]
        layer = self._layer[upper]
        bottom = tops[layer] + self._sizes[upper].height
        points = [Point(start.x, bottom), Point(start.x, tops[layer] + heights[layer])]
        for item in chain[1:-1]:
            layer = self._layer[item]
            points.append(Point(self._x[item], tops[layer]))
            points.append(Point(self._x[item], tops[layer] + heights[layer]))
        points.append(Point(end.x, tops[self._layer[lower]]))
        down = source < target
        near = start if start.others < end.others else end
        beside = near.from_middle or (-1 if down else 1)
        note = Point(near.x + (6 if beside > 0 else -6), bottom + 19)
        if near is end:
            note = note._replace(y=points[-1].y - 12)
        return Way(points if down else points[::-1], note, is_left=beside < 0)

    def _ports(self) -> dict[tuple[int, int], "_Port"]:
        """Return where each line touches its upper and its lower box."""
        sides: dict[tuple[int, bool], list[tuple[float, bool, int]]] = {}
        for n, (chain, (source, target)) in enumerate(zip(self._chains, self._edges, strict=True)):
            leads_up = source > target
            sides.setdefault((chain[0], False), []).append((self._x[chain[1]], leads_up, n))
            sides.setdefault((chain[-1], True), []).append((self._x[chain[-2]], leads_up, n))
        ports = {}
        for (item, _), ends in sides.items():
            room = min(_PORTS, (self._sizes[item].width - 16) / max(len(ends) - 1, 1))
            for place, (_, _, n) in enumerate(sorted(ends)):
                away = place - (len(ends) - 1) / 2
                x = self._x[item] + away * max(room, 0.0)
                ports[n, item] = _Port(x, len(ends) - 1, away)
        return ports


class _Port(NamedTuple):
    """Where a line touches a box: from the left, how many others do, how far off the middle."""

    x: float
    others: int
    from_middle: float


def _layers(sizes: Sequence[Size], edges: Sequence[tuple[int, int]], widest: float) -> list[int]:
    """Return the layer of each box: below all from which a line leads down to it.

    What has no room beside the others of its layer goes to one further down.
    """
    layers = [0] * len(sizes)
    taken: dict[int, float] = {}
    above: dict[int, list[int]] = {}
    for one, other in edges:
        above.setdefault(max(one, other), []).append(min(one, other))
    for box, size in enumerate(sizes):
        layer = max((layers[upper] + 1 for upper in above.get(box, ())), default=0)
        while taken.get(layer, 0.0) and taken[layer] + size.width > widest:
            layer += 1
        taken[layer] = taken.get(layer, 0.0) + size.width + 2 * _BESIDE
        layers[box] = layer
    return layers


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def _rising(numbers: Sequence[float]) -> list[float]:
    """Return the numbers that never fall and are nearest to some (pool adjacent violators)."""
    pools: list[tuple[float, int]] = []
    for number in numbers:
        pools.append((number, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, many), (other, more) = pools[-2:]
            pools[-2:] = [((one * many + other * more) / (many + more), many + more)]
    return [mean for mean, many in pools for _ in range(many)]
