"""`modelguard formats`: one entry for every reader, and the README's table is the command's."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from modelguard.cli import main
from modelguard.extract.described import DESCRIBED
from modelguard.extract.registry import FORMATS


def test_every_reader_is_described() -> None:
    assert {f.name for f in FORMATS} == {d.format for d in DESCRIBED}


def test_the_readme_has_the_table() -> None:
    table = CliRunner().invoke(main, ["formats", "--markdown"]).output
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert readme.split("<!-- formats -->\n")[1].split("<!-- /formats -->")[0] == table


def test_the_list_names_files_and_limits() -> None:
    result = CliRunner().invoke(main, ["formats"])
    assert result.exit_code == 0
    assert "CloudFormation and SAM  (*.yaml" in result.output
    assert result.output.count("  limits  ") == len(DESCRIBED)
