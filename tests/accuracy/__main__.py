"""`python -m tests.accuracy`: runs Earshot and faster-whisper on recorded speech and fails where Earshot is worse.

The clips are installed when they are missing. What is in each set, and the rule, stand in the modules beside this one.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from cli.weights.errors import FetchError
from tests.accuracy.comparing import (
    EARSHOT,
    WIDER_BEAM,
    WITH_VAD,
    WITHOUT_VAD,
    clip_by_clip,
    compare,
    compare_by_length,
    right_guesses,
)
from tests.accuracy.report import report
from tests.accuracy.sets import (
    SENTENCES,
    ScoredSet,
    detected_set,
    gaps_set,
    hard_sets,
    long_set,
    sentences_set,
    spoken_sets,
    wordless_set,
)
from tests.accuracy.transcripts import ACCURACY_DIR, KEPT, KeptPeer, Transcripts, hear
from tests.accuracy.verdict import failed
from tests.peers.lineup import setup_from_environment
from tests.peers.process import Absent, Failed
from tests.speech.clips import Clip
from tests.speech.install import InstallError, install
from tests.speech.packages import Tier

CLIENTS = 4
"""Requests at once to Earshot: enough to have them batched, as they are in use."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description=__doc__)
    parser.add_argument("--url", default="", help="a running Earshot; without it one is started")
    parser.add_argument("--all", action="store_true", help="every prompt instead of a sample; takes about an hour")
    parser.add_argument("--fresh", action="store_true", help="run faster-whisper again on clips that it has heard")
    parser.add_argument(
        "--sentences", type=int, default=SENTENCES, help="of each language, on telephones, in noise and in long files"
    )
    parser.add_argument("--only", default="", help="the sets that have this in their titles")
    arguments = parser.parse_args()
    if arguments.fresh:
        KEPT.unlink(missing_ok=True)
    try:
        install(tier=Tier.WIDE)
        spoken = spoken_sets(every_clip=arguments.all)
        return _measure(spoken, url=arguments.url, sentences=arguments.sentences, only=arguments.only)
    except (InstallError, FetchError, Absent, Failed) as error:
        print(f"accuracy: {error}", file=sys.stderr)
        return 1


def _measure(every_spoken: Sequence[ScoredSet], *, url: str, sentences: int, only: str) -> int:
    def asked(sets: Sequence[ScoredSet]) -> list[ScoredSet]:
        return [each for each in sets if only in each.title]

    whole, gaps, detected = sentences_set(sentences), gaps_set(sentences), detected_set(sentences)
    spoken = asked(every_spoken)
    others = asked([whole, *hard_sets(sentences), detected, long_set(), wordless_set()])
    sets = [*spoken, *others, *asked([gaps])]
    setup = setup_from_environment()
    earshot = setup.earshot(url)
    try:
        heard = {EARSHOT: _hear_sets(EARSHOT, sets, partial(hear, earshot, clients=CLIENTS))}
    finally:
        earshot.close()
    peers = {
        WITHOUT_VAD: (sets, setup.faster_whisper()),
        WITH_VAD: (sets, setup.faster_whisper(vad_filter=True)),
    }
    if WIDER_BEAM != WITHOUT_VAD:
        peers[WIDER_BEAM] = (spoken, setup.faster_whisper(beam_size=5))
    for name, (its_sets, spec) in peers.items():
        heard[name] = _hear_sets(name, its_sets, KeptPeer(name, spec).hear)
    rows = [
        *(compare(each, heard) for each in spoken),
        *compare_by_length(spoken, heard),
        *(compare(each, heard) for each in others),
    ]
    if gaps in sets:
        rows.append(replace(compare(gaps, heard), pieces=compare(whole, heard).earshot if whole in sets else None))
    guessers = (EARSHOT, WITHOUT_VAD) if detected in sets else ()
    guesses = {name: right_guesses(detected, heard[name]) for name in guessers}
    _keep(report(rows, guesses=guesses, guessed=len(detected.clips)), clip_by_clip(sets, heard))
    return 1 if failed(rows) else 0


def _hear_sets(name: str, sets: Sequence[ScoredSet], hear: Callable[[Sequence[Clip]], Transcripts]) -> Transcripts:
    heard: Transcripts = {}
    for each in sets:
        started = time.perf_counter()
        heard |= hear([member.clip for member in each.clips])
        print(f"accuracy: {name}: {each.title}, {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return heard


def _keep(text: str, every_clip: Sequence[object]) -> None:
    print(text)
    ACCURACY_DIR.mkdir(parents=True, exist_ok=True)
    (ACCURACY_DIR / "report.md").write_text(text + "\n", encoding="utf-8")
    clips = ACCURACY_DIR / "clips.json"
    clips.write_text(json.dumps(every_clip, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"\nWhat each recognizer heard in each clip, the worst first: {clips}")


if __name__ == "__main__":
    sys.exit(main())
