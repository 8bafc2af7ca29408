import importlib
import json
import subprocess
import sys

import pytest
from holdfast.traces.store.classes import class_at
from holdfast.traces.store.codec import Opaque, decode, encode

KINDS = """
from dataclasses import dataclass
from enum import Enum

class Kind(Enum):
    ONE = 1

@dataclass
class Offer:
    kind: Kind

class Full(ValueError):
    pass
"""
MAIN = """
if __name__ == "__main__":
    import json
    from holdfast.traces.replaying.failure import failure_of, rebuilt
    from holdfast.traces.store.codec import decode, encode

    tree = encode(Offer(Kind.ONE))
    assert decode(tree) == Offer(Kind.ONE)
    failure = failure_of(Full("no seats"))
    assert type(rebuilt(failure)) is Full
    print(json.dumps([tree, failure["classes"][0]]))
"""


@pytest.mark.parametrize(
    ("how", "module"),
    [
        pytest.param(["the_kinds.py"], "the_kinds", id="a file"),
        pytest.param(["-m", "the_kinds"], "the_kinds", id="a module"),
        pytest.param(["-m", "the_parts.kinds"], "the_parts.kinds", id="a part of a package"),
        pytest.param(["the_parts/kinds.py"], "the_parts.kinds", id="its file"),
    ],
)
def test_what_a_script_defines_is_of_the_module_that_it_is(tmp_path, monkeypatch, how, module):
    (tmp_path / "the_parts").mkdir()
    for file in ("the_kinds.py", "the_parts/kinds.py"):
        (tmp_path / file).write_text(KINDS + MAIN)
    command = [sys.executable, *how]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
    )
    tree, (where, name) = json.loads(done.stdout)
    assert isinstance(decode(tree), Opaque)
    monkeypatch.syspath_prepend(tmp_path)
    imported = importlib.import_module(module)
    try:
        assert decode(tree) == imported.Offer(imported.Kind.ONE)
        assert class_at(where, name) is imported.Full
    finally:
        for each in ("the_kinds", "the_parts", "the_parts.kinds"):
            sys.modules.pop(each, None)


def test_a_name_means_no_class_of_a_module_that_ends_alike():
    assert class_at("json.nothing", "JSONDecoder") is None
    assert class_at("son", "JSONDecoder") is None


def test_the_class_of_a_module_that_is_imported_is_found_by_its_own_name():
    assert encode(Opaque("a:b"))["c"] == "holdfast.traces.store.objects:Opaque"
