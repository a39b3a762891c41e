"""Word errors are counted after Whisper's normalizer, and summed over clips."""

import math

import pytest

from tests.accuracy.scoring import Score, score, total


def test_case_punctuation_and_spelling_of_numbers_are_no_errors() -> None:
    counted = score(reference="Please press one, colour!", heard="please press 1 color", language="en")
    assert counted == Score(words=4)


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ("a x c", Score(words=3, substitutions=1)),
        ("a c", Score(words=3, deletions=1)),
        ("a b b c", Score(words=3, insertions=1)),
        ("", Score(words=3, deletions=3)),
    ],
)
def test_each_kind_of_error_is_counted_apart(heard: str, expected: Score) -> None:
    assert score(reference="a b c", heard=heard, language="it") == expected


def test_accents_that_a_spanish_text_lacks_are_no_errors() -> None:
    assert score(reference="numero de extension", heard="Número de extensión.", language="es").errors == 0


@pytest.mark.parametrize(
    ("language", "words", "figures"),
    [
        ("es", "pulse tres o veintiuno", "pulse 3 o 21"),
        ("fr", "le douze", "le 12"),
        ("ru", "наберите пять", "наберите 5"),
    ],
)
def test_a_number_is_the_same_in_words_and_in_figures(language: str, words: str, figures: str) -> None:
    assert score(reference=words, heard=figures, language=language).errors == 0
    assert score(reference=figures, heard=words, language=language).errors == 0


def test_every_word_heard_where_nobody_speaks_is_an_insertion() -> None:
    invented = score(reference="", heard="Thank you.", language="en")
    assert invented == Score(insertions=2)
    assert math.isnan(invented.error_rate)


def test_a_total_weighs_clips_by_their_words() -> None:
    """Not the mean of the clips' rates, in which a one-word prompt would weigh as much as a minute of speech."""
    scores = [score(reference="yes", heard="no", language="en"), score(reference="a b c", heard="a b c", language="it")]
    assert total(scores).error_rate == pytest.approx(1 / 4)
