"""Names that come in every row, written once: a row has their numbers."""

from sqlite3 import Connection
from typing import Any, Final

from .database import Database

_MOST: Final = 1_000  # words of a store; names without end would stay for ever, so they are none
_LONGEST: Final = 64  # characters


class Words:
    """The numbers of a store's words. A word never changes, so what is known stays true."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers: dict[str, int] = {}
        self._texts: dict[int, str] = {}

    def number(self, connection: Connection, text: str) -> int | str:
        """Return the number of a word, which is written where it is new, or a name that is none."""
        found = self._numbers.get(text)
        if found is None and text and len(text) <= _LONGEST and len(self._numbers) < _MOST:
            ask = "SELECT n FROM word WHERE text = ?"
            row = connection.execute(ask, [text]).fetchone() or self._new(connection, text)
            found = self._numbers[text] = row[0]
        return text if found is None or found > _MOST else found

    def text(self, kept: Any) -> Any:
        """Return what a row says with a number, or what it says itself."""
        if not isinstance(kept, int):
            return kept
        if kept not in self._texts:
            self._texts = dict(self._database.rows("SELECT n, text FROM word"))
        return self._texts.get(kept, "")

    def forget(self) -> None:
        """Count on no number: what was written was taken back."""
        self._numbers = {}

    @staticmethod
    def _new(connection: Connection, text: str) -> tuple[int]:
        (last,) = connection.execute("SELECT coalesce(max(n), 0) FROM word").fetchone()
        if last < _MOST:
            for table in ("word", "word_again"):  # each row of the store needs its words
                ask = f"INSERT INTO {table} (n, text) VALUES (?, ?)"  # noqa: S608 - a name of ours
                connection.execute(ask, [last + 1, text])
        return (last + 1,)
