"""Where master keys come from: the environment, or a file that is made at the first start.

One `id:key` after another, the current one first, each key 32 bytes in base64. What they seal is the matter of
`sealing`.
"""

import base64
import binascii
import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import structlog

from speechkit.adapters.sealing import KEY_BYTES, KEY_ID, MasterKeys

log = structlog.get_logger(__name__)


class BadMasterKeys(ValueError):
    """The message never quotes a key."""


def open_master_keys(value: str | None, key_file: Path) -> MasterKeys:
    """Those of `value`, else those of the file, which gets a first one where there is none."""
    if value is not None:
        return MasterKeys(_parse(value, "the value"))
    with _alone_in(key_file.parent):
        if not key_file.exists():
            _write(key_file, _new_key())
            log.info("master_key_made", file=str(key_file))
    return MasterKeys(_read(key_file), read_again=partial(_read, key_file))


def add_master_key(key_file: Path) -> str:
    """A new current key in front of those that are there, which go on unsealing what they sealed. Its id."""
    with _alone_in(key_file.parent):
        new = _new_key()
        _write(key_file, new | (_read(key_file) if key_file.exists() else {}))
    return next(iter(new))


def _new_key() -> dict[str, bytes]:
    return {secrets.token_hex(4): secrets.token_bytes(KEY_BYTES)}


def _read(key_file: Path) -> dict[str, bytes]:
    return _parse(key_file.read_text(), str(key_file))


def _parse(written: str, where: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for number, entry in enumerate(written.split(), start=1):
        key_id, _, encoded = entry.partition(":")
        if not KEY_ID.fullmatch(key_id) or key_id in keys:
            raise BadMasterKeys(f"{where}: entry {number} has no id of its own; write id:key, one after another.")
        try:
            keys[key_id] = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            keys[key_id] = b""
        if len(keys[key_id]) != KEY_BYTES:
            raise BadMasterKeys(
                f"{where}: the key {key_id} is not {KEY_BYTES} bytes in base64; `openssl rand -base64 {KEY_BYTES}` "
                "makes one."
            )
    if not keys:
        raise BadMasterKeys(f"{where} holds no key; `openssl rand -base64 {KEY_BYTES}` makes one, write it as id:key.")
    return keys


def _write(key_file: Path, keys: Mapping[str, bytes]) -> None:
    """At once and for good: with a key that is lost, all that it sealed is lost."""
    new_file = key_file.with_name(f"{key_file.name}.new")
    new_file.unlink(missing_ok=True)
    descriptor = os.open(new_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{key_id}:{base64.b64encode(key).decode()}\n" for key_id, key in keys.items())
        file.flush()
        os.fsync(descriptor)
    new_file.replace(key_file)
    _sync_folder(key_file.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Of two processes that start at once, one makes the key and the other waits for it."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
