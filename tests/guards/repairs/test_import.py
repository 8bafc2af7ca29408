import subprocess
import sys

import holdfast.guards.repairs as package

HEAVY = ("pydantic", "jsonschema", "json_repair", "langgraph", "langchain_core")


def test_importing_the_package_imports_nothing_heavy():
    code = f"import sys, holdfast.guards.repairs; print([m for m in {HEAVY} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_public_names_are_those_listed():
    assert set(package.__all__) <= set(dir(package))
