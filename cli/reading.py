"""Which file a command may take for a store of recorded runs, before it opens it."""

from pathlib import Path


def why_no_store(path: Path) -> str:
    """Return why a file is no store of recorded runs, or nothing where it may be one.

    >>> why_no_store(Path("missing.db"))
    'there is no store missing.db'
    """
    from ..traces.files import is_store

    try:
        if not path.is_file():
            return f"there is no store {path}"
        if not path.stat().st_size:
            return f"{path} is empty: it is no store of recorded runs"
        if not is_store(path):
            return f"{path} is no store of recorded runs"
    except OSError as error:
        return f"{path} cannot be read: {(error.strerror or str(error)).lower()}"
    return ""
