"""The file of master keys: made once by whoever starts first, closed to others, and `earshot blobs rotate-key`."""

import asyncio
import base64
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from speechkit.adapters.key_rotation import rotate_master_key
from speechkit.adapters.master_keys import BadMasterKeys, add_master_key, open_master_keys
from speechkit.domain.errors import Internal
from speechkit.runtime.settings import JobSettings
from tests.integration.stores.conftest import Earshot
from tests.stores.blobs import parts, sealed_store

STARTERS = 8


def sealed_by_whoever_starts(key_file: Path) -> bytes:
    return open_master_keys(None, key_file).wrap(b"a secret", about="it")


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    key_file = tmp_path / "new" / "master.keys"
    with ProcessPoolExecutor(STARTERS, mp_context=get_context("fork")) as pool:
        sealed = list(pool.map(sealed_by_whoever_starts, [key_file] * STARTERS))
    keys = open_master_keys(None, key_file)
    assert [keys.unwrap(each, about="it") for each in sealed] == [b"a secret"] * STARTERS
    assert len(key_file.read_text().splitlines()) == 1


def test_rotations_at_once_lose_no_key(tmp_path: Path) -> None:
    key_file = tmp_path / "master.keys"
    with ProcessPoolExecutor(STARTERS, mp_context=get_context("fork")) as pool:
        made = list(pool.map(add_master_key, [key_file] * STARTERS))
    assert {line.partition(":")[0] for line in key_file.read_text().splitlines()} == set(made)


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    open_master_keys(None, tmp_path / "master.keys")
    assert (tmp_path / "master.keys").stat().st_mode & 0o777 == 0o600
    add_master_key(tmp_path / "master.keys")
    assert (tmp_path / "master.keys").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["master.keys"]


def test_a_damaged_file_is_told_and_left_alone(tmp_path: Path) -> None:
    """A new key in its place would open nothing of what is stored."""
    (tmp_path / "master.keys").write_text("a:damaged\n")
    for use in (lambda file: open_master_keys(None, file), add_master_key):
        with pytest.raises(BadMasterKeys, match=r"master\.keys: the key a is not"):
            use(tmp_path / "master.keys")
    assert (tmp_path / "master.keys").read_text() == "a:damaged\n"


def test_after_a_rotation_the_older_key_is_not_needed_for_any_blob(earshot: Earshot, tmp_path: Path) -> None:
    asyncio.run(put(tmp_path, "one", "two"))
    old = (tmp_path / "master.keys").read_text()
    status, said = earshot("blobs", "rotate-key")
    assert status == 0
    new, kept = (tmp_path / "master.keys").read_text().splitlines(keepends=True)
    assert kept == old
    assert (
        f"{new.partition(':')[0]} is the current master key. It was put on 2 blobs' keys, and on 0 endpoints' keys."
        in said
    )
    (tmp_path / "master.keys").write_text(new)
    assert asyncio.run(read(tmp_path, "one", "two")) == [b"one", b"two"]
    (tmp_path / "master.keys").write_text(old)
    with pytest.raises(Internal):
        asyncio.run(read(tmp_path, "one"))


def test_a_blob_that_is_put_while_keys_rotate_stays_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_DATA_DIR", str(tmp_path))

    async def put_and_rotate() -> list[bytes]:
        names = [f"blob-{number}" for number in range(40)]
        await put(tmp_path, *names[:20])
        await asyncio.gather(put(tmp_path, *names), rotate_master_key(JobSettings()))
        return await read(tmp_path, *names)

    assert asyncio.run(put_and_rotate()) == [f"blob-{number}".encode() for number in range(40)]


def test_keys_of_the_environment_are_not_touched_and_the_first_is_put_on_everything(
    earshot: Earshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(put(tmp_path, "one"))
    old = (tmp_path / "master.keys").read_text()
    new = f"new:{base64.b64encode(os.urandom(32)).decode()}"
    monkeypatch.setenv("EARSHOT_MASTER_KEYS", f"{new} {old}")
    status, said = earshot("blobs", "rotate-key")
    assert status == 0
    assert "new is the current master key. It was put on 1 blobs' keys, and on 0 endpoints' keys." in said
    assert (tmp_path / "master.keys").read_text() == old


def test_keys_of_the_environment_that_are_none_are_told_in_a_line(
    earshot: Earshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_MASTER_KEYS", "a:secret")
    status, told = earshot("blobs", "rotate-key")
    assert status == 1
    assert "EARSHOT_MASTER_KEYS: the value: the key a is not 32 bytes" in told
    assert "secret" not in told


async def put(folder: Path, *names: str) -> None:
    async with sealed_store(str(folder / "blobs"), data_dir=folder) as store:
        for name in names:
            await store.put(name, parts(name.encode()))


async def read(folder: Path, *names: str) -> list[bytes]:
    async with sealed_store(str(folder / "blobs"), data_dir=folder) as store:
        return [await store.read(name) for name in names]
