"""The page's bundle: what it says it is made of is what web/package.json pins, and it can be made again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from weblib import missing

ROOT = Path(__file__).parent.parent.parent
ASSETS = ROOT / "modelguard" / "report" / "assets"


def test_versions_and_licences_are_named() -> None:
    header = (ASSETS / "vendor.js").read_text(encoding="ascii").split("\n", 1)[0]
    pinned = json.loads((ROOT / "web" / "package.json").read_text())["dependencies"]
    for name, version in pinned.items():
        assert f"{name} {version} (" in header
    named = re.findall(r"(\S+) ([\d.]+) \(([^)]+)\)", header)
    assert {licence for *_, licence in named} <= {"MIT", "ISC", "BSD-3-Clause"}
    licences = (ASSETS / "vendor-licenses.txt").read_text(encoding="utf-8")
    for name, version, _ in named:
        assert f"{name} {version}\n" in licences


def test_nothing_in_the_assets_ends_a_script_element() -> None:
    for script in ASSETS.glob("*.js"):
        assert "</script" not in script.read_text(encoding="utf-8").lower()
        assert "<!--" not in script.read_text(encoding="utf-8")


def test_scripts_make_no_markup_from_text() -> None:
    for script in ASSETS.glob("graph-*.js"):
        text = script.read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|fetch\(|XMLHttp", text
        )


@pytest.mark.slow
def test_the_bundle_can_be_made_again(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        missing("npm")
    shutil.copytree(ROOT / "web", tmp_path / "web", ignore=shutil.ignore_patterns("node_modules"))
    assets = tmp_path / "modelguard" / "report" / "assets"
    assets.mkdir(parents=True)
    done = subprocess.run(["bash", str(tmp_path / "web" / "refresh.sh")], capture_output=True, text=True, check=False)
    if done.returncode and not os.environ.get("MODELGUARD_CI"):
        missing("what web/package.json names")
    assert done.returncode == 0, done.stderr[-500:]
    for name in ("vendor.js", "vendor-licenses.txt"):
        assert (assets / name).read_text() == (ASSETS / name).read_text()
