"""`earshot webhooks`, as a person types it, on a store in the data folder."""

import base64
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.__main__ import main

Run = Callable[..., str]


@pytest.fixture
def earshot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    monkeypatch.setenv("EARSHOT_DATA_DIR", str(tmp_path))
    for name in ("EARSHOT_DATABASE_URL", "EARSHOT_MASTER_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("cli.webhooks.configure_logs", lambda **_: None)
    handler = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> str:
        """The one word of its output that is a secret."""
        monkeypatch.setattr(sys, "argv", ["earshot", "webhooks", *arguments])
        assert main() == 0
        (secret,) = [word for word in capsys.readouterr().out.split() if word.startswith("whsec_")]
        return secret

    yield run
    signal.signal(signal.SIGTERM, handler)


def test_a_tenant_s_secret_stays_until_it_is_changed(earshot: Run, tmp_path: Path) -> None:
    """And nowhere on the disk does it stand unsealed."""
    secret = earshot("secret", "--tenant", "acme")
    assert earshot("secret", "--tenant", "acme") == secret
    assert earshot("secret", "--tenant", "other") != secret
    changed = earshot("rotate", "--tenant", "acme")
    assert changed != secret
    assert earshot("secret", "--tenant", "acme") == changed
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert base64.b64decode(secret.removeprefix("whsec_")) not in written
