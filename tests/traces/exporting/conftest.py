import pytest

from .recorded import NOW, SECOND, Clock


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.db"


@pytest.fixture
def clock():
    return Clock(NOW + 2 * SECOND)
