"""Chromium for tests of pages: Debian's, headless, with nothing of its own to say to the network."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

ROOT = Path(__file__).parent.parent
SHOTS = Path(os.environ.get("MODELGUARD_ARTIFACTS", ROOT / "build")) / "screenshots"
_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --disable-dev-shm-usage --force-device-scale-factor=1"
)


def missing(what: str) -> None:
    """Skip, with the reason; in CI a missing component fails."""
    if os.environ.get("MODELGUARD_CI"):
        pytest.fail(f"{what} is missing in CI")
    pytest.skip(f"{what} is not installed", allow_module_level=True)


@contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
    """A browser that is ended with the test."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        missing("chromium")
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        missing("selenium")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*_FLAGS.split(), f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()


def look(browser: Chrome, width: int = 1280, height: int = 900, *, dark: bool = False) -> None:
    """The size of the window, and what the reader prefers."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def requests(browser: Chrome) -> list[str]:
    """Every address that was asked for since the last time."""
    found = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(message["params"]["request"]["url"])
    return found


def screenshot(browser: Chrome, name: str) -> Path:
    """The whole page as it looks now, kept under build/screenshots."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    width, height = browser.execute_script("return [innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, 4000), "scale": 1}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
    path = SHOTS / f"{name}.png"
    path.write_bytes(base64.b64decode(shot["data"]))
    return path


def web_modules(folder: Path) -> Path:
    """node_modules of web/: installed once, by npm, where they are not there already."""
    there = ROOT / "web" / "node_modules"
    if (there / "axe-core" / "axe.min.js").exists() and (there / "mermaid" / "package.json").exists():
        return there
    if shutil.which("npm") is None:
        missing("npm")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "web" / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"what web/package.json names ({done.stderr[-300:]})")
    return folder / "node_modules"


def violations(browser: Chrome, modules: Path) -> list[str]:
    """What axe-core finds serious or critical on the page."""
    browser.execute_script((modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found: Any = browser.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run(document, {resultTypes: ['violations']}).then((r) => done(r.violations), (e) => done([{id: String(e),"
        " impact: 'critical', nodes: []}]))"
    )
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    return [f"{v['id']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in serious]
