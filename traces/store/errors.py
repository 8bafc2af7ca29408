"""What a store raises."""

from ...guards.errors import HoldfastError


class StoreError(HoldfastError, OSError):
    """A file of traces cannot be used, or a part of it is damaged."""


class NoSuchTraceError(HoldfastError, LookupError):
    """A store holds no trace of this id, or several whose ids begin so."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""
