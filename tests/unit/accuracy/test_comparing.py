"""Each recognizer is scored on the same clips, and stands in a row only when it heard all of them."""

from pathlib import Path

from tests.accuracy.comparing import (
    EARSHOT,
    WIDER_BEAM,
    WITHOUT_VAD,
    clip_by_clip,
    compare,
    compare_by_length,
    right_guesses,
)
from tests.accuracy.sets import ScoredClip, ScoredSet
from tests.peers.workload import Heard
from tests.speech.clips import Clip


def clip(name: str, *, seconds: float, text: str, language: str = "it") -> ScoredClip:
    asked = Clip(name=name, path=Path("/nowhere"), reference_text=text, language=language, duration_seconds=seconds)
    return ScoredClip(clip=asked, language="it")


def said(**texts: str) -> dict[str, Heard]:
    return {name: Heard(text=text, language="it") for name, text in texts.items()}


SHORT, LONG = clip("short", seconds=1, text="si"), clip("long", seconds=8, text="a b c")
SET = ScoredSet(title="set", clips=(SHORT, LONG))
HEARD = {
    EARSHOT: said(short="no", long="a b c"),
    WITHOUT_VAD: said(short="si", long="a b x"),
    WIDER_BEAM: said(long="a b c"),
}


def test_a_set_is_scored_over_all_its_clips() -> None:
    row = compare(SET, HEARD)
    assert row.earshot.errors == 1
    assert row.earshot.words == 4
    assert set(row.rivals) == {WITHOUT_VAD}


def test_a_recognizer_that_heard_only_some_of_the_clips_is_left_out_of_that_row() -> None:
    short, long = compare_by_length([SET], HEARD)
    assert (short.title, set(short.others)) == ("clips under 2 s", set())
    assert (long.title, set(long.others)) == ("clips 5 to 15 s", {WIDER_BEAM})


def test_the_clip_that_earshot_lost_most_in_comes_first() -> None:
    assert [row["clip"] for row in clip_by_clip([SET], HEARD)] == ["short", "long"]


def test_a_detected_language_is_held_against_the_true_one() -> None:
    detected = ScoredSet(title="detected", clips=(clip("a", seconds=1, text="", language=""), SHORT))
    heard = {"a": Heard(text="", language="it"), "short": Heard(text="", language="es")}
    assert right_guesses(detected, heard) == 1
