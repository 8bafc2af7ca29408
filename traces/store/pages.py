"""The pages of an SQLite file, read without SQLite: what it will not open may be whole in parts.

The format is stable and documented (sqlite.org/fileformat.html). Nothing is ever written here.
"""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from .log_frames import frames_of

Record = Sequence[Any]
"""The values of a row, as they are stored."""

_MAGIC: Final = b"SQLite format 3\x00"
_USUAL: Final = (2_048, 4_096)
"""Sizes of pages that stores have, where the file does not say it any more."""
_LEAF_TABLE, _INNER_TABLE, _LEAF_INDEX, _INNER_INDEX = 13, 5, 10, 2
_HEADER: Final = {13: 8, 10: 8, 5: 12, 2: 12}
_BLOCK: Final = 512  # bytes that a disk writes in one piece, at least
_TORN: Final = bytes(32)  # rows are packed: so many zeros in one are what a torn write left
_CONSTANTS: Final = {0: None, 8: 0, 9: 1}
_INTS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


class Found(NamedTuple):
    """What one page holds.

    Attributes:
        rows: The rows that are whole, each with its number, or None in an index.
        below: Pages that it leads to.
        is_whole: Whether all of it could be read.
    """

    rows: Sequence[tuple[int | None, Record]]
    below: Sequence[int]
    is_whole: bool


_NOTHING: Final = Found((), (), is_whole=False)


class Pages:
    """The pages of a file as they were when it was last written, its log included.

    Attributes:
        size: Bytes of a page.
        count: How many there are.
        missing: How many more there should be, where the file says so.
        used: Pages that hold the rest of a row, or nothing; complete when all were looked at.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._log = path.with_name(f"{path.name}-wal")
        self._length = path.stat().st_size
        frames = frames_of(self._log) if self._log.is_file() else None
        head = self._at(0, 100)
        self.size = _size_in(head) or (frames.page if frames else 0) or self._guessed()
        self._frames = frames.places if frames and frames.page == self.size else {}
        self._newer = self._log.open("rb") if self._frames else None
        self.count = max(-(-self._length // self.size), *self._frames, 1)
        self.missing = 0
        if (said := _count_in(self.page(1))) is not None:
            self.missing = max(said - self.count, 0)
            self.count = min(said, self.count)
        self.used: set[int] = set()
        self._free()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        if self._newer:
            self._newer.close()

    def page(self, n: int) -> bytes:
        """Return a page by its number, from 1, or what is there of it."""
        if self._newer and n in self._frames:
            self._newer.seek(self._frames[n])
            data = self._newer.read(self.size)
        else:
            data = self._at((n - 1) * self.size, self.size)
        return data

    def found(self, n: int) -> Found:
        """Return what a page holds; nothing of it raises, whatever is in it."""
        data, at = self.page(n), 100 if n == 1 else 0
        kind = data[at] if len(data) > at + _HEADER[_INNER_TABLE] else 0
        if kind not in _HEADER:
            return _NOTHING
        cells = _number(data[at + 3 : at + 5])
        start = at + _HEADER[kind]
        if start + 2 * cells > len(data):
            return _NOTHING
        rows, below, whole = [], [], len(data) == self.size
        for place in struct.unpack_from(f">{cells}H", data, start):
            try:
                if kind in (_INNER_TABLE, _INNER_INDEX):
                    below.append(_number(data[place : place + 4]))
                if kind != _INNER_TABLE:
                    rows.append(self._row(data, kind, place))
            except (ValueError, IndexError, struct.error):
                whole = False
        if kind in (_INNER_TABLE, _INNER_INDEX):
            below.append(_number(data[at + 8 : at + 12]))
        is_sane = all(1 < each <= self.count for each in below)
        return Found(rows, [each for each in below if 1 < each <= self.count], whole and is_sane)

    def _row(self, data: bytes, kind: int, place: int) -> tuple[int | None, Record]:
        """Return a row.

        Raises:
            ValueError: It is not whole.
        """
        place += 4 * (kind == _INNER_INDEX)
        length, place = _varint(data, place)
        number = None
        if kind == _LEAF_TABLE:
            number, place = _varint(data, place)
        here = self._here(length, kind)
        raw = data[place : place + here]
        if len(raw) < here or not length or _is_torn(data, place, place + here):
            raise ValueError("a row that goes beyond what was written of its page")
        if here < length:
            raw += self._rest(_number(data[place + here : place + here + 4]), length - here)
        if _TORN in raw:
            raise ValueError("a row that was not written to its end")
        return number, _values(raw)

    def _here(self, length: int, kind: int) -> int:
        """Return how many bytes of a row are in its page; the others are in pages of their own."""
        usable = self.size
        least = (usable - 12) * 32 // 255 - 23
        most = usable - 35 if kind == _LEAF_TABLE else (usable - 12) * 64 // 255 - 23
        if length <= most:
            return length
        here = least + (length - least) % (usable - 4)
        return here if here <= most else least

    def _rest(self, n: int, length: int) -> bytes:
        parts = []
        pages: list[int] = []
        while length > 0:
            if not 1 < n <= self.count or len(pages) > self.count:
                raise ValueError("a row whose rest is gone")
            data = self.page(n)
            pages.append(n)
            parts.append(data[4 : 4 + min(length, self.size - 4)])
            if len(data) < self.size:
                raise ValueError("a row whose rest is cut")
            length -= len(parts[-1])
            n = _number(data[:4])
        if n:
            raise ValueError("a row that does not end where it should")
        self.used.update(pages)
        return b"".join(parts)

    def _free(self) -> None:
        """Note the pages that hold nothing any more: what is in them was deleted."""
        head = self.page(1)
        trunk = _number(head[32:36]) if head.startswith(_MAGIC) else 0
        seen = set()
        while 1 < trunk <= self.count and trunk not in seen:
            seen.add(trunk)
            data = self.page(trunk)
            if len(data) < self.size:
                break
            count = min(_number(data[4:8]), self.size // 4 - 2)
            seen.update(struct.unpack_from(f">{count}I", data, 8))
            trunk = _number(data[:4])
        self.used |= seen

    def _guessed(self) -> int:
        """Return the size by which most pages are ones of a tree."""

        def fitting(size: int) -> int:
            places = range(size, self._length, size)
            return sum(self._at(at, 1) in (b"\x0d", b"\x0a", b"\x05", b"\x02") for at in places)

        return max(_USUAL, key=lambda size: fitting(size) * size)

    def _at(self, place: int, length: int) -> bytes:
        self._file.seek(place)
        return self._file.read(length)


def _size_in(head: bytes) -> int:
    size = _number(head[16:18])
    size = 65_536 if size == 1 else size
    is_size = 512 <= size <= 65_536 and size & (size - 1) == 0
    return size if head.startswith(_MAGIC) and is_size and head[20] == 0 else 0


def _is_torn(data: bytes, begin: int, end: int) -> bool:
    """Tell whether a disk's block that a row lies in is empty: it was never written."""
    first, last = begin // _BLOCK, (end - 1) // _BLOCK
    blocks = (data[n * _BLOCK : (n + 1) * _BLOCK] for n in range(first, last + 1))
    return any(block.count(0) == len(block) for block in blocks)


