import pytest


@pytest.fixture
def path(tmp_path):
    """The file of a store."""
    return tmp_path / "traces.db"
