import ast
import subprocess
import sys

import pytest

FOLDERS = ("guards", "nodes", "graphs", "traces", "drills", "cli")
MAY_IMPORT = {
    "guards": (),
    "nodes": ("guards",),
    "graphs": ("guards", "nodes"),
    "traces": ("guards",),
    "drills": ("guards", "nodes", "graphs", "traces"),
    "cli": ("guards", "nodes", "graphs", "traces", "drills"),
}
GRAPH_LIBRARIES = ("langgraph", "langchain", "langchain_core", "langsmith", "pydantic")
IMPORT_SECONDS = 0.15
TRIES = 5


def imported(file, package):
    """Yield the dotted names that a file imports, relative ones made absolute."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                yield node.module
                continue
            base = package[: len(package) - node.level + 1]
            if node.module:
                yield ".".join([*base, node.module])
            else:
                yield from (".".join([*base, alias.name]) for alias in node.names)


def imports_of(checkout, folder):
    """Yield each file of a folder with a name that it imports."""
    for file in sorted((checkout / folder).rglob("*.py")):
        package = ["holdfast", *file.relative_to(checkout).parent.parts]
        for name in imported(file, package):
            yield file.relative_to(checkout).as_posix(), name


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_only_what_stands_below_it(checkout, folder):
    known = {"holdfast", f"holdfast.{folder}", *(f"holdfast.{name}" for name in MAY_IMPORT[folder])}
    wrong = [
        f"{file} imports {name}"
        for file, name in imports_of(checkout, folder)
        if name.startswith("holdfast") and ".".join(name.split(".")[:2]) not in known
    ]
    assert not wrong, f"{folder} may import {MAY_IMPORT[folder] or 'nothing of ours'}"


def test_the_guards_name_no_library_for_graphs(checkout):
    wrong = [
        f"{file} imports {name}"
        for file, name in imports_of(checkout, "guards")
        if name.split(".")[0] in GRAPH_LIBRARIES[:-1]
    ]
    assert not wrong


def test_every_folder_of_the_house_is_known(checkout):
    packages = {file.parent.name for file in checkout.glob("*/__init__.py")}
    assert packages == set(FOLDERS)


def test_a_relative_import_is_read_as_what_it_names(tmp_path):
    file = tmp_path / "file.py"
    file.write_text(
        "import os.path\nfrom json import loads\nfrom . import near\nfrom .near import it\n"
        "from ..nodes import far\nfrom .. import graphs\n"
    )
    assert list(imported(file, ["holdfast", "guards"])) == [
        "os.path",
        "json",
        "holdfast.guards.near",
        "holdfast.guards.near",
        "holdfast.nodes",
        "holdfast.graphs",
    ]


def python(code):
    """Run a program in an interpreter of its own and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_importing_the_guards_loads_no_library_for_graphs():
    code = f"""
import sys
import holdfast.guards
print(*sorted(set({GRAPH_LIBRARIES!r}) & set(sys.modules)))
"""
    assert python(code) == ""


@pytest.mark.parametrize("folder", FOLDERS)
def test_importing_writes_nothing_and_starts_nothing(folder):
    code = f"""
import threading
import holdfast.{folder}
print(threading.active_count())
"""
    assert python(code) == "1"


def seconds(code):
    """Return the processor time of a fresh Python that runs some code."""
    told = f"import time; {code}; print(time.process_time())"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_the_guards_are_quick_to_import():
    bare = min(seconds("pass") for _ in range(TRIES))
    with_guards = min(seconds("import holdfast.guards") for _ in range(TRIES))
    assert with_guards - bare < IMPORT_SECONDS
