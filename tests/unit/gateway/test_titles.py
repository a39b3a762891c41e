"""A job's title in the HiSpeech-style API: the first sentence, in whatever script, and never a long one."""

import time

import pytest

from gateway.hispeech.answers import title_of
from speechkit.domain.jobs import MAX_TITLE_CHARACTERS


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Good morning. How are you?", "Good morning."),
        ("It is 3.5 degrees. Cold.", "It is 3.5 degrees."),
        ('"Stop!" she said.', '"Stop!"'),
        ("Really?! Yes.", "Really?!"),
        ("Well... perhaps.", "Well..."),
        ("no end at all", "no end at all"),
        ("今日はいい天気です。散歩に行きましょう。", "今日はいい天気です。"),
        ("هل أنت هناك؟ نعم.", "هل أنت هناك؟"),
        ("नमस्ते। आप कैसे हैं?", "नमस्ते।"),
        ("Over\ntwo lines.  Then.", "Over two lines."),
        ("...", "..."),
        ("", ""),
    ],
)
def test_the_first_sentence_is_the_title(text: str, title: str) -> None:
    assert title_of(text) == title


@pytest.mark.parametrize("text", ["word " * 100, "x" * 1000, "。" * 1000, "a. " * 1000, "." * 100_000])
def test_a_title_is_never_long_and_ends_with_a_word(text: str) -> None:
    title = title_of(text)
    assert 0 < len(title) <= MAX_TITLE_CHARACTERS
    assert not title.endswith(" …")


def test_hostile_texts_are_looked_at_only_as_far_as_a_title_goes() -> None:
    """Hours of speech without a full stop, or of nothing else, must not cost the square of their length."""
    started = time.monotonic()
    assert title_of("word, " * 1_000_000).endswith("…")
    assert title_of("." * 1_000_000 + "x").endswith("…")
    assert time.monotonic() - started < 1
