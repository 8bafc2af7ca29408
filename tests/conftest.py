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


def pytest_configure(config):
    config.__socket_allow_hosts = ["127.0.0.1", "::1"]


@pytest.fixture(scope="session")
def checkout():
    """The folder that holds `pyproject.toml`."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared_data():
    """The recorded runs that lie next to the checkout; they are too large to be part of it."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no {folder.name} in {folder.parent.name}/ beside the checkout")
    return folder
