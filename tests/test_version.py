"""`modelguard --version` names the package's version."""

from click.testing import CliRunner

from modelguard import __version__
from modelguard.cli import main


def test_version() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert result.exit_code == 0
    assert __version__ in result.output
