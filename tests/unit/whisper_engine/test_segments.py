"""Segments are read from timestamp tokens: every text ends up in one, within the window, in order."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whisper_engine.segments import segments_of
from whisper_engine.tokenizer import Tokenizer

WINDOW_SECONDS = 10.0


def tokens_of(tokenizer: Tokenizer, *parts: str | float) -> list[int]:
    """Text as its tokens, numbers as the timestamps of so many seconds."""
    tokens: list[int] = []
    for part in parts:
        tokens += tokenizer.encode(part) if isinstance(part, str) else [tokenizer.timestamp_begin + round(part * 50)]
    return tokens


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((0.0, " One.", 2.0), [(0.0, 2.0, " One.")]),
        ((0.0, " One.", 2.0, 2.5, " Two.", 4.0), [(0.0, 2.0, " One."), (2.5, 4.0, " Two.")]),
        # Without its end a text reaches to the window's end, without its beginning from its neighbour's end.
        ((1.0, " One."), [(1.0, 10.0, " One.")]),
        ((" One.",), [(0.0, 10.0, " One.")]),
        ((" One.", 2.0, " Two.", 4.0), [(0.0, 2.0, " One."), (2.0, 4.0, " Two.")]),
        # Times beyond the window, which a padded encoder can hear, are cut to it.
        ((8.0, " One.", 12.0), [(8.0, 10.0, " One.")]),
        ((11.0, " One.", 12.0), [(10.0, 10.0, " One.")]),
        # A segment that was opened and not filled, and a window without any text.
        ((0.0, " One.", 2.0, 2.0), [(0.0, 2.0, " One.")]),
        ((0.0,), []),
        ((0.0, " ", 2.0), []),
        ((), []),
    ],
)
def test_a_window_falls_into_its_segments(
    tokenizer: Tokenizer, parts: tuple[str | float, ...], expected: list[tuple[float, float, str]]
) -> None:
    segments = segments_of(tokens_of(tokenizer, *parts), tokenizer, window_seconds=WINDOW_SECONDS)
    assert [(segment.start, segment.end, segment.text) for segment in segments] == expected


PARTS = st.lists(st.floats(0, 30) | st.text(min_size=1, max_size=5))


@given(parts=PARTS, seconds=st.floats(0.1, 30))
def test_times_rise_within_the_window(tokenizer: Tokenizer, parts: list[str | float], seconds: float) -> None:
    segments = segments_of(tokens_of(tokenizer, *parts), tokenizer, window_seconds=seconds)
    assert all(0 <= segment.start <= segment.end <= seconds for segment in segments)
    assert all(before.end <= after.start for before, after in pairwise(segments))
    for segment in segments:
        assert len(segment.tokens) == len(segment.token_texts)
        assert b"".join(segment.token_texts).decode() == segment.text


@given(parts=PARTS)
def test_no_text_within_the_window_is_lost(tokenizer: Tokenizer, parts: list[str | float]) -> None:
    tokens = tokens_of(tokenizer, *parts)
    segments = segments_of(tokens, tokenizer, window_seconds=31.0)
    heard = "".join(segment.text for segment in segments)
    assert "".join(heard.split()) == "".join(tokenizer.decode(tokens).split())


def test_what_begins_where_the_window_ends_was_invented(tokenizer: Tokenizer) -> None:
    tokens = tokens_of(tokenizer, 0.0, " Only.", 9.9, 9.94, " Only.", 10.0, 10.0, " Only.", 10.0)
    segments = segments_of(tokens, tokenizer, window_seconds=WINDOW_SECONDS)
    assert [segment.text for segment in segments] == [" Only."]
