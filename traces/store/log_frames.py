"""The newest pages of an SQLite file, out of its write-ahead log."""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

_MAGIC: Final = {0x377F0682: "<", 0x377F0683: ">"}
"""What a log begins with, and in which order the bytes of its checksums are."""
_HEAD, _FRAME = 32, 24


class Frames(NamedTuple):
    """What a log holds that was written to its end.

    Attributes:
        page: Size of a page.
        places: Where in the log the newest one of each page begins, by its number.
        after: Pages of the file after it.
    """

    page: int
    places: Mapping[int, int]
    after: int


def frames_of(path: Path) -> Frames | None:
    """Return what was written to its end, as SQLite would read it; None where there is nothing."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        order = _MAGIC.get(int.from_bytes(head[:4], "big"))
        if order is None or len(head) < _HEAD:
            return None
        page = int.from_bytes(head[8:12], "big")
        sums = _sums(head[:24], order, (0, 0))
        if sums != struct.unpack(">II", head[24:32]) or not 512 <= page <= 65_536:
            return None
        places: dict[int, int] = {}
        waiting: dict[int, int] = {}
        last = 0
        while len(frame := file.read(_FRAME + page)) == _FRAME + page:
            sums = _sums(frame[_FRAME:], order, _sums(frame[:8], order, sums))
            if frame[8:16] != head[16:24] or sums != struct.unpack(">II", frame[16:24]):
                break
            n, after = struct.unpack(">II", frame[:8])
            waiting[n] = file.tell() - page
            if after:  # the end of a transaction
                places |= waiting
                waiting, last = {}, after
    return Frames(page, places, last) if places else None


def _sums(data: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    one, two = sums
    numbers = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(numbers[::2], numbers[1::2], strict=True):
        one = (one + even + two) & 0xFFFFFFFF
        two = (two + odd + one) & 0xFFFFFFFF
    return one, two
