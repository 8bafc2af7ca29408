"""The way of a run as a picture: shapes with their places, which a template writes as SVG."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log2
from typing import NamedTuple

from rich.cells import cell_len

from ...guards.digest import preview
from ..page import sheet, template
from .layered import Laid, Point, Size, Way, laid
from .route import END, START, Route, Stop, route_of
from .stored_trace import StoredTrace

_TITLE, _SMALL = 8.5, 6.3  # pixels that a character of a name and of the rest takes
_PAD = 12.0  # pixels around what stands in a box
_HEAD, _ROW, _BADGE = 20.0, 16.0, 20.0  # pixels that a name, a line, a row of badges is high
_DOT = Size(14.0, 14.0)
_LOOP = 40.0  # pixels beside a box for a line that leads back to it
_NAME, _CALLS = 30, 38  # characters
_CALLED = 3  # names of what was called
_NARROW, _WIDEST = 330.0, 1_080.0  # pixels of a picture for a phone, and of any
_TIP = 7.0  # pixels that an arrow's head is long


class Badge(NamedTuple):
    """A word in a pill: what went wrong in a node."""

    text: str
    colour: str
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0


class Drawn(NamedTuple):
    """A box: its place, its texts, and the span it leads to."""

    x: float
    y: float
    size: Size
    name: str
    times: str
    rows: Sequence[tuple[float, str]]
    badges: Sequence[Badge]
    classes: str
    span: str


class Line(NamedTuple):
    """A line: its curve, its arrow's head, how thick it is, and how often it was gone."""

    path: str
    head: str
    width: float
    times: str
    label: Point
    side: str


@dataclass(slots=True)
class Picture:
    """The shapes of a picture; those that come later lie above.

    Attributes:
        boxes: The nodes.
        lines: The ways between them.
        starts: Where ways begin.
        ends: Where they end.
        notes: Words at places: nodes that were left out.
        width: In pixels.
        height: In pixels.
    """

    boxes: list[Drawn] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    starts: list[Point] = field(default_factory=list)
    ends: list[Point] = field(default_factory=list)
    notes: list[tuple[Point, str]] = field(default_factory=list)
    width: int = 0
    height: int = 0


def pictures_of(stored: StoredTrace) -> Mapping[str, Picture]:
    """Return the way a run went as pictures by the screen they are for; none of what ran no node.

    `any`, or where that would be too wide for a phone `wide` and `narrow`.
    """
    route = route_of(stored)
    if route is None:
        return {}
    wide = _drawn(route, _WIDEST)
    if wide.width <= _NARROW:
        return {"any": wide}
    return {"wide": wide, "narrow": _drawn(route, 0.0)}


def _drawn(route: Route, widest: float) -> Picture:
    frame = _Frame(route, widest)
    picture = Picture(width=round(frame.size.width) + 16, height=round(frame.size.height) + 16)
    frame.draw(picture, 8.0, 8.0)
    return picture


def page_part(stored: StoredTrace) -> str:
    """Return a trace as a part of a page: what it came to, and its way; texts are escaped."""
    from .tree import head_words

    known = {
        "head": head_words(stored),
        "pictures": pictures_of(stored),
        "anchors": {},
        "sheet": sheet("route.css"),
    }
    return template("route_part.html.jinja").render(known)


class _Frame:
    """A graph's way with its boxes measured and laid out, those inside of them too."""

    def __init__(self, route: Route, widest: float, depth: int = 0) -> None:
        self._boxes = [
            _Box(stop, widest, depth, loops=(stop.name, stop.name) in route.ways)
            for stop in route.stops
        ]
        self._names = [START, *(stop.name for stop in route.stops), END]
        self._note = f"and {route.left_out:,} steps more, at other nodes" if route.left_out else ""
        at = {name: n for n, name in enumerate(self._names)}
        self._ways = {(at[a], at[b]): times for (a, b), times in route.ways.items() if a != b}
        self._loops = {at[a]: times for (a, b), times in route.ways.items() if a == b}
        sizes = [_DOT, *(box.room for box in self._boxes), _DOT]
        self._has_end = any(END in way for way in route.ways)
        self._laid: Laid = laid(sizes if self._has_end else sizes[:-1], list(self._ways), widest)
        width, height = self._laid.size
        self.size = Size(max(width, len(self._note) * _SMALL), height + (_ROW if self._note else 0))

    def draw(self, picture: Picture, left: float, top: float) -> None:
        """Add all shapes to a picture."""
        left += (self.size.width - self._laid.size.width) / 2
        corners = [Point(x + left, y + top) for x, y in self._laid.corners]
        picture.starts.append(_middle(corners[0]))
        if self._has_end:
            picture.ends.append(_middle(corners[-1]))
        for box, corner in zip(self._boxes, corners[1:], strict=False):
            box.draw(picture, corner)
        for n, times in self._loops.items():
            picture.lines.append(_loop(corners[n], self._boxes[n - 1], times))
        for way, times in zip(self._laid.lines, self._ways.values(), strict=True):
            points = [Point(x + left, y + top) for x, y in way.points]
            note = Point(way.note.x + left, way.note.y + top)
            picture.lines.append(_line(Way(points, note, way.is_left), times))
        if self._note:
            below = Point(left, top + self.size.height - 2)
            picture.notes.append((below, self._note))


