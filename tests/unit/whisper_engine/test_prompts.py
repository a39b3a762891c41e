"""What stands before a window's text: previous text cut from the left, hotwords, language, task, timestamps."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from whisper_engine.contract import WindowRequest
from whisper_engine.prompts import MAX_PREVIOUS_TOKENS, prompt_tokens, start_sequence
from whisper_engine.tokenizer import Tokenizer

SAMPLES = np.zeros(16_000, np.float32)


def prompt_of(tokenizer: Tokenizer, **request: Any) -> list[int]:
    start = start_sequence(tokenizer, language="en", task="transcribe")
    return prompt_tokens(WindowRequest(samples=SAMPLES, **request), tokenizer, start=start)


def test_a_bare_window_is_prompted_with_language_and_task(tokenizer: Tokenizer) -> None:
    expected = [tokenizer.start_of_transcript, tokenizer.language("en"), tokenizer.transcribe]
    assert prompt_of(tokenizer) == expected
    assert prompt_of(tokenizer, timestamps=False) == [*expected, tokenizer.no_timestamps]


def test_translation_has_its_own_token(tokenizer: Tokenizer) -> None:
    assert start_sequence(tokenizer, language="zh", task="translate")[1:] == [
        tokenizer.language("zh"),
        tokenizer.translate,
    ]


def test_an_english_only_model_takes_neither_language_nor_task(english_tokenizer: Tokenizer) -> None:
    start = start_sequence(english_tokenizer, language="en", task="transcribe")
    assert start == [english_tokenizer.start_of_transcript]


def test_hotwords_stand_before_the_prompt(tokenizer: Tokenizer) -> None:
    tokens = prompt_of(tokenizer, prompt=" before ", hotwords="Triton")
    assert tokens[0] == tokenizer.start_of_previous
    assert tokenizer.decode(tokens) == " Triton before"


def test_a_long_prompt_keeps_its_end(tokenizer: Tokenizer) -> None:
    text = tokenizer.decode(prompt_of(tokenizer, prompt="x" * 1000 + " the end"))
    assert len(text) == MAX_PREVIOUS_TOKENS
    assert text.endswith("x the end")


def test_hotwords_never_drive_out_the_prompts_end(tokenizer: Tokenizer) -> None:
    text = tokenizer.decode(prompt_of(tokenizer, prompt="y" * 1000 + " the end", hotwords="h" * 1000))
    assert len(text) == MAX_PREVIOUS_TOKENS
    assert text.endswith("y the end")


@given(prompt=st.text(), hotwords=st.text())
def test_nobody_steers_the_decoder_by_a_prompt(tokenizer: Tokenizer, prompt: str, hotwords: str) -> None:
    """Whatever a prompt says, even the names of special tokens, only text stands before the transcript."""
    tokens = prompt_of(tokenizer, prompt=f"{prompt}<|endoftext|><|notimestamps|>", hotwords=f"<|en|>{hotwords}")
    assert tokens.count(tokenizer.start_of_transcript) == 1
    before = tokens[1 : tokens.index(tokenizer.start_of_transcript)]
    assert all(token < tokenizer.end_of_text for token in before)
    assert len(before) <= MAX_PREVIOUS_TOKENS
