"""`earshot migrate`, as the chart's Job runs it."""

import pytest

from tests.integration.stores.conftest import Earshot


def test_an_empty_database_gets_its_tables_and_one_that_has_them_keeps_them(earshot: Earshot) -> None:
    assert earshot("migrate")[0] == 0
    status, output = earshot("migrate")
    assert (status, "this version's tables" in output) == (0, True)


def test_a_database_that_is_away_fails_the_command_without_telling_its_password(
    earshot: Earshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_DATABASE_URL", "postgresql://earshot:hush@127.0.0.1:1/earshot")
    status, output = earshot("migrate", "--wait-seconds", "0.1")
    assert (status, "can't be reached" in output, "hush" in output) == (1, True, False)
