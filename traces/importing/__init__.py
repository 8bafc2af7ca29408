"""Reading what others recorded into a store."""

from .importing import Form, Imported, form_of, import_file

__all__ = ["Form", "Imported", "form_of", "import_file"]
