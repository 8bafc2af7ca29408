"""Eight processes, one breaker, a dependency that is down for 4.5 s, as the benchmark counts."""

import json
import shutil
import subprocess
import sys

import pytest

LIMIT, PROCESSES = 5, 8


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_processes_that_share_a_breaker_hammer_nothing(checkout, kind):
    if kind == "redis":
        pytest.importorskip("redis", reason="the extra redis is not installed")
        if shutil.which("redis-server") is None:
            pytest.skip("there is no redis-server; on Debian it is a package of that name")
    program = checkout / "benchmarks" / "breakers" / "run.py"
    command = [sys.executable, str(program), "--only", kind, "--json"]
    done = subprocess.run(command, capture_output=True, timeout=240, check=True)
    [found] = json.loads(done.stdout)
    assert LIMIT <= found["before it opened"] <= LIMIT + PROCESSES - 1
    assert found["probes by open period"]
    assert set(found["probes by open period"]) == {1}
    assert found["calls once up"] > 0
