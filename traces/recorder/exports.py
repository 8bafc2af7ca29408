"""An export that goes along with a recording."""

from ..exporting.export import Export, Exporting
from ..store.store import Store


def begun(export: Export | None, store: Store) -> Exporting | None:
    """Return an export under way; one that cannot work lets go of the store."""
    try:
        return export.begin(store.path) if export else None
    except BaseException:
        store.close()
        raise
