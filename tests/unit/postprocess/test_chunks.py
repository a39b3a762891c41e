"""Transcripts are cut into what fits, losing nothing and cutting no passage that need not be cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from postprocess.refining.budgets import tokens
from postprocess.refining.chunks import OVERLAP_CHARACTERS, chunks_of
from speechkit.domain.refinement import Passage


def passages(texts: list[str]) -> list[Passage]:
    return [Passage(id=number, start=number, end=number + 1, text=text) for number, text in enumerate(texts)]


TEXTS = st.lists(st.text(min_size=1, max_size=400), min_size=1, max_size=30)


@given(texts=TEXTS, most_tokens=st.integers(20, 300))
def test_whatever_was_said_is_there_once_and_in_order(texts: list[str], most_tokens: int) -> None:
    chunks = chunks_of(passages(texts), most_tokens=most_tokens, divisible=True)
    assert "".join(piece.text for chunk in chunks for piece in chunk.passages) == "".join(texts)
    assert all(sum(tokens(piece.text) for piece in chunk.passages) <= most_tokens for chunk in chunks)


@given(texts=TEXTS, most_tokens=st.integers(20, 300))
def test_numbered_passages_stay_whole(texts: list[str], most_tokens: int) -> None:
    asked = passages(texts)
    chunks = chunks_of(asked, most_tokens=most_tokens, divisible=False)
    assert [piece for chunk in chunks for piece in chunk.passages] == asked
    for chunk in chunks:
        assert len(chunk.passages) == 1 or sum(tokens(piece.text) for piece in chunk.passages) <= most_tokens


def test_each_chunk_but_the_first_knows_what_was_said_before_it() -> None:
    chunks = chunks_of(passages([f"sentence number {number}." for number in range(40)]), most_tokens=60, divisible=True)
    assert chunks[0].before == ""
    for before, chunk in pairwise(chunks):
        assert chunk.before
        assert before.text.endswith(chunk.before)
        assert len(chunk.before) <= OVERLAP_CHARACTERS
        assert not chunk.before.startswith(" ")


def test_a_long_text_is_cut_at_its_sentences() -> None:
    text = "".join(f"This is sentence {number}. " for number in range(100))
    chunks = chunks_of(passages([text]), most_tokens=100, divisible=True)
    assert len(chunks) > 5
    assert all(chunk.text.startswith("This is sentence") and chunk.text.endswith(".") for chunk in chunks)
