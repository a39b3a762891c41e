"""The sets that are scored: what is in each, and what it is there to show.

How many errors are too many is the matter of `tests.accuracy.verdict`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tests.accuracy.sampling import sample
from tests.speech.audio import SAMPLE_RATE, silence
from tests.speech.clips import Clip, clips
from tests.speech.made_audio import beginning, join, noise, shuffled, speak, wordless
from tests.speech.sources import PROMPT_LANGUAGES

MUSIC_SECONDS = 60
LONG_FILE_SECONDS = 180
SHORT_PAUSE_SECONDS = 0.2
DETECTED_FROM_SECONDS = 3.0
DETECTED_CLIPS = 12


@dataclass(frozen=True, kw_only=True)
class ScoredClip:
    clip: Clip
    """As it is asked for; its own language is empty where the language is to be detected."""
    language: str
    """The language that it is in."""


@dataclass(frozen=True, kw_only=True)
class ScoredSet:
    title: str
    clips: tuple[ScoredClip, ...]


def spoken_sets(*, every_clip: bool) -> list[ScoredSet]:
    """Clips with their language given: telephone prompts of five languages, and all other recordings together."""
    recordings = [
        clip for name in ("readings", "telephone-call", "sonnet", "sentences", "speaker-test") for clip in clips(name)
    ]
    chosen = {f"prompts {language}": clips(f"prompts-{language}") for language in PROMPT_LANGUAGES}
    if not every_clip:
        chosen = {title: sample(prompts) for title, prompts in chosen.items()}
    chosen["readings, calls, phrases"] = [clip for clip in recordings if clip.reference_text is not None]
    return [_as_told(title, members) for title, members in chosen.items()]


def detected_set() -> ScoredSet:
    """The same voices, their language not given: a wrong guess costs every word of a clip."""
    members = [
        clip
        for language in PROMPT_LANGUAGES
        for clip in [
            each for each in shuffled(clips(f"prompts-{language}")) if each.duration_seconds >= DETECTED_FROM_SECONDS
        ][:DETECTED_CLIPS]
    ]
    told = _as_told("language detected", members)
    untold = tuple(replace(each, clip=replace(each.clip, language="")) for each in told.clips)
    return replace(told, clips=untold)


def long_set() -> ScoredSet:
    """Files of minutes, where cutting matters: clips with pauses too short to cut at will, and speech without any."""
    joined = [
        join(
            [clip for clip in shuffled(clips(f"prompts-{language}")) if clip.duration_seconds >= DETECTED_FROM_SECONDS],
            name=f"long-{language}",
            pause_seconds=SHORT_PAUSE_SECONDS,
            at_least_seconds=LONG_FILE_SECONDS,
        )
        for language in PROMPT_LANGUAGES
    ]
    return _as_told("long files", [*joined, unbroken_speech()])


def unbroken_speech() -> Clip:
    """Three minutes of a synthetic voice that never draws breath for long."""
    prompts = [clip for clip in shuffled(clips("prompts-en")) if 3 <= clip.duration_seconds < 15]
    return speak(" ".join(clip.reference_text or "" for clip in prompts[:45]), name="unbroken-en")


def wordless_set() -> ScoredSet:
    """Silence, noise, tones, monkeys and music on hold: every word heard here is invented."""
    hum = (np.sin(2 * np.pi * 50 * np.arange(20 * SAMPLE_RATE) / SAMPLE_RATE) * 1_000).astype(np.int16)
    made = [
        wordless("silence-5s", silence(5)),
        wordless("silence-120s", silence(120)),
        wordless("mains-hum-20s", hum),
        noise(20, decibels=-60),
        noise(20, decibels=-30),
    ]
    recorded = [
        beginning(clip, seconds=MUSIC_SECONDS) if clip.duration_seconds > MUSIC_SECONDS else clip
        for clip in clips("nobody-speaks")
    ]
    return _as_told("nobody speaks", [*made, *recorded])


def _as_told(title: str, members: Sequence[Clip]) -> ScoredSet:
    # Names are unique only within a language's package.
    named = (replace(clip, name=f"{title}/{clip.language}/{clip.name}") for clip in members)
    return ScoredSet(title=title, clips=tuple(ScoredClip(clip=clip, language=clip.language) for clip in named))
