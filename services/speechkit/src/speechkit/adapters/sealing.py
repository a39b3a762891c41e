"""Sealing with master keys: the keys of blobs, and texts short enough for a row (AES-256-GCM).

Where master keys are kept is the matter of `master_keys`; what is too long for a row is sealed by `sealed_chunks`.
"""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from speechkit.domain.errors import Internal

log = structlog.get_logger(__name__)

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16

KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class MasterKeys:
    """Seals with the first key, unseals with whichever of them sealed.

    Sealed bytes begin with the key's id, so that keys can follow one another. They are bound to what they are about:
    under another name they open no more than with another key.
    """

    def __init__(
        self, keys: Mapping[str, bytes], *, read_again: Callable[[], Mapping[str, bytes]] | None = None
    ) -> None:
        """`read_again` is asked when something was sealed by a key that is newer than this process."""
        self._read_again = read_again
        self._take(keys)

    @property
    def current(self) -> str:
        """The id of the key that seals from now on."""
        return self._current

    def wrap(self, plain: bytes, *, about: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return self._head + nonce + self._ciphers[self._current].encrypt(nonce, plain, self._head + about.encode())

    def unwrap(self, sealed: bytes, *, about: str) -> bytes:
        """Raises Internal for what was altered, is about something else, or was sealed by a key that is not there."""
        taken = _take_apart(sealed, about)
        try:
            return self._cipher(taken.key_id).decrypt(taken.nonce, taken.rest, taken.head + about.encode())
        except InvalidTag:
            raise altered(about) from None

    def rewrap(self, sealed: bytes, *, about: str) -> bytes:
        """The same, sealed by the current key."""
        return self.wrap(self.unwrap(sealed, about=about), about=about)

    def is_current(self, sealed: bytes) -> bool:
        """Whether the current key has sealed it."""
        return sealed.startswith(self._head)

    def _take(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = next(iter(keys))
        self._head = bytes([len(self._current)]) + self._current.encode()

    def _cipher(self, key_id: str) -> AESGCM:
        if key_id not in self._ciphers and self._read_again:
            with suppress(OSError, ValueError):  # then the key is as missing as before
                self._take(self._read_again())
        if key_id not in self._ciphers:
            log.error("master_key_missing", key=key_id)
            raise Internal(
                "What was stored can't be read, because the master key that it was sealed with is missing. The "
                "server's administrator finds the key's id in its log."
            )
        return self._ciphers[key_id]


class MasterSealer:
    """Short texts, each sealed by the master key itself."""

    def __init__(self, keys: MasterKeys) -> None:
        self._keys = keys

    def seal(self, plain: bytes, *, about: str) -> bytes:
        return self._keys.wrap(plain, about=_text(about))

    def unseal(self, sealed: bytes, *, about: str) -> bytes:
        return self._keys.unwrap(sealed, about=_text(about))


def altered(about: str) -> Internal:
    log.error("sealed_bytes_altered", about=about)
    return Internal(
        "What was stored has been altered or damaged since, and can't be read any more. Send it again, and tell the "
        "server's administrator."
    )


@dataclass(frozen=True, kw_only=True)
class _Sealed:
    head: bytes
    key_id: str
    nonce: bytes
    rest: bytes


def _take_apart(sealed: bytes, about: str) -> _Sealed:
    head = sealed[: 1 + sealed[0]] if sealed else b""
    key_id = head[1:].decode("ascii", "replace")
    if not KEY_ID.fullmatch(key_id) or len(sealed) < len(head) + NONCE_BYTES + TAG_BYTES:
        raise altered(about)
    nonce = sealed[len(head) : len(head) + NONCE_BYTES]
    return _Sealed(head=head, key_id=key_id, nonce=nonce, rest=sealed[len(head) + NONCE_BYTES :])


def _text(about: str) -> str:
    """Never the name of a blob, whose key must not be read as somebody's text."""
    return f"text:{about}"