def _count_in(head: bytes) -> int | None:
    """Return how many pages a file says it has, where it can be believed."""
    return _number(head[28:32]) or None if _size_in(head) and head[24:28] == head[92:96] else None


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return a number of 1 to 9 bytes, and where it ends."""
    value = 0
    for n in range(8):
        byte = data[place + n]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + n + 1
    value = value << 8 | data[place + 8]
    return value - (1 << 64) * (value >> 63), place + 9


def _values(raw: bytes) -> Record:
    end, place = _varint(raw, 0)
    if not place <= end <= len(raw):
        raise ValueError("a row without a head")
    kinds = []
    while place < end:
        kind, place = _varint(raw, place)
        kinds.append(kind)
    values = []
    for kind in kinds:
        length = _INTS.get(kind, 8 if kind == 7 else max(kind - 12, 0) // 2)
        values.append(_value(kind, raw[end : end + length]))
        end += length
    if end != len(raw):
        raise ValueError("a row that is as long as it does not say")
    return values


def _value(kind: int, data: bytes) -> Any:
    if kind in _INTS:
        return int.from_bytes(data, "big", signed=True)
    if kind == 7:
        return struct.unpack(">d", data)[0]
    if kind in _CONSTANTS:
        return _CONSTANTS[kind]
    if kind < 12:
        raise ValueError("a value of no kind")
    return data if kind % 2 == 0 else data.decode()
