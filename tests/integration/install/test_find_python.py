"""tools/find-python on machines that have this and lack that."""

import subprocess
from pathlib import Path

import pytest

from cli.settings import CHECKOUT


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A PATH with the shell's needs and nothing else."""
    directory = tmp_path / "bin"
    directory.mkdir()
    return directory


def add_python(commands: Path, name: str, *, has: set[str]) -> Path:
    """A Python that prints its path, and fails a check that asks for something it lacks."""
    python = commands / name
    lacking = {"ensurepip", "ctypes"} - has
    tests = "\n".join(f'case "$2" in *{part}*) exit 1;; esac' for part in lacking)
    python.write_text(f'#!/bin/sh\n{tests}\ncase "$2" in *sys.executable*) echo {python};; esac\n')
    python.chmod(0o755)
    return python


def find(kind: str, commands: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    script = (CHECKOUT / "tools" / "find-python").read_text().replace("/usr/bin/python", f"{commands}/absent")
    command = ["/bin/sh", "-c", script, "find-python", kind]
    return subprocess.run(
        command, env={"PATH": str(commands), **variables}, capture_output=True, text=True, check=False
    )


def test_the_first_version_that_can_make_environments_is_taken(commands: Path) -> None:
    add_python(commands, "python3.12", has=set())
    wanted = add_python(commands, "python3.11", has={"ensurepip"})
    assert find("services", commands).stdout == f"{wanted}\n"


def test_triton_gets_one_with_a_shared_library(commands: Path) -> None:
    add_python(commands, "python3.12", has={"ensurepip"})
    wanted = add_python(commands, "python3.11", has={"ensurepip", "ctypes"})
    assert find("triton", commands).stdout == f"{wanted}\n"


def test_a_named_one_comes_first(commands: Path) -> None:
    add_python(commands, "python3.12", has={"ensurepip"})
    mine = add_python(commands, "my-python", has={"ensurepip"})
    assert find("services", commands, EARSHOT_PYTHON=str(mine)).stdout == f"{mine}\n"


def test_a_machine_without_python_is_told_what_to_install(commands: Path) -> None:
    (commands / "apt-get").touch(mode=0o755)
    found = find("services", commands)
    assert found.returncode == 1
    assert "sudo apt-get install python3-venv" in found.stderr


def test_a_python_without_shared_library_is_told_its_package(commands: Path) -> None:
    (commands / "apt-get").touch(mode=0o755)
    add_python(commands, "python3.11", has={"ensurepip"})
    found = find("triton", commands)
    assert found.returncode == 1
    assert "sudo apt-get install libpython3.11" in found.stderr
