"""API keys: how they are made, what is remembered of them, and how one is shown without giving it away.

Where they are stored is the matter of the KeyStore port; what their limits mean stands in `limits`.
"""

import hashlib
import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from speechkit.domain.errors import InvalidRequest
from speechkit.domain.limits import KeyLimits

PREFIX = "esk_"
"""Says what the secret is to people, and to the scanners that look for keys in published code."""

ALPHABET = string.ascii_letters + string.digits
SECRET_CHARACTERS = 43
"""log2(62) × 43 = 256 bits."""

KEY = re.compile(rf"{PREFIX}[A-Za-z0-9]{{{SECRET_CHARACTERS}}}", re.ASCII)
MAX_NAME_CHARACTERS = 100
MASKED_CHARACTERS = 4


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """What is remembered of a key: everything but the key."""

    id: str
    tenant: str
    name: str
    hash: str
    models: tuple[str, ...]
    """Served names that the key may use; empty means all."""
    limits: KeyLimits
    created_at: datetime
    revoked_at: datetime | None = None


def make_key(
    *, tenant: str, name: str = "", models: Sequence[str] = (), limits: KeyLimits, now: datetime
) -> tuple[str, ApiKey]:
    """A new secret, which nobody can show again, and what is to be stored of it."""
    for what, text in (("tenant", tenant), ("name", name), *(("model", model) for model in models)):
        if len(text) > MAX_NAME_CHARACTERS or not text.isprintable():
            raise InvalidRequest(f"The {what} must be at most {MAX_NAME_CHARACTERS} printable characters.")
    if not tenant.strip() or not all(model.strip() for model in models):
        raise InvalidRequest("A key needs a tenant, and its models need names.")
    secret = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(SECRET_CHARACTERS))
    key = ApiKey(
        id=f"key_{secrets.token_hex(8)}",
        tenant=tenant,
        name=name,
        hash=key_hash(secret),
        models=tuple(dict.fromkeys(models)),
        limits=limits,
        created_at=now,
    )
    return secret, key


def looks_like_a_key(text: str) -> bool:
    """What does not was never made here, and needs no look into the store."""
    return KEY.fullmatch(text) is not None


def key_hash(secret: str) -> str:
    """What is stored and looked up instead of the key.

    Plain SHA-256: a slow hash such as bcrypt protects secrets that can be guessed, and 256 random bits can't be. And
    because the lookup compares hashes, its timing says nothing about any key.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def masked(text: str) -> str:
    """Enough to recognize one's own key in a message, as OpenAI shows it, and too little to use it."""
    visible = "".join(character if character.isascii() and character.isprintable() else "*" for character in text)
    if len(visible) < 6 * MASKED_CHARACTERS:
        return "*" * MASKED_CHARACTERS
    return f"{visible[:MASKED_CHARACTERS]}{'*' * 8}{visible[-MASKED_CHARACTERS:]}"
