"""A word on a cut is neither lost nor said twice, and times rise."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechkit.domain.stitching import Heard, Stitcher, join_at_cut
from speechkit.domain.transcript import Segment, Word


def segment(*words: tuple[str, float, float], timed: bool = True) -> Segment:
    """One token a word, whose id is its number, so that a test sees which tokens were kept."""
    texts = [" " + text for text, _, _ in words]
    return Segment(
        start=words[0][1],
        end=words[-1][2],
        text="".join(texts),
        tokens=tuple(range(len(words))),
        token_texts=tuple(text.encode() for text in texts),
        token_logprobs=tuple(-float(index) for index in range(len(words))),
        temperature=0.0,
        avg_logprob=-0.2,
        compression_ratio=1.0,
        no_speech_prob=0.0,
        words=tuple(
            Word(start=start, end=end, text=" " + text, probability=0.9) for text, start, end in words if timed
        ),
    )


def said(*groups: tuple[Segment, ...]) -> str:
    return "".join(part.text for group in groups for part in group).strip()


@pytest.mark.parametrize("timed", [True, False], ids=["with word times", "without word times"])
def test_words_heard_on_both_sides_of_a_cut_are_said_once(timed: bool) -> None:
    before = segment(("we", 26.0, 26.4), ("hold", 26.5, 27.0), ("these", 27.0, 27.4), ("tru", 27.6, 28.0), timed=timed)
    after = segment(
        ("hold", 26.5, 27.0), ("these", 27.0, 27.4), ("truths", 27.5, 28.1), ("self", 28.2, 28.9), timed=timed
    )
    assert said(*join_at_cut((before,), (after,), cut_seconds=27.2)) == "we hold these truths self"


def test_a_word_that_one_window_times_after_and_the_other_before_the_cut_is_not_lost() -> None:
    """Each window's own times put the word on the other's side; agreement on the word itself decides."""
    before = segment(("all", 26.0, 26.8), ("men", 27.05, 27.5))
    after = segment(("men", 26.7, 27.0), ("are", 27.4, 27.9))
    assert said(*join_at_cut((before,), (after,), cut_seconds=27.0)) == "all men are"


def test_without_a_common_word_each_window_keeps_its_side_of_the_cut() -> None:
    before = segment(("alpha", 25.0, 26.0), ("bravo", 26.1, 26.9), ("char", 27.1, 27.4))
    after = segment(("vo", 26.2, 26.6), ("charlie", 27.05, 27.6), ("delta", 27.7, 28.2))
    assert said(*join_at_cut((before,), (after,), cut_seconds=27.0)) == "alpha bravo charlie delta"


def test_a_shared_word_far_from_the_cut_is_not_taken_for_the_join() -> None:
    before = segment(("the", 10.0, 10.4), ("cat", 25.9, 26.3), ("sat", 26.4, 26.9))
    after = segment(("down", 27.1, 27.5), ("the", 40.0, 40.4))
    assert said(*join_at_cut((before,), (after,), cut_seconds=27.0)) == "the cat sat down the"


def test_a_shortened_segment_keeps_the_tokens_and_times_of_its_words() -> None:
    before = segment(("we", 26.0, 26.4), ("hold", 26.5, 27.0), ("these", 27.0, 27.6))
    after = segment(("these", 27.0, 27.6), ("truths", 27.8, 28.4))
    (first,), (second,) = join_at_cut((before,), (after,), cut_seconds=27.3)
    assert (first.tokens, first.end) == ((0, 1, 2), 27.6)
    assert (second.tokens, second.token_logprobs, second.start, second.text) == ((1,), (-1.0,), 27.8, " truths")
    assert [word.text for word in second.words] == [" truths"]


def test_a_window_before_a_cut_waits_for_the_one_behind_it() -> None:
    stitcher = Stitcher()
    before, after = segment(("one", 1.0, 1.5), ("two", 27.0, 27.5)), segment(("two", 27.0, 27.5), ("three", 28.0, 28.5))
    assert stitcher.add(Heard(segments=(before,)), cut_follows=True) == []
    joined = stitcher.add(Heard(segments=(after,), cut_before_seconds=27.2), cut_follows=False)
    assert said(tuple(joined)) == "one two three"
    assert stitcher.finish() == []


def test_a_held_window_is_given_out_at_the_end() -> None:
    stitcher = Stitcher()
    stitcher.add(Heard(segments=(segment(("last", 1.0, 1.5)),)), cut_follows=True)
    assert said(tuple(stitcher.finish())) == "last"


times = st.floats(min_value=0, max_value=60, allow_nan=False)


@given(spans=st.lists(st.tuples(times, times), max_size=20))
def test_times_rise_whatever_the_windows_say(spans: list[tuple[float, float]]) -> None:
    stitcher = Stitcher()
    given_out: list[Segment] = []
    for start, length in spans:
        given_out += stitcher.add(Heard(segments=(segment(("word", start, start + length)),)), cut_follows=False)
    for earlier, later in pairwise(given_out):
        assert earlier.start <= earlier.end <= later.start <= later.end


vocabulary = st.lists(st.sampled_from(["ja", "nein", "und", "doch", "der", "ein"]), min_size=8, max_size=24)
jitters = st.lists(st.floats(-0.15, 0.15), min_size=48, max_size=48)


@given(words=vocabulary, cut=st.integers(min_value=3, max_value=20), jitter=jitters)
def test_any_sentence_cut_anywhere_comes_out_whole(words: list[str], cut: int, jitter: list[float]) -> None:
    """Both windows hear a second around the cut and time it a little differently: no word is lost or said twice."""
    distinct = [f"{word}{index}" for index, word in enumerate(words)]
    cut_seconds = min(cut, len(words) - 3) * 0.5

    def heard(index: int, shake: float) -> tuple[str, float, float]:
        return distinct[index], index * 0.5 + shake, index * 0.5 + 0.4 + shake

    everywhere = range(len(words))
    before = [heard(index, jitter[index]) for index in everywhere if index * 0.5 + 0.4 <= cut_seconds + 1.0]
    after = [heard(index, jitter[24 + index]) for index in everywhere if index * 0.5 >= cut_seconds - 1.0]
    assert said(*join_at_cut((segment(*before),), (segment(*after),), cut_seconds=cut_seconds)) == " ".join(distinct)
