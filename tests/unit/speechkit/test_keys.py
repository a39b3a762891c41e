"""Keys as they are made and shown."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechkit.domain.errors import InvalidRequest
from speechkit.domain.keys import key_hash, looks_like_a_key, make_key, masked
from speechkit.domain.limits import KeyLimits

NOW = datetime(2026, 2, 3, tzinfo=UTC)


def test_keys_are_long_random_and_remembered_by_their_hash() -> None:
    made = [make_key(tenant="acme", limits=KeyLimits(), now=NOW) for _ in range(100)]
    assert len({secret for secret, _ in made}) == len({key.id for _, key in made}) == 100
    for secret, key in made:
        assert looks_like_a_key(secret)
        assert key.hash == key_hash(secret)
        assert len(key.hash) == 64
        assert secret not in repr(key)


@given(st.text(max_size=200))
def test_what_is_shown_of_a_key_is_short_and_safe_to_print(text: str) -> None:
    shown = masked(text)
    assert len(shown) <= 16
    assert shown.isascii()
    assert shown.isprintable()
    assert sum(character != "*" for character in shown) <= max(0, len(text) // 3)


@pytest.mark.parametrize(
    "wrong",
    [{"tenant": ""}, {"tenant": " "}, {"tenant": "a" * 101}, {"tenant": "a\nb"}, {"name": "\x1b[2J"}, {"models": [""]}],
)
def test_names_that_could_not_be_stored_or_shown_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        make_key(**{"tenant": "acme", "limits": KeyLimits(), "now": NOW, **wrong})  # type: ignore[arg-type]
