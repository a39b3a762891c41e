"""The clips of a set: where each file lies, what is said in it, in which language, for how long.

Reads the manifests that the installation wrote; how a package is laid out is the matter of `tests.speech.sources`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.speech import packages, sources
from tests.speech.audio import duration_seconds, read_pcm, write_wav
from tests.speech.packages import SPEECH_DIR
from tests.speech.sources import Source

MANIFESTS_DIR = SPEECH_DIR / "sets"


@dataclass(frozen=True, kw_only=True)
class Clip:
    name: str
    path: Path
    reference_text: str | None
    """What is said; empty where nobody speaks, None where the words are not known."""
    language: str
    duration_seconds: float


def clips(set_name: str) -> list[Clip]:
    """A set's clips in the order of their names."""
    manifest = MANIFESTS_DIR / f"{set_name}.json"
    if not manifest.exists():
        raise LookupError(f"The speech set '{set_name}' is not installed; run `python -m tests.speech.install --wide`.")
    rows = json.loads(manifest.read_text(encoding="utf-8"))
    return [Clip(**{**row, "path": SPEECH_DIR / row["path"]}) for row in rows]


def write_manifests(wanted: Iterable[Source]) -> None:
    """Write one manifest for each set, converting headerless recordings to WAV on the way."""
    MANIFESTS_DIR.mkdir(parents=True, exist_ok=True)
    rules_changed_at = max(path.stat().st_mtime for path in (packages.LIST, Path(sources.__file__)))
    for source in wanted:
        manifest = MANIFESTS_DIR / f"{source.set_name}.json"
        if not manifest.exists() or manifest.stat().st_mtime < rules_changed_at:
            rows = [{**asdict(clip), "path": str(clip.path.relative_to(SPEECH_DIR))} for clip in _playable(source)]
            manifest.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


def _playable(source: Source) -> Sequence[Clip]:
    found = []
    for recording in sorted(source.recordings(), key=lambda recording: recording.name):
        pcm = read_pcm(recording.path)
        path = recording.path
        if path.suffix == ".g722":
            path = SPEECH_DIR / "wav" / source.set_name / f"{recording.name}.wav"
            write_wav(path, pcm)
        if len(pcm):
            found.append(
                Clip(
                    name=recording.name,
                    path=path,
                    reference_text=recording.text,
                    language=source.language,
                    duration_seconds=duration_seconds(pcm),
                )
            )
    return found
