"""Put the results of all benchmarks on one page, benchmarks/README.md.

Each benchmark writes its own RESULTS.md and then runs this. Run: python benchmarks/assemble.py
"""

from pathlib import Path

HERE = Path(__file__).parent
ORDER = (
    "overhead",
    "contracts",
    "checkpoints",
    "loops",
    "breakers",
    "budgets",
    "repair",
    "grounding",
    "audit",
    "localisation",
)
HEAD = """# Measurements

Each section is written by the command it names; nothing on this page is typed in. The data sets are
public and are not part of this repository: the commands look for them in `../shared/data` beside
the checkout and say so when they are not there. Times are of one machine and serve to compare what
stands side by side.
"""


def section(results: Path) -> str:
    """Return a benchmark's results with their headings one level down."""
    lines = results.read_text("utf-8").strip().split("\n")
    shift = "#" if lines[0].startswith("# ") else ""
    return "\n".join(f"{shift}{line}" if line.startswith("#") else line for line in lines)


def main() -> None:
    found = {path.parent.name: path for path in HERE.glob("*/RESULTS.md")}
    names = [*(name for name in ORDER if name in found), *sorted(set(found) - set(ORDER))]
    parts = [HEAD.strip(), *(section(found[name]) for name in names)]
    (HERE / "README.md").write_text("\n\n".join(parts) + "\n", "utf-8")


if __name__ == "__main__":
    main()
