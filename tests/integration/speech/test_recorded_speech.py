"""The recorded speech that tests rely on is there, is what its name says, and can be joined to longer files."""

from pathlib import Path

import pytest

from tests.speech import made_audio
from tests.speech.audio import SAMPLE_RATE, duration_seconds, read_pcm, write_mp3
from tests.speech.clips import Clip
from tests.speech.made_audio import beginning, join, noise


@pytest.fixture(autouse=True)
def _made_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(made_audio, "MADE_DIR", tmp_path)


def test_clips_last_as_long_as_they_say(beckett: Clip, two_cities: Clip, telephone_call: Clip, dialogue: Clip) -> None:
    expected = {beckett: 10, two_cities: 44, telephone_call: 30, dialogue: 28}
    for clip, seconds in expected.items():
        assert clip.duration_seconds == pytest.approx(seconds, abs=0.5)
        assert duration_seconds(read_pcm(clip.path)) == pytest.approx(clip.duration_seconds)


def test_a_join_keeps_words_order_and_pauses(beckett: Clip, two_cities: Clip) -> None:
    joined = join([beckett, two_cities], name="both", pause_seconds=0.5)
    pcm = read_pcm(joined.path)
    assert joined.reference_text == f"{beckett.reference_text} {two_cities.reference_text}"
    assert duration_seconds(pcm) == pytest.approx(beckett.duration_seconds + two_cities.duration_seconds + 1, abs=0.01)
    assert not pcm[-SAMPLE_RATE // 2 :].any()


def test_a_join_takes_no_more_clips_than_it_needs(beckett: Clip) -> None:
    joined = join([beckett] * 9, name="long", pause_seconds=0.2, at_least_seconds=25)
    assert joined.duration_seconds == pytest.approx(3 * (beckett.duration_seconds + 0.2), abs=0.01)


def test_a_join_that_falls_short_is_an_error(beckett: Clip) -> None:
    with pytest.raises(ValueError, match="60 s were asked for"):
        join([beckett], name="short", pause_seconds=0, at_least_seconds=60)


def test_an_mp3_holds_the_whole_recording(beckett: Clip, tmp_path: Path) -> None:
    path = tmp_path / "beckett.mp3"
    write_mp3(path, read_pcm(beckett.path))
    assert path.read_bytes()[:3] == b"ID3"
    # An encoder pads to whole frames; half a syllable would be more than a tenth of a second.
    assert duration_seconds(read_pcm(path)) == pytest.approx(beckett.duration_seconds, abs=0.1)


def test_only_what_holds_no_words_can_be_cut(beckett: Clip) -> None:
    assert beginning(noise(2, decibels=-30), seconds=1).duration_seconds == 1
    with pytest.raises(ValueError, match="has words"):
        beginning(beckett, seconds=1)
