"""Audio made for a purpose, its words known: clips joined or cut, a text spoken without a pause, silence, noise.

Which clips are worth it is the caller's choice.
"""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from tests.speech.audio import SAMPLE_RATE, Pcm, duration_seconds, read_pcm, silence, write_mp3, write_wav
from tests.speech.clips import Clip
from tests.speech.packages import SPEECH_DIR, package_folder

MADE_DIR = SPEECH_DIR / "made"


def shuffled(clips: Iterable[Clip]) -> list[Clip]:
    """An order that has nothing to do with the names, yet is the same on every machine."""
    return sorted(clips, key=lambda clip: hashlib.sha256(clip.name.encode()).digest())


def join(
    clips: Sequence[Clip], *, name: str, pause_seconds: float, at_least_seconds: float = 0.0, suffix: str = ".wav"
) -> Clip:
    """One file of these clips in order, as many as fill the length (all, when none is given)."""
    parts, words, length = [], [], 0.0
    for clip in clips:
        parts += [read_pcm(clip.path), silence(pause_seconds)]
        words.append(clip.reference_text or "")
        length += duration_seconds(parts[-2]) + pause_seconds
        if at_least_seconds and length >= at_least_seconds:
            break
    if length < at_least_seconds:
        raise ValueError(
            f"The clips for '{name}' last {length:.0f} s together; {at_least_seconds:.0f} s were asked for."
        )
    path = MADE_DIR / f"{name}{suffix}"
    write = write_mp3 if suffix == ".mp3" else write_wav
    write(path, np.concatenate(parts))
    return Clip(
        name=name,
        path=path,
        reference_text=" ".join(words),
        language=clips[0].language,
        duration_seconds=length,
    )


def spoiled(clip: Clip, spoil: Callable[[Pcm], Pcm], *, manner: str) -> Clip:
    """The same words, harder to hear."""
    path = MADE_DIR / manner / clip.language / f"{clip.name}.wav"
    write_wav(path, spoil(read_pcm(clip.path)))
    return replace(clip, path=path)


def beginning(clip: Clip, *, seconds: float) -> Clip:
    """The first seconds of a clip in which nobody speaks; of others the words would no longer be known."""
    if clip.reference_text != "":
        raise ValueError(f"'{clip.name}' has words; only a clip without any can be cut.")
    return wordless(f"{clip.name}-{seconds:.0f}s", read_pcm(clip.path)[: round(seconds * SAMPLE_RATE)])


def noise(seconds: float, *, decibels: float) -> Clip:
    """White noise at this level below full scale, the same every time."""
    samples = np.random.default_rng(seed=0).normal(
        scale=32_767 * 10 ** (decibels / 20), size=round(seconds * SAMPLE_RATE)
    )
    return wordless(f"white-noise{decibels:.0f}dB-{seconds:.0f}s", samples.clip(-32_768, 32_767).astype(np.int16))


def wordless(name: str, pcm: Pcm) -> Clip:
    """A clip in which nobody speaks, so that every word heard in it is invented."""
    path = MADE_DIR / f"{name}.wav"
    write_wav(path, pcm)
    return Clip(name=name, path=path, reference_text="", language="en", duration_seconds=duration_seconds(pcm))


def speak(text: str, *, name: str, voice: str = "slt") -> Clip:
    """English text in a synthetic voice: every word known, and no pause that a recording would have."""
    flite = package_folder("flite") / "usr" / "bin" / "flite"
    libraries = [
        str(folder)
        for package in ("libflite1", "libasound2t64")
        for folder in (package_folder(package) / "usr" / "lib").glob("*-linux-gnu")
    ]
    path = MADE_DIR / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    script = path.with_suffix(".txt")
    script.write_text(text, encoding="utf-8")
    subprocess.run(
        [flite, "-voice", voice, "-f", script, "-o", path],
        env={**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)},
        check=True,
    )
    return Clip(
        name=name,
        path=path,
        reference_text=text,
        language="en",
        duration_seconds=duration_seconds(read_pcm(path)),
    )
