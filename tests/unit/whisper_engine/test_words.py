"""Words: joined they are the text, punctuation stays with its word, times are those of the alignment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whisper_engine.tokenizer import Tokenizer
from whisper_engine.words import Span, split_words, timed_words


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", " Hello, world!", [" Hello,", " world!"]),
        ("en", ' "Well," he said.', [' "Well,"', " he", " said."]),
        ("en", " twenty-five don't", [" twenty-five", " don't"]),
        ("en", " So - they left ...", [" So", " - they", " left ..."]),
        ("es", " ¿Qué? ¡No!", [" ¿Qué?", " ¡No!"]),
        ("en", "...", ["..."]),
        ("zh", "你好,世界。", ["你", "好,", "世", "界。"]),
        ("zh", "用iPhone吧", ["用", "iPhone", "吧"]),
        ("ja", "「はい」", ["「は", "い」"]),
        ("en", "", []),
    ],
)
def test_a_text_falls_into_words(tokenizer: Tokenizer, language: str, text: str, words: list[str]) -> None:
    assert [span.text for span in split_words(tokenizer.encode(text), tokenizer, language)] == words


@given(text=st.text(), language=st.sampled_from(["en", "zh"]))
def test_joined_words_are_the_text(tokenizer: Tokenizer, text: str, language: str) -> None:
    tokens = tokenizer.encode(text)
    spans = split_words(tokens, tokenizer, language)
    assert "".join(span.text for span in spans) == tokenizer.decode(tokens)
    assert sum(span.token_count for span in spans) == len(tokens)


def test_a_character_cut_off_at_the_end_is_still_counted(tokenizer: Tokenizer) -> None:
    tokens = tokenizer.encode(" né")[:-1]
    [span] = split_words(tokens, tokenizer, "en")
    assert (span.text, span.token_count) == (" n\ufffd", len(tokens))


SPANS = [Span(text=" one", token_count=2), Span(text=" two", token_count=1)]
PATH = [(0, 0), (0, 4), (1, 5), (1, 9), (2, 10), (2, 20), (3, 30)]
"""(token, frame): token 0 from frame 0, 1 from 5, 2 from 10, and the end from frame 30."""


def test_a_word_lasts_from_its_first_token_to_the_next_words() -> None:
    one, two = timed_words(SPANS, PATH, [0.9, 0.5, 0.8], window_seconds=1.0)
    assert [one.start, one.end, two.start, two.end] == pytest.approx([0.0, 0.2, 0.2, 0.6])
    assert one.probability == pytest.approx(0.7)


def test_no_word_ends_after_the_window() -> None:
    *_, last = timed_words(SPANS, PATH, [0.9, 0.5, 0.8], window_seconds=0.5)
    assert last.end == 0.5


@pytest.mark.parametrize("path", [[], PATH[:2], PATH[:4]])
def test_a_word_that_was_not_measured_has_no_time(path: list[tuple[int, int]]) -> None:
    """A path too short to tell gives fewer words, never an invented time."""
    assert timed_words(SPANS, path, [0.9, 0.5, 0.8], window_seconds=1.0) == ()
