"""`earshot keys`, as a person types it, on a store in the data folder."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.__main__ import main

Run = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """And nothing of the command's own process stays in this one."""
    monkeypatch.setenv("EARSHOT_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("EARSHOT_DATABASE_URL", raising=False)
    monkeypatch.setattr("cli.keys.configure_logs", lambda **_: None)
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def earshot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["earshot", "keys", *arguments])
        status = main()
        output = capsys.readouterr()
        return status, output.out + output.err

    return run


def test_a_key_is_shown_once_listed_without_itself_and_revoked(earshot: Run) -> None:
    _, created = earshot("create", "--tenant", "acme", "--name", "phone", "--model", "a/b", "--concurrent", "2")
    values = dict(line.split(maxsplit=1) for line in created.splitlines() if line.startswith(("id:", "key:")))
    assert values["key:"].startswith("esk_")
    _, listed = earshot("list")
    assert values["key:"] not in listed
    (row,) = [line for line in listed.splitlines() if values["id:"] in line]
    assert all(part in row for part in ("acme", "works", "phone", "a/b", "2 at once"))
    assert earshot("revoke", values["id:"])[0] == 0
    assert "revoked" in earshot("list")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("revoke", "key_nobody"), "earshot keys list"),
        (("create", "--tenant", ""), "tenant"),
        (("create", "--tenant", "acme", "--requests-per-minute", "0"), "requests_per_minute must be from 1"),
    ],
)
def test_mistakes_are_told_in_a_line(earshot: Run, arguments: tuple[str, ...], said: str) -> None:
    status, output = earshot(*arguments)
    assert status == 1
    assert said in output
    assert "Traceback" not in output


def test_a_database_that_is_away_is_told_without_its_password(earshot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_DATABASE_URL", "postgresql://earshot:hush@127.0.0.1:1/earshot")
    status, output = earshot("list")
    assert status == 1
    assert "database can't be reached" in output
    assert "hush" not in output
