"""`earshot webhooks`, as a person types it, on a store in the data folder."""

import base64
from pathlib import Path

from tests.integration.stores.conftest import Earshot


def secret_of(earshot: Earshot, *arguments: str) -> str:
    """The one word of its output that is a secret."""
    status, output = earshot("webhooks", *arguments)
    assert status == 0
    (secret,) = [word for word in output.split() if word.startswith("whsec_")]
    return secret


def test_a_tenant_s_secret_stays_until_it_is_changed(earshot: Earshot, tmp_path: Path) -> None:
    """And nowhere on the disk does it stand unsealed."""
    secret = secret_of(earshot, "secret", "--tenant", "acme")
    assert secret_of(earshot, "secret", "--tenant", "acme") == secret
    assert secret_of(earshot, "secret", "--tenant", "other") != secret
    changed = secret_of(earshot, "rotate", "--tenant", "acme")
    assert changed != secret
    assert secret_of(earshot, "secret", "--tenant", "acme") == changed
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert base64.b64decode(secret.removeprefix("whsec_")) not in written
