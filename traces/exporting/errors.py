"""What an export raises."""

from ...guards.errors import HoldfastError


class ExportConfigError(HoldfastError, ValueError):
    """An export is set up in a way that cannot work: no key, or runs that would be sent twice."""
