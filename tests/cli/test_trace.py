from holdfast.cli import app
from typer.testing import CliRunner


def test_trace_alone_says_what_it_can_do():
    done = CliRunner().invoke(app, ["trace"])
    assert "recorded runs" in done.output
    assert "Usage" in done.output
