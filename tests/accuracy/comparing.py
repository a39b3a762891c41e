"""Holds what Earshot heard against what faster-whisper heard, set by set, length by length, clip by clip.

The rule that judges is the matter of `tests.accuracy.verdict`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.accuracy.sampling import LENGTH_CLASSES, length_class
from tests.accuracy.scoring import Score, score, total
from tests.accuracy.sets import ScoredClip, ScoredSet
from tests.accuracy.transcripts import Transcripts
from tests.accuracy.verdict import Compared
from tests.peers.lineup import EARSHOT_BEAM

EARSHOT = "Earshot"
WITHOUT_VAD = f"faster-whisper, beam {EARSHOT_BEAM}"
WITH_VAD = f"faster-whisper, beam {EARSHOT_BEAM}, VAD"
WIDER_BEAM = "faster-whisper, beam 5"
RIVALS = (WITHOUT_VAD, WITH_VAD)

Heard = Mapping[str, Transcripts]
"""By the recognizer's name, each with every clip of the set in question."""


def compare(each: ScoredSet, heard: Heard) -> Compared:
    return _compared(each.title, each.clips, heard)


def compare_by_length(sets: Sequence[ScoredSet], heard: Heard) -> list[Compared]:
    """The clips of all sets by their length: very short prompts dominate some sets."""
    everything = [member for each in sets for member in each.clips]
    by_length = {
        group.label: [member for member in everything if length_class(member.clip) is group] for group in LENGTH_CLASSES
    }
    return [_compared(f"clips {label}", members, heard) for label, members in by_length.items() if members]


def right_guesses(detected: ScoredSet, transcripts: Transcripts) -> int:
    """In how many clips the language was detected rightly."""
    return sum(transcripts[member.clip.name].language == member.language for member in detected.clips)


def clip_by_clip(sets: Sequence[ScoredSet], heard: Heard) -> list[dict[str, Any]]:
    """Every text with its errors; the clips that Earshot lost most words in come first."""
    rows = [_texts(member, heard) for each in sets for member in each.clips]
    return sorted(rows, key=lambda row: row["errors"][WITHOUT_VAD] - row["errors"][EARSHOT])


def _texts(member: ScoredClip, heard: Heard) -> dict[str, Any]:
    name = member.clip.name
    heard_it = {recognizer: texts for recognizer, texts in heard.items() if name in texts}
    return {
        "clip": name,
        "seconds": member.clip.duration_seconds,
        "errors": {recognizer: _score([member], texts).errors for recognizer, texts in heard_it.items()},
        "reference": member.clip.reference_text,
        **{recognizer: texts[name].text for recognizer, texts in heard_it.items()},
    }


def _compared(title: str, members: Sequence[ScoredClip], heard: Heard) -> Compared:
    complete = {
        recognizer: _score(members, texts)
        for recognizer, texts in heard.items()
        if all(member.clip.name in texts for member in members)
    }
    return Compared(
        title=title,
        clips=len(members),
        earshot=complete.pop(EARSHOT),
        rivals={name: each for name, each in complete.items() if name in RIVALS},
        others={name: each for name, each in complete.items() if name not in RIVALS},
    )


def _score(members: Sequence[ScoredClip], transcripts: Transcripts) -> Score:
    return total(
        score(
            reference=member.clip.reference_text or "",
            heard=transcripts[member.clip.name].text,
            language=member.language,
        )
        for member in members
    )
