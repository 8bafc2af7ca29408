import json

import pytest
from holdfast.guards import AuditInputError, GuardConfigError
from holdfast.traces import read_toolbook

LOOK = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
BOOK = {"name": "book", "x-facts": {"effects": True, "volatile": ["at"]}}


def book_of(tmp_path, data):
    path = tmp_path / "tools.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return read_toolbook(path)


def test_a_list_holds_the_tools_of_every_run(tmp_path):
    book = book_of(tmp_path, [LOOK, BOOK])
    assert list(book.of("")) == list(book.of("retail")) == ["look", "book"]
    assert book.of("")["book"].facts.volatile == ("at",)


def test_an_object_holds_the_tools_of_each_domain(tmp_path):
    book = book_of(tmp_path, {"a": [LOOK], "b": [BOOK]})
    assert list(book.of("a")) == ["look"]
    assert list(book.of("b")) == ["book"]
    assert book.of("c") is None


def test_a_reference_within_the_parameters_is_followed(tmp_path):
    inside = {"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "string"}}}
    assert book_of(tmp_path, [{"name": "x", "parameters": inside}]).of("")["x"].parameters == inside


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        pytest.param("{", AuditInputError, "not valid JSON", id="no JSON"),
        pytest.param(7, AuditInputError, "holds no list of tools", id="a number"),
        pytest.param({"a": 1}, AuditInputError, "holds no list of tools", id="no lists"),
        pytest.param([{"parameters": {}}], GuardConfigError, "needs a name", id="no name"),
        pytest.param([7], GuardConfigError, "tools.json: ", id="no schema"),
        pytest.param(
            [{"name": "x", "parameters": {"type": "thing"}}],
            GuardConfigError,
            "no valid JSON schema",
            id="parameters that are no JSON schema",
        ),
        pytest.param(
            [{"name": "x", "parameters": {"properties": {"a": {"$ref": "#/$defs/a"}}}}],
            GuardConfigError,
            "which they do not hold",
            id="a reference to nothing",
        ),
        pytest.param(
            [{"name": "x", "parameters": {"properties": {"a": {"$ref": "http://a.example/b"}}}}],
            GuardConfigError,
            "which they do not hold",
            id="a reference to elsewhere",
        ),
        pytest.param(
            [{"name": "x", "x-facts": {"volatil": ["a"]}}], GuardConfigError, "volatil", id="a fact"
        ),
    ],
)
def test_a_file_of_other_things_is_refused(tmp_path, data, error, said):
    with pytest.raises(error, match=said):
        book_of(tmp_path, data)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(AuditInputError, match="cannot be read"):
        read_toolbook(tmp_path / "absent.json")
