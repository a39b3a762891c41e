"""A transcript that was kept is the transcript."""

import json
from dataclasses import replace

import pytest

from speechkit.domain.refined import as_heard, rewritten
from speechkit.domain.refinement import RefineWarning
from speechkit.domain.transcript import Discarded, Segment, Transcript, Word
from speechkit.formats.kept import VERSION, read_kept, write_kept

SEGMENT = Segment(
    seek=120,
    start=1.2,
    end=2.0400000000000005,
    text=" „Grüße“ 漢字",
    tokens=(50364, 2001),
    temperature=0.2,
    avg_logprob=-0.20481303334236145,
    compression_ratio=1.2553191489361701,
    no_speech_prob=0.002,
    words=(Word(start=1.2, end=1.9, text=" „Grüße“", probability=0.9),),
    token_texts=(b"", b"\xe6\xbc"),
    token_logprobs=(-0.5, -0.25),
)
TRANSCRIPT = Transcript(task="transcribe", language="de", duration_seconds=2.5, segments=(SEGMENT, replace(SEGMENT)))


DISCARDED = Discarded(start=1.0, end=1.5, text=" you", guard="silence")


@pytest.mark.parametrize(
    "transcript",
    [
        TRANSCRIPT,
        replace(TRANSCRIPT, language="", segments=()),
        replace(TRANSCRIPT, discarded=()),
        replace(TRANSCRIPT, discarded=(DISCARDED,)),
    ],
)
def test_it_reads_as_it_was_written_down_to_the_last_bit_and_byte(transcript: Transcript) -> None:
    assert read_kept(write_kept(transcript)) == transcript


def test_a_refined_one_is_kept_beside_what_was_heard() -> None:
    warning = RefineWarning(check="numbers_changed", message="One of 2 parts is raw.")
    refined = rewritten(
        replace(TRANSCRIPT, discarded=(DISCARDED,)), text="Grüße.", segment_texts=["Grüße.", ""], warnings=(warning,)
    )
    assert read_kept(write_kept(refined)) == refined
    assert (refined.text, refined.words, refined.discarded) == ("Grüße.", TRANSCRIPT.words, (DISCARDED,))
    assert as_heard(refined) == replace(TRANSCRIPT, discarded=(DISCARDED,))


def test_what_a_release_before_kept_is_read() -> None:
    kept = json.loads(write_kept(TRANSCRIPT))
    del kept["discarded"]
    assert read_kept(json.dumps(kept).encode()) == TRANSCRIPT


def test_one_of_a_later_release_is_not_guessed_at() -> None:
    later = json.loads(write_kept(TRANSCRIPT)) | {"version": VERSION + 1}
    with pytest.raises(ValueError, match=f"version {VERSION + 1}"):
        read_kept(json.dumps(later).encode())
