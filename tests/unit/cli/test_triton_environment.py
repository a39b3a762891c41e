"""Where Triton can't run, the reason and the cure are told; nothing is half started."""

import sys
from pathlib import Path

import pytest

from cli.triton.environment import TritonUnavailable, find_triton

PARTS = (
    "pytriton/tritonserver/bin/tritonserver",
    "pytriton/tritonserver/backends/python/libtriton_python.so",
    "pytriton/tritonserver/python_backend_stubs/3.12/triton_python_backend_stub",
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the first test's answer is all there is")


def make_venv(directory: Path, *, answer: str) -> Path:
    """An environment whose Python answers the probe with the given JSON."""
    python = directory / "triton" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n")
    python.chmod(0o755)
    for part in PARTS:
        path = directory / "packages" / part
        path.parent.mkdir(parents=True)
        path.touch()
    return directory / "triton"


def answer_of(directory: Path, *, missing: str = "null") -> str:
    return (
        f'{{"version": "3.12", "missing_library": {missing}, "library_directories": ["/opt/python/lib"],'
        f' "packages": "{directory}/packages"}}'
    )


def test_another_platform_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("cli.triton.environment.platform.machine", lambda: "arm64")
    with pytest.raises(TritonUnavailable, match="Linux x86_64"):
        find_triton(tmp_path)


def test_no_environment_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(TritonUnavailable, match="make install"):
        find_triton(tmp_path / "triton")


def test_the_installers_reason_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "triton.missing").write_text("Triton needs glibc 2.35 or newer; here is 2.31.\n")
    with pytest.raises(TritonUnavailable, match=r"glibc 2\.35 or newer"):
        find_triton(tmp_path / "triton")


def test_a_missing_libpython_names_its_package(tmp_path: Path) -> None:
    venv = make_venv(tmp_path, answer=answer_of(tmp_path, missing='"libpython3.12.so.1.0"'))
    with pytest.raises(TritonUnavailable, match=r"apt-get install libpython3\.12"):
        find_triton(venv)


def test_a_damaged_environment_is_told(tmp_path: Path) -> None:
    venv = make_venv(tmp_path, answer=answer_of(tmp_path))
    (tmp_path / "packages" / PARTS[0]).unlink()
    with pytest.raises(TritonUnavailable, match="run make again"):
        find_triton(venv)


def test_a_whole_environment_is_found(tmp_path: Path) -> None:
    found = find_triton(make_venv(tmp_path, answer=answer_of(tmp_path)))
    assert found.stub == tmp_path / "packages" / PARTS[2]
    assert found.library_directories == (tmp_path / "packages/nvidia_pytriton.libs", Path("/opt/python/lib"))
