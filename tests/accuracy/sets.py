"""The sets that are scored: what is in each, and what it is there to show.

How many errors are too many is the matter of `tests.accuracy.verdict`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tests.accuracy.sampling import sample
from tests.speech.audio import Pcm, silence
from tests.speech.clips import Clip, clips
from tests.speech.hard_to_hear import in_noise, telephone
from tests.speech.made_audio import beginning, join, noise, shuffled, speak, spoiled, wordless
from tests.speech.sources import PROMPT_LANGUAGES
from tests.speech.wordless import melody, wordless_sounds

MUSIC_SECONDS = 60
LONG_FILE_SECONDS = 180
WORDLESS_SECONDS = 20
SHORT_PAUSE_SECONDS = 0.2
GAP_SECONDS = 5.0
SENTENCE_SECONDS = 3.0
SENTENCES = 12
"""Of each language: enough for 500 words of all together, few enough to be heard in many conditions.

Of two recognizers that are equally good, one is a point better or worse on as few by chance; more of them tell.
"""
NOISE_DECIBELS = (20, 10, 5)
"""By which speech is louder than the noise in it."""


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


def sentences_set(count: int = SENTENCES) -> ScoredSet:
    """What the sets of the same sentences in worse conditions, and joined to long files, are compared with."""
    return _as_told("sentences", _sentences(count))


def hard_sets(count: int = SENTENCES) -> list[ScoredSet]:
    """The same sentences on a telephone line and in noise."""
    manners: dict[str, Callable[[Pcm], Pcm]] = {"telephone": telephone}
    manners |= {f"noise, {decibels} dB below": partial(in_noise, decibels=decibels) for decibels in NOISE_DECIBELS}
    return [
        _as_told(title, [spoiled(clip, spoil, manner=title) for clip in _sentences(count)])
        for title, spoil in manners.items()
    ]


def gaps_set(count: int = SENTENCES) -> ScoredSet:
    """The same sentences, those of a language in one file with seconds of silence between them."""
    joined = [
        join(_long_enough(language)[:count], name=f"gaps-{language}", pause_seconds=GAP_SECONDS)
        for language in PROMPT_LANGUAGES
    ]
    return _as_told("sentences in long files", joined)


def detected_set(count: int = SENTENCES) -> ScoredSet:
    """The same sentences, their language not given: a wrong guess costs every word of a clip."""
    told = _as_told("language detected", _sentences(count))
    untold = tuple(replace(each, clip=replace(each.clip, language="")) for each in told.clips)
    return replace(told, clips=untold)


def long_set() -> ScoredSet:
    """Files of minutes, where cutting matters: clips with pauses too short to cut at will, and speech without any."""
    joined = [
        join(
            _long_enough(language),
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
    made = [
        wordless("silence-5s", silence(5)),
        wordless("silence-120s", silence(120)),
        noise(20, decibels=-60),
        noise(20, decibels=-30),
        wordless("melody", melody(WORDLESS_SECONDS)),
        *(wordless(name, sound) for name, sound in wordless_sounds(WORDLESS_SECONDS).items()),
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


def _sentences(count: int) -> list[Clip]:
    return [clip for language in PROMPT_LANGUAGES for clip in _long_enough(language)[:count]]


def _long_enough(language: str) -> list[Clip]:
    return [clip for clip in shuffled(clips(f"prompts-{language}")) if clip.duration_seconds >= SENTENCE_SECONDS]
