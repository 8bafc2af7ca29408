import pytest
from holdfast.cli import app
from typer.testing import CliRunner


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (
            ["trace", "replay"],
            "as a later turn of a graph with a checkpointer, is replayed with all",
        ),
        (["trace", "to-test"], "Exits with 2 where there is no test to write."),
        (["inbox"], "Answering and closing run the graph that asks, so they need it:"),
    ],
)
def test_help_breaks_lines_only_where_the_terminal_ends(command, sentence):
    done = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "400"})
    assert sentence in done.stdout
    narrow = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "80"}).stdout
    assert sentence in " ".join(narrow.split())
    assert "\n\n" in "\n".join(line.rstrip() for line in narrow.splitlines())
