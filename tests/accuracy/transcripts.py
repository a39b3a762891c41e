"""What each recognizer hears in a clip; a peer's transcripts are kept, since no change to Earshot changes them.

Scoring them is the matter of `tests.accuracy.scoring`.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from tests.peers.engines import EngineSpec
from tests.peers.process import REPOSITORY, PeerProcess, System
from tests.peers.workload import Heard, Task
from tests.speech.clips import Clip

ACCURACY_DIR = REPOSITORY / "build" / "accuracy"
KEPT = ACCURACY_DIR / "peers.json"

Transcripts = dict[str, Heard]
"""By the clip's name."""


def hear(system: System, clips: Sequence[Clip], *, clients: int = 1) -> Transcripts:
    tasks = [Task(name=clip.name, path=str(clip.path), language=clip.language) for clip in clips]
    run = system.run(tasks, clients=clients)
    return {outcome.name: Heard(text=outcome.text, language=outcome.language) for outcome in run.outcomes}


class KeptPeer:
    """A peer that runs only for clips that it has not heard before with this version, these weights and settings."""

    def __init__(self, name: str, spec: EngineSpec) -> None:
        self.name = name
        self._spec = spec
        self._identity = json.dumps(
            {
                **asdict(spec),
                "weights": _sha256(Path(spec.weights) / "model.bin"),
                "versions": {package: version(package) for package in ("faster-whisper", "ctranslate2")},
            },
            sort_keys=True,
        )

    def hear(self, clips: Sequence[Clip]) -> Transcripts:
        kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
        keys = {clip.name: self._key(clip) for clip in clips}
        new = [clip for clip in clips if keys[clip.name] not in kept]
        if new:
            peer = PeerProcess(self.name, self._spec)
            try:
                heard = hear(peer, new)
            finally:
                peer.close()
            kept |= {keys[name]: asdict(transcript) for name, transcript in heard.items()}
            ACCURACY_DIR.mkdir(parents=True, exist_ok=True)
            KEPT.write_text(json.dumps(kept, ensure_ascii=False, indent=0), encoding="utf-8")
        return {clip.name: Heard(**kept[keys[clip.name]]) for clip in clips}

    def _key(self, clip: Clip) -> str:
        return hashlib.sha256(f"{self._identity} {clip.language} {_sha256(clip.path)}".encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
