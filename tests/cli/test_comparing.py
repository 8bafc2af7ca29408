import json

import pytest

from .test_audit import audit, run_of  # noqa: F401 - a fixture


def test_two_settings_are_compared(audit):  # noqa: F811
    done = audit("runs.jsonl", "--set", "loop.block=4", "--against", "loop.block=6")
    assert done.exit_code == 0, done.output
    for told in ("1 of 2 runs would have gone another way", "loop.block=4", "loop.block=6", "-2"):
        assert told in done.stdout


def test_an_equals_sign_stands_for_the_defaults(audit):  # noqa: F811
    done = audit("runs.jsonl", "--set", "loop.block=6", "--against", "=")
    assert "defaults" in done.stdout


def test_json_holds_both_judgements_of_each_run(audit, tmp_path):  # noqa: F811
    audit("runs.jsonl", "--against", "loop.wrap_up=4", "--json", "out.jsonl", "--quiet")
    calm, looping = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert calm["differs"] is False
    assert looping["set"]["cut"]["step"] > looping["against"]["cut"]["step"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--html", "out.html"], "not --html", id="a page"),
        pytest.param(["--fail-on-trips"], "a failing end", id="a failing end"),
        pytest.param(["--set", "loop.blok=4"], "no such setting", id="a wrong setting"),
    ],
)
def test_what_cannot_be_compared_is_refused(audit, arguments, words):  # noqa: F811
    done = audit("runs.jsonl", "--against", "loop.block=6", *arguments)
    assert done.exit_code == 2
    assert words in done.stderr


def test_a_wrong_setting_to_compare_with_is_refused(audit):  # noqa: F811
    assert audit("runs.jsonl", "--against", "loop.block=seven").exit_code == 2


def test_bad_lines_are_told_and_counted(audit):  # noqa: F811
    done = audit("runs.jsonl", "--against", "loop.block=6", extra="no json\n")
    assert "runs.jsonl:3" in done.stderr
    assert "Not readable, and not counted: 1" in done.stdout


def test_a_file_without_runs_ends_badly_and_writes_nothing(audit, tmp_path):  # noqa: F811
    done = audit("runs.jsonl", "--against", "=", "--json", "out.jsonl", runs=(), extra="no run\n")
    assert done.exit_code == 2
    assert not (tmp_path / "out.jsonl").exists()


def test_a_place_that_cannot_be_written_is_told(audit):  # noqa: F811
    done = audit("runs.jsonl", "--against", "=", "--json", "no/such/out.jsonl")
    assert (done.exit_code, "cannot be written" in done.stderr) == (2, True)
