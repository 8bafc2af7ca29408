import ast

import pytest

FOLDERS = ("guards", "nodes", "graphs", "traces", "drills", "cli", "tests", "benchmarks")
FILE_LINES = 300
FUNCTION_LINES = 30
GENERATED = "made by a program"


def files(checkout):
    return [file for folder in FOLDERS for file in sorted((checkout / folder).rglob("*.py"))]


def is_generated(text):
    return GENERATED in text[:500].lower()


def code_lines(function):
    """Return how many lines of a function hold code: not its docstring, not its signature."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def functions(tree):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def test_no_file_is_too_long_to_be_about_one_thing(checkout):
    long = [
        f"{file.relative_to(checkout)} has {lines} lines"
        for file in files(checkout)
        if not is_generated(text := file.read_text("utf-8"))
        and (lines := len(text.splitlines())) > FILE_LINES
    ]
    assert not long, f"at most {FILE_LINES} lines; split a file by what it is about"


def test_no_function_is_too_long_to_be_read_at_once(checkout):
    long = [
        f"{file.relative_to(checkout)}:{each.lineno} {each.name} has {code_lines(each)} lines"
        for file in files(checkout)
        for each in functions(ast.parse(file.read_text("utf-8")))
        if code_lines(each) > FUNCTION_LINES
    ]
    assert not long, f"at most {FUNCTION_LINES} lines of code; give a part of it a name"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        pytest.param("def f():\n    return 1", 1, id="one line"),
        pytest.param('def f():\n    """Say."""', 0, id="a docstring alone"),
        pytest.param(
            'def f():\n    """Say.\n\n    More.\n    """\n    a = 1\n    return a', 2, id="both"
        ),
        pytest.param(
            "def f(\n    a,\n    b,\n):\n    return (\n        a\n    )", 3, id="long lines"
        ),
        pytest.param("async def f():\n    a = 1\n\n    return a", 3, id="a blank line counts"),
    ],
)
def test_the_lines_of_a_function_are_those_of_its_code(source, lines):
    (function,) = functions(ast.parse(source))
    assert code_lines(function) == lines