class _Box:
    """A node measured: its words, and what is inside of it."""

    def __init__(self, stop: Stop, widest: float, depth: int, *, loops: bool) -> None:
        self._stop, self._depth = stop, depth
        inside = stop.inside if stop.inside and stop.inside.stops else None
        self.inside = _Frame(inside, max(widest - 2 * _PAD, 0.0), depth + 1) if inside else None
        self._name = preview(stop.name, _NAME) or "?"
        self._times = f"×{stop.visits:,}" if stop.visits > 1 else ""
        self._rows = [*_rows(stop, nested=self.inside is not None)]
        self._badges = [*_badges(stop)]
        self.size = self._measured()
        self.room = Size(self.size.width + (2 * _LOOP if loops else 0), self.size.height)
        self._shift = _LOOP if loops else 0.0

    def _measured(self) -> Size:
        title = cell_len(self._name) * _TITLE + (len(self._times) + 1) * _SMALL
        wide = [title, *(cell_len(row) * _SMALL for row in self._rows)]
        wide.append(sum(_wide(badge) + 4 for badge in self._badges))
        height = _PAD + _HEAD + _ROW * len(self._rows) + (_BADGE if self._badges else 0)
        if self.inside:
            wide.append(self.inside.size.width)
            height += self.inside.size.height + 10
        return Size(max(wide) + 2 * _PAD, height + _PAD / 2)

    def draw(self, picture: Picture, corner: Point) -> None:
        """Add its shapes to a picture."""
        x, y = corner.x + self._shift, corner.y
        down = y + _PAD / 2 + 15
        rows = [(down + _ROW * n + 17, row) for n, row in enumerate(self._rows)]
        below = y + _PAD / 2 + _HEAD + _ROW * len(rows) + 3
        badges, right = [], x + _PAD
        for badge in self._badges:
            badges.append(badge._replace(x=right, y=below, width=_wide(badge)))
            right += _wide(badge) + 4
        classes = self._badges[0].colour if self._badges else ""
        classes += " inner" if self._depth % 2 else ""
        picture.boxes.append(
            Drawn(x, y, self.size, self._name, self._times, rows, badges, classes, self._stop.shown)
        )
        if self.inside:
            height = self.size.height - self.inside.size.height
            across = (self.size.width - self.inside.size.width) / 2
            self.inside.draw(picture, x + across, y + height - _PAD)


def _rows(stop: Stop, *, nested: bool) -> Iterator[str]:
    """Yield what else is told of a node, a line each."""
    yield from (preview(name, _NAME) for name in stop.alike[:_CALLED])
    if (more := len(stop.alike) - _CALLED) > 0:
        yield f"and {more:,} more"
    if stop.calls:
        said = [
            f"{preview(name, _NAME)}{f' ×{count:,}' if count not in (1, stop.visits) else ''}"
            for name, count in stop.calls.most_common(_CALLED)
        ]
        more = len(stop.calls) - _CALLED
        yield preview(", ".join([*said, *([f"{more:,} more"] if more > 0 else [])]), _CALLS)
    if stop.tokens and (nested or stop.calls):
        yield f"{stop.tokens:,} tokens"


def _badges(stop: Stop) -> Iterator[Badge]:
    """Yield what went wrong in a node, the worst first."""
    if stop.failed:
        yield Badge(f"{stop.failed:,} failed", "error")
    if stop.trips:
        trips = "1 trip" if stop.trips == 1 else f"{stop.trips:,} trips"
        yield Badge(f"{trips}: {stop.severest}", stop.severest)
    if stop.waits:
        yield Badge("waits for a person", "interrupt")
    if stop.retries:
        retries = "1 retry" if stop.retries == 1 else f"{stop.retries:,} retries"
        yield Badge(retries, "retry")


def _wide(badge: Badge) -> float:
    return len(badge.text) * _SMALL + 14


def _middle(corner: Point) -> Point:
    return Point(corner.x + _DOT.width / 2, corner.y + _DOT.height / 2)


def _thick(times: int) -> float:
    return round(1.4 + min(log2(times), 5) * 0.35, 2)


def _line(way: Way, times: int) -> Line:
    """Return a line with its arrow, all of it leading downwards or all of it upwards."""
    points = way.points
    down = points[-1].y > points[0].y
    tip = points[-1]
    end = Point(tip.x, tip.y - _TIP if down else tip.y + _TIP)
    path = [f"M{points[0].x:.1f} {points[0].y:.1f}"]
    for one, other in zip(points, [*points[1:-1], end], strict=False):
        half = (one.y + other.y) / 2
        path.append(f"C{one.x:.1f} {half:.1f} {other.x:.1f} {half:.1f} {other.x:.1f} {other.y:.1f}")
    head = f"M{tip.x:.1f} {tip.y:.1f}L{tip.x - 4:.1f} {end.y:.1f}L{tip.x + 4:.1f} {end.y:.1f}Z"
    told = f"×{times:,}" if times > 1 else ""
    return Line(
        "".join(path), head, _thick(times), told, way.note, "end" if way.is_left else "start"
    )


def _loop(corner: Point, box: _Box, times: int) -> Line:
    """Return a line from a box back to itself, at its right side."""
    x = corner.x + _LOOP + box.size.width
    y = corner.y + box.size.height / 2
    path = (
        f"M{x:.1f} {y - 9:.1f}C{x + 30:.1f} {y - 16:.1f} {x + 30:.1f} {y + 16:.1f}"
        f" {x + _TIP:.1f} {y + 9:.1f}"
    )
    head = f"M{x:.1f} {y + 9:.1f}L{x + _TIP:.1f} {y + 5:.1f}L{x + _TIP:.1f} {y + 13:.1f}Z"
    told = f"×{times:,}" if times > 1 else ""
    return Line(path, head, _thick(times), told, Point(x + 26, y + 4), "start")
