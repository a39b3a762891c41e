"""What is on disk: checked once in full, cheaply on every start, by one process at a time."""

import multiprocessing
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.weights import store as store_module
from cli.weights.errors import DiskFull
from cli.weights.lock import Bundle
from cli.weights.store import BundleStore
from tests.stack.hub import Hub

from .conftest import CONTENTS


def test_a_second_start_reads_no_file(store: BundleStore, hub_bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    store.ensure(hub_bundle)

    def unexpected(path: Path) -> str:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(store_module, "sha256_of", unexpected)
    store.ensure(hub_bundle)


def test_a_file_that_was_touched_is_read_again_and_kept(store: BundleStore, hub: Hub, hub_bundle: Bundle) -> None:
    model = store.ensure(hub_bundle) / "model.bin"
    os.utime(model, ns=(1, 1))
    hub.requests.clear()
    store.ensure(hub_bundle)
    assert hub.requests == []


def test_a_file_that_was_changed_is_fetched_again(store: BundleStore, hub_bundle: Bundle) -> None:
    model = store.ensure(hub_bundle) / "model.bin"
    model.write_bytes(b"evil" + CONTENTS["model.bin"][4:])
    store.ensure(hub_bundle)
    assert model.read_bytes() == CONTENTS["model.bin"]


def test_files_that_somebody_put_there_are_checked_and_taken(store: BundleStore, hub: Hub, hub_bundle: Bundle) -> None:
    store.path(hub_bundle).mkdir(parents=True)
    for name, content in CONTENTS.items():
        (store.path(hub_bundle) / name).write_bytes(content)
    store.ensure(hub_bundle)
    assert hub.requests == []


def test_verify_reads_everything_and_deletes_what_is_wrong(store: BundleStore, hub_bundle: Bundle) -> None:
    model = store.ensure(hub_bundle) / "model.bin"
    assert store.verify(hub_bundle) == []
    status = model.stat()
    model.write_bytes(b"evil" + CONTENTS["model.bin"][4:])
    os.utime(model, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert store.verify(hub_bundle) == ["model.bin"]
    assert not model.exists()


def test_remove_leaves_nothing(store: BundleStore, hub_bundle: Bundle) -> None:
    directory = store.ensure(hub_bundle)
    store.remove(hub_bundle)
    assert not directory.exists()


def test_two_processes_fetch_once(store: BundleStore, hub: Hub, hub_bundle: Bundle) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=store.ensure, args=(hub_bundle,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(hub.requests) == len(CONTENTS)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A real file system of half a megabyte."""
    with tempfile.TemporaryDirectory() as directory:
        mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", directory]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("mounting a small disk needs root")
        yield Path(directory)
        subprocess.run(["umount", directory], check=True)


def test_a_disk_too_small_is_told_before_anything_is_fetched(small_disk: Path, hub: Hub, hub_bundle: Bundle) -> None:
    with pytest.raises(DiskFull, match="EARSHOT_DATA_DIR") as raised:
        BundleStore(small_disk, hub_endpoint=hub.endpoint).ensure(hub_bundle)
    assert str(small_disk) in str(raised.value)
    assert hub.requests == []


def test_a_disk_that_fills_meanwhile_is_told_and_what_came_is_kept(
    small_disk: Path, hub: Hub, hub_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BundleStore, "_require_space", lambda *_: None)
    store = BundleStore(small_disk, hub_endpoint=hub.endpoint)
    with pytest.raises(DiskFull, match="is full"):
        store.ensure(hub_bundle)
    assert (store.path(hub_bundle) / "config.json").exists() or (
        store.path(hub_bundle) / ".incoming" / "config.json"
    ).exists()
    assert (store.path(hub_bundle) / ".incoming" / "model.bin.part").stat().st_size > 0
