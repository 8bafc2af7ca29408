"""What every test runs under: no network, strict checkpoints, bounded random cases."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # read by LangGraph when it is imported

CHECKOUT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "local",
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


LOOPBACK = ["127.0.0.1", "::1"]


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("allow_hosts") is None:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


@pytest.fixture(scope="session")
def checkout():
    """The folder that holds `pyproject.toml`."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared_data():
    """The recorded runs that lie next to the checkout; they are too large to be part of it."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("there is no folder shared/data beside the checkout")
    return folder
