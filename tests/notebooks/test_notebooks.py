"""Every notebook is a story that runs, and says at its end what it has shown."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
CELLS = 25
LINES = 12
SECONDS = 60

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def book(path):
    return nbformat.read(path, as_version=4)


def code_of(book):
    return [cell for cell in book.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_a_notebook_is_numbered(path):
    assert re.fullmatch(r"\d\d(_[a-z0-9]+)+", path.stem)


def test_a_notebook_is_short(book):
    assert len(book.cells) <= CELLS
    assert max(len(cell.source.splitlines()) for cell in code_of(book)) <= LINES


def test_prose_comes_before_code(book):
    kinds = [cell.cell_type for cell in book.cells]
    assert kinds[0] == "markdown"
    assert ("code", "code") not in set(pairwise(kinds))


def test_a_notebook_keeps_no_outputs(book):
    assert all(not cell.outputs and cell.execution_count is None for cell in code_of(book))


def test_a_story_ends_with_what_it_claims(book):
    last = ast.parse(code_of(book)[-1].source)
    assert any(isinstance(node, ast.Assert) for node in last.body)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_notebook_runs_from_top_to_bottom(book, tmp_path):
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    client = nbclient.NotebookClient(
        book, timeout=SECONDS, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
