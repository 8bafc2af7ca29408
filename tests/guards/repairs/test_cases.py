import gzip
import json
from pathlib import Path

import pytest
from holdfast.guards.repairs import RepairError, repair

DATA = Path(__file__).parents[4] / "shared" / "data" / "repair" / "cases.jsonl.gz"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the shared cases are not here")


def cases(*kinds):
    lines = gzip.decompress(DATA.read_bytes()).decode().split("\n")
    found = [json.loads(line) for line in lines if line]
    return [
        case
        for case in found
        if case["kind"] in kinds and not case.get("ambiguous") and not case.get("options")
    ]


def value_of(text):
    try:
        return repair(text, allow_truncated=True).value
    except RepairError:
        return RepairError


@needs_data
def test_nine_of_ten_malformed_texts_are_read_as_expected():
    known = [case for case in cases("repair", "truncated") if not case.get("expected_partial")]
    right = [json.dumps(value_of(case["input"]), default=str) == json.dumps(case["expected"])
             for case in known]  # fmt: skip
    assert sum(right) / len(right) >= 0.9


@needs_data
def test_every_valid_text_is_untouched():
    for case in cases("valid"):
        repaired = repair(case["input"])
        assert (repaired.value, repaired.edits) == (json.loads(case["input"]), ())
