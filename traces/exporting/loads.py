"""Items on their way into one request."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .courier import Courier, Packed
from .parcels import Parcel

_MOST_BYTES = 8 * 1024 * 1024


class Item(NamedTuple):
    """An item on its way: `n` is its place among its trace's items, from 0."""

    parcel: Parcel
    n: int
    packed: Packed


class Load:
    """Items of one kind, as many as may go together."""

    def __init__(self, courier: Courier, most: int) -> None:
        """Say what carries them, and how many go together at most."""
        self._courier, self._most = courier, most
        self.items: list[Item] = []
        self._bytes = 0

    def add(self, item: Item) -> Iterator[list[Item]]:
        """Load an item, and yield the load before it if there is no more room."""
        size = len(item.packed.body)
        if self.items and (self._is_full(item) or self._bytes + size > _MOST_BYTES):
            ready, self.items, self._bytes = self.items, [], 0
            yield ready
        self.items.append(item)
        self._bytes += size

    def in_turn(self, items: Sequence[Item]) -> Iterator[list[Item]]:
        """Yield items of another kind in loads of their own."""
        self.items, self._bytes = [], 0
        for item in items:
            yield from self.add(item)
        yield self.items

    def _is_full(self, item: Item) -> bool:
        return len(self.items) >= min(self._courier.together(item.packed.kind), self._most)
