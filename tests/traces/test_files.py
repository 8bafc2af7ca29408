import gzip
import json

import pytest
from holdfast.guards import AuditInputError
from holdfast.traces import Placed, Unread, read_runs

RUN = {"id": "one", "messages": [{"role": "user", "content": "hi"}]}
OTHER = {"id": "two", "messages": [{"role": "user", "content": "ho"}]}
LINES = f"{json.dumps(RUN)}\n{json.dumps(OTHER)}\n"


def found_in(tmp_path, data, name="runs.txt"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(read_runs(path))


def ids(found):
    return [one.run.id if isinstance(one, Placed) else one.line for one in found]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(LINES, id="JSON Lines"),
        pytest.param(gzip.compress(LINES.encode()), id="gzip"),
        pytest.param(json.dumps([RUN, OTHER]), id="a list"),
        pytest.param(
            gzip.compress(json.dumps([RUN, OTHER], indent=2).encode()), id="a packed list"
        ),
        pytest.param(b"\xef\xbb\xbf" + LINES.encode(), id="a byte order mark"),
        pytest.param(LINES.encode("utf-16"), id="UTF-16"),
        pytest.param(LINES.replace("\n", "\r\n"), id="lines of Windows"),
    ],
)
@pytest.mark.parametrize("name", ["runs.json", "runs.jsonl", "runs.gz", "runs"])
def test_a_file_is_told_by_its_content_and_not_by_its_name(tmp_path, data, name):
    assert ids(found_in(tmp_path, data, name)) == ["one", "two"]


def test_a_run_without_an_id_is_named_by_its_place(tmp_path):
    found = found_in(tmp_path, json.dumps([RUN["messages"]] * 2), "runs.json")
    assert ids(found) == ["runs.json#1", "runs.json#2"]


def test_one_message_a_line_is_one_run(tmp_path):
    lines = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    (found,) = found_in(tmp_path, "\n".join(map(json.dumps, lines)))
    assert list(found.run.messages) == lines


def test_a_line_separator_in_a_text_ends_no_line(tmp_path):
    run = {"id": "one", "messages": [{"role": "user", "content": "a\u2028b\u0085c"}]}
    text = json.dumps(run, ensure_ascii=False) + "\n{bad\n" + json.dumps(OTHER)
    assert ids(found_in(tmp_path, text)) == ["one", 2, "two"]


def test_a_bad_line_is_told_and_the_rest_is_read(tmp_path):
    found = found_in(tmp_path, f'{json.dumps(RUN)}\n{{"id": \n[]\n{json.dumps(OTHER)}\n')
    assert ids(found) == ["one", 2, 3, "two"]


def test_a_packed_file_that_breaks_off_is_read_as_far_as_it_goes(tmp_path):
    packed = gzip.compress(LINES.encode())[:-6]
    found = found_in(tmp_path, packed)
    assert ids(found)[0] == "one"
    assert isinstance(found[-1], Unread)
    assert "breaks off" in found[-1].why


def test_inner_runs_of_a_trace_are_left_out(tmp_path):
    found = found_in(tmp_path, json.dumps([{**OTHER, "parent_run_id": "one"}, RUN]))
    assert ids(found) == ["one"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param("", "no readable run", id="an empty file"),
        pytest.param("\n \n", "no readable run", id="blank lines"),
        pytest.param("hello\nworld\n", "no readable run", id="prose"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00\xff", "no readable run", id="a picture"),
        pytest.param(b"\x1f\x8bnot gzip at all", "no readable run", id="a broken gzip file"),
        pytest.param('{"a": 1}', "no readable run", id="other JSON"),
        pytest.param(
            json.dumps({**RUN, "parent_run_id": "x"}), "export the root runs", id="inner runs alone"
        ),
    ],
)
def test_a_file_without_a_readable_run_is_refused(tmp_path, data, said):
    with pytest.raises(AuditInputError, match=said):
        found_in(tmp_path, data)


def test_a_file_that_is_not_there_is_refused_with_its_name(tmp_path):
    with pytest.raises(AuditInputError, match=r"absent\.json: cannot be read: no such file"):
        list(read_runs(tmp_path / "absent.json"))


def test_progress_ends_at_the_size_of_the_file(tmp_path):
    path = tmp_path / "runs.gz"
    path.write_bytes(gzip.compress(LINES.encode()))
    told = []
    list(read_runs(path, progress=told.append))
    assert told == sorted(told)
    assert told[-1] == path.stat().st_size
