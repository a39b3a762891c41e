"""`earshot keys`, as a person types it, on a store in the data folder."""

import pytest

from tests.integration.stores.conftest import Earshot


def test_a_key_is_shown_once_listed_without_itself_and_revoked(earshot: Earshot) -> None:
    _, created = earshot("keys", "create", "--tenant", "acme", "--name", "phone", "--model", "a/b", "--concurrent", "2")
    values = dict(line.split(maxsplit=1) for line in created.splitlines() if line.startswith(("id:", "key:")))
    assert values["key:"].startswith("esk_")
    _, listed = earshot("keys", "list")
    assert values["key:"] not in listed
    (row,) = [line for line in listed.splitlines() if values["id:"] in line]
    assert all(part in row for part in ("acme", "works", "phone", "a/b", "2 at once"))
    assert earshot("keys", "revoke", values["id:"])[0] == 0
    assert "revoked" in earshot("keys", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("revoke", "key_nobody"), "earshot keys list"),
        (("create", "--tenant", ""), "tenant"),
        (("create", "--tenant", "acme", "--requests-per-minute", "0"), "requests_per_minute must be from 1"),
    ],
)
def test_mistakes_are_told_in_a_line(earshot: Earshot, arguments: tuple[str, ...], said: str) -> None:
    status, output = earshot("keys", *arguments)
    assert status == 1
    assert said in output
    assert "Traceback" not in output


def test_a_database_that_is_away_is_told_without_its_password(
    earshot: Earshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_DATABASE_URL", "postgresql://earshot:hush@127.0.0.1:1/earshot")
    status, output = earshot("keys", "list")
    assert status == 1
    assert "database can't be reached" in output
    assert "hush" not in output
