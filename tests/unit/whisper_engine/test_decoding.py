"""CTranslate2's options and scores, translated: how long a text may be, and its mean log probability."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whisper_engine.attempts import POSITIONS
from whisper_engine.decoding import length_option


@given(max_tokens=st.integers(1, 224), prompt_length=st.integers(1, 229))
def test_the_search_stops_after_max_tokens(max_tokens: int, prompt_length: int) -> None:
    """CTranslate2 writes min(T / 2, T - prompt) tokens, where its prompt lacks our last token."""
    option = length_option(max_tokens, prompt_length)
    written = min(option // 2, option - (prompt_length - 1))
    assert written == min(max_tokens, POSITIONS - (prompt_length - 1))


@pytest.mark.parametrize("prompt_length", [1, 229])
def test_text_and_prompt_fit_the_decoder(prompt_length: int) -> None:
    assert length_option(224, prompt_length) <= POSITIONS
