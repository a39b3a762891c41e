"""`earshot`, as a person types it, on stores in a folder of the test's own."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.__main__ import main

Earshot = Callable[..., tuple[int, str]]
"""Arguments of the command line; the exit status, and all that was printed."""


@pytest.fixture
def earshot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Earshot]:
    """Nothing of the command's own process stays in this one."""
    monkeypatch.setenv("EARSHOT_DATA_DIR", str(tmp_path))
    for variable in ("EARSHOT_DATABASE_URL", "EARSHOT_MASTER_KEYS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("cli.settings.configure_logs", lambda **_: None)
    handler = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["earshot", *arguments])
        status = main()
        output = capsys.readouterr()
        return status, output.out + output.err

    yield run
    signal.signal(signal.SIGTERM, handler)
