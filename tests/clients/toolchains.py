"""Node and Go of this machine, where they are there and new enough; a test that needs them is skipped where not."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest


def node_with_packages(folder: Path) -> str:
    """The node program, once the folder has the packages of its package-lock.json."""
    needed = json.loads((folder / "package.json").read_text("utf-8"))["engines"]["node"].removeprefix(">=")
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        _skip(f"install Node {needed} or newer, with npm")
    found = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    if _version(found) < _version(needed):
        _skip(f"Node is {found}; install {needed} or newer")
    installed = folder / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
        subprocess.run([npm, "ci", "--omit=dev", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return node


def go_for(module: Path) -> str:
    """The go program, if it can build the module; a newer Go that its toolchain line brings counts too."""
    (needed,) = re.findall(r"^go (\S+)$", (module / "go.mod").read_text("utf-8"), re.MULTILINE)
    go = shutil.which("go")
    if not go:
        _skip(f"install Go {needed} or newer")
    asked = subprocess.run([go, "env", "GOVERSION"], cwd=module, check=False, capture_output=True, text=True)
    if asked.returncode != 0 or _version(asked.stdout) < _version(needed):
        _skip(f"Go is too old ({asked.stdout.strip() or asked.stderr.strip()}); install {needed} or newer")
    return go


def _skip(what_to_do: str) -> NoReturn:
    pytest.skip(f"no toolchain for this client: {what_to_do}")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])
