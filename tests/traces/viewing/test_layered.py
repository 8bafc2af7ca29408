from itertools import pairwise

import pytest
from holdfast.traces.viewing.layered import Size, laid
from hypothesis import given
from hypothesis import strategies as st

BOX = Size(100.0, 40.0)
SIZES = st.lists(
    st.tuples(st.integers(10, 300), st.integers(10, 200)).map(lambda pair: Size(*map(float, pair))),
    min_size=2, max_size=9,
)  # fmt: skip


@st.composite
def graphs(draw):
    sizes = draw(SIZES)
    ends = st.integers(0, len(sizes) - 1)
    edges = st.tuples(ends, ends).filter(lambda edge: edge[0] != edge[1])
    return sizes, draw(st.lists(edges, max_size=14, unique=True))


def boxes_of(sizes, corners):
    return [(x, y, x + size.width, y + size.height)
            for (x, y), size in zip(corners, sizes, strict=True)]  # fmt: skip


def overlap(one, other):
    apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    return not apart


@pytest.mark.parametrize("widest", [0.0, 400.0, 10_000.0])
@given(graph=graphs())
def test_no_box_lies_on_another_and_all_lie_inside(widest, graph):
    sizes, edges = graph
    found = laid(sizes, edges, widest)
    boxes = boxes_of(sizes, found.corners)
    pairs = [(a, b) for n, a in enumerate(boxes) for b in boxes[:n]]
    assert not [pair for pair in pairs if overlap(*pair)]
    assert min(box[0] for box in boxes) >= -0.01
    assert max(box[2] for box in boxes) <= found.size.width + 0.01
    assert max(box[3] for box in boxes) <= found.size.height + 0.01


@pytest.mark.parametrize("widest", [0.0, 400.0, 10_000.0])
@given(graph=graphs())
def test_a_line_touches_both_of_its_boxes_and_never_turns_round(widest, graph):
    sizes, edges = graph
    found = laid(sizes, edges, widest)
    boxes = boxes_of(sizes, found.corners)
    for (source, target), way in zip(edges, found.lines, strict=True):
        upper, lower = sorted((source, target))
        points = way.points if source < target else way.points[::-1]
        assert points[0].y == pytest.approx(boxes[upper][3])
        assert points[-1].y == pytest.approx(boxes[lower][1])
        assert boxes[upper][0] - 0.01 <= points[0].x <= boxes[upper][2] + 0.01
        assert boxes[lower][0] - 0.01 <= points[-1].x <= boxes[lower][2] + 0.01
        assert all(one.y <= other.y + 0.01 for one, other in pairwise(points))


@given(graph=graphs())
def test_the_way_is_read_downwards_whatever_loops_it_made(graph):
    sizes, edges = graph
    corners = laid(sizes, edges).corners
    assert all(corners[min(edge)].y < corners[max(edge)].y for edge in edges)


def test_lines_there_and_back_stand_beside_each_other():
    there, back = laid([BOX, BOX], [(0, 1), (1, 0)]).lines
    assert [point.x for point in there.points] == [41.0, 41.0, 41.0]
    assert [point.x for point in back.points] == [59.0, 59.0, 59.0]
    assert (there.is_left, back.is_left) == (True, False)


def test_in_a_column_all_boxes_share_their_middle_and_lines_pass_at_the_right():
    found = laid([BOX, BOX, BOX], [(0, 1), (0, 2), (2, 0)], 0.0)
    assert [corner.x for corner in found.corners] == [0.0, 0.0, 0.0]
    assert [max(point.x for point in way.points) > 100 for way in found.lines] == [
        False, True, True,
    ]  # fmt: skip


def test_too_many_boxes_beside_each_other_go_into_several_rows():
    edges = [(0, n) for n in range(1, 21)]
    found = laid([BOX] * 21, edges, 600.0)
    assert found.size.width < 1_000
    assert len({corner.y for corner in found.corners}) == 6
