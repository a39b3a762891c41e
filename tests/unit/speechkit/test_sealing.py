"""Sealing by master keys: what opens again, and what opens nothing."""

import base64
import os
from pathlib import Path

import pytest

from speechkit.adapters.master_keys import BadMasterKeys, open_master_keys
from speechkit.adapters.sealing import KEY_BYTES, MasterKeys, MasterSealer
from speechkit.domain.errors import Internal

SECRET = b"what was said"


def a_key() -> bytes:
    return os.urandom(KEY_BYTES)


def written(**keys: bytes) -> str:
    return " ".join(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in keys.items())


@pytest.mark.parametrize("plain", [b"", SECRET, bytes(100_000)])
def test_what_was_sealed_is_unsealed_and_tells_nothing_before(plain: bytes) -> None:
    sealer = MasterSealer(MasterKeys({"one": a_key()}))
    sealed = sealer.seal(plain, about="job_1")
    assert sealer.unseal(sealed, about="job_1") == plain
    assert SECRET not in sealed
    assert sealer.seal(plain, about="job_1") != sealed


def test_it_opens_only_as_what_it_is_about() -> None:
    sealer = MasterSealer(MasterKeys({"one": a_key()}))
    with pytest.raises(Internal, match="altered or damaged"):
        sealer.unseal(sealer.seal(SECRET, about="job_1"), about="job_2")


def test_the_key_of_a_blob_is_not_read_as_a_text() -> None:
    keys = MasterKeys({"one": a_key()})
    with pytest.raises(Internal):
        MasterSealer(keys).unseal(keys.wrap(SECRET, about="job_1"), about="job_1")


def test_no_flipped_bit_and_no_shorter_text_opens() -> None:
    sealer = MasterSealer(MasterKeys({"one": a_key()}))
    sealed = sealer.seal(SECRET, about="job_1")
    flipped = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    for altered in (*flipped, *(sealed[:length] for length in range(len(sealed)))):
        with pytest.raises(Internal):
            sealer.unseal(altered, about="job_1")


def test_older_keys_open_what_they_sealed_and_the_first_one_seals() -> None:
    old, new = a_key(), a_key()
    before, after = MasterKeys({"old": old}), MasterKeys({"new": new, "old": old})
    sealed = before.wrap(SECRET, about="it")
    assert after.unwrap(sealed, about="it") == SECRET
    assert not after.is_current(sealed)
    rewrapped = after.rewrap(sealed, about="it")
    assert after.is_current(rewrapped)
    assert MasterKeys({"new": new}).unwrap(rewrapped, about="it") == SECRET


def test_a_key_that_is_missing_is_named_in_the_log_and_looked_for_first() -> None:
    old, new = a_key(), a_key()
    sealed = MasterKeys({"new": new}).wrap(SECRET, about="it")
    with pytest.raises(Internal, match="the master key that it was sealed with is missing"):
        MasterKeys({"old": old}, read_again=lambda: {"old": old}).unwrap(sealed, about="it")
    assert MasterKeys({"old": old}, read_again=lambda: {"new": new, "old": old}).unwrap(sealed, about="it") == SECRET


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "holds no key"),
        ("  \n", "holds no key"),
        (base64.b64encode(bytes(32)).decode(), "entry 1 has no id"),
        ("a:", "the key a is not 32 bytes"),
        ("a:not base64", "the key a is not 32 bytes"),
        (f"a:{base64.b64encode(bytes(16)).decode()}", "the key a is not 32 bytes"),
        (f"a/b:{base64.b64encode(bytes(32)).decode()}", "entry 1 has no id"),
        (written(a=bytes(32)) + "\n" + written(a=bytes(32)), "entry 2 has no id of its own"),
    ],
)
def test_keys_that_are_none_are_refused_without_being_quoted(value: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadMasterKeys, match=said) as refused:
        open_master_keys(value, tmp_path / "unused")
    assert base64.b64encode(bytes(16)).decode().rstrip("=") not in str(refused.value)
