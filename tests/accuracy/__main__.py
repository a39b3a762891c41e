"""`python -m tests.accuracy`: runs Earshot and faster-whisper on recorded speech and fails where Earshot is worse.

The clips are installed when they are missing. What is in each set, and the rule, stand in the modules beside this one.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence

from cli.weights.errors import FetchError
from tests.accuracy.report import rule, table
from tests.accuracy.sampling import LENGTH_CLASSES, length_class
from tests.accuracy.scoring import Score, score, total
from tests.accuracy.sets import ScoredSet, detected_set, long_set, spoken_sets, wordless_set
from tests.accuracy.transcripts import ACCURACY_DIR, KEPT, KeptPeer, Transcripts, hear
from tests.accuracy.verdict import Compared, failed
from tests.peers.lineup import COMPUTE_TYPE, EARSHOT_BEAM, MODEL, setup_from_environment
from tests.peers.process import Absent, Failed, System
from tests.speech.clips import Clip
from tests.speech.install import InstallError, install
from tests.speech.packages import Tier

EARSHOT = "Earshot"
WITHOUT_VAD = f"faster-whisper, beam {EARSHOT_BEAM}"
WITH_VAD = f"faster-whisper, beam {EARSHOT_BEAM}, VAD"
WIDER_BEAM = "faster-whisper, beam 5"
CLIENTS = 4
"""Requests at once: enough to have them batched, as they are in use."""

Heard = dict[str, Transcripts]
"""By the recognizer's name."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description=__doc__)
    parser.add_argument("--url", default="", help="a running Earshot; without it one is started")
    parser.add_argument("--all", action="store_true", help="every prompt instead of a sample; takes about an hour")
    parser.add_argument("--fresh", action="store_true", help="run faster-whisper again on clips that it has heard")
    arguments = parser.parse_args()
    try:
        install(tier=Tier.WIDE)
        return _measure(url=arguments.url, every_clip=arguments.all, fresh=arguments.fresh)
    except (InstallError, FetchError, Absent, Failed) as error:
        print(f"accuracy: {error}", file=sys.stderr)
        return 1


def _measure(*, url: str, every_clip: bool, fresh: bool) -> int:
    if fresh:
        KEPT.unlink(missing_ok=True)
    spoken = spoken_sets(every_clip=every_clip)
    others = [detected_set(), long_set(), wordless_set()]
    setup = setup_from_environment()
    earshot = setup.earshot(url)
    try:
        heard = {each.title: {EARSHOT: _timed(EARSHOT, each, earshot)} for each in [*spoken, *others]}
    finally:
        earshot.close()
    without_vad = KeptPeer(WITHOUT_VAD, setup.faster_whisper())
    with_vad = KeptPeer(WITH_VAD, setup.faster_whisper(vad_filter=True))
    wider = KeptPeer(WIDER_BEAM, setup.faster_whisper(beam_size=5))
    for each in [*spoken, *others]:
        heard[each.title][WITHOUT_VAD] = _timed(WITHOUT_VAD, each, without_vad)
    for each in others[1:]:
        heard[each.title][WITH_VAD] = _timed(WITH_VAD, each, with_vad)
    if EARSHOT_BEAM != 5:
        for each in spoken:
            heard[each.title][WIDER_BEAM] = _timed(WIDER_BEAM, each, wider)
    rows = [_compare(each, heard[each.title]) for each in spoken]
    rows += _by_length(spoken, heard)
    rows += [_compare(each, heard[each.title]) for each in others]
    _report(rows, detected=others[0], heard=heard, sets=[*spoken, *others])
    return 1 if failed(rows) else 0


def _timed(name: str, each: ScoredSet, recognizer: System | KeptPeer) -> Transcripts:
    started = time.perf_counter()
    if isinstance(recognizer, KeptPeer):
        transcripts = recognizer.hear(each.clips)
    else:
        transcripts = hear(recognizer, each.clips, clients=CLIENTS)
    print(f"accuracy: {each.title}: {name}, {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return transcripts


def _compare(each: ScoredSet, heard: Heard) -> Compared:
    return _compared(each.title, list(zip(each.clips, each.true_languages, strict=True)), heard)


def _by_length(sets: Sequence[ScoredSet], heard: dict[str, Heard]) -> list[Compared]:
    """All clips whose language was given, by their length: very short prompts dominate some sets."""
    everything: Heard = {}
    for each in sets:
        for name, transcripts in heard[each.title].items():
            everything.setdefault(name, {}).update(transcripts)
    pairs = [pair for each in sets for pair in zip(each.clips, each.true_languages, strict=True)]
    by_length = {group.label: [pair for pair in pairs if length_class(pair[0]) is group] for group in LENGTH_CLASSES}
    return [_compared(f"clips {label}", members, everything) for label, members in by_length.items() if members]


def _compared(title: str, members: Sequence[tuple[Clip, str]], heard: Heard) -> Compared:
    scores = {name: _score_all(members, transcripts) for name, transcripts in heard.items()}
    rivals = {name: scores[name] for name in (WITHOUT_VAD, WITH_VAD) if name in scores}
    others = {name: scores[name] for name in (WIDER_BEAM,) if name in scores and name not in rivals}
    return Compared(title=title, clips=len(members), earshot=scores[EARSHOT], rivals=rivals, others=others)


def _score_all(members: Sequence[tuple[Clip, str]], transcripts: Transcripts) -> Score:
    return total(
        score(reference=clip.reference_text or "", heard=transcripts[clip.name].text, language=language)
        for clip, language in members
    )


def _report(
    rows: Sequence[Compared], *, detected: ScoredSet, heard: dict[str, Heard], sets: Sequence[ScoredSet]
) -> None:
    guesses = ", ".join(
        f"{name} {_right_guesses(detected, transcripts)}" for name, transcripts in heard[detected.title].items()
    )
    text = "\n\n".join(
        [
            f"Word error rates, {MODEL}, {COMPUTE_TYPE}.",
            table(rows),
            f"Languages detected rightly in {len(detected.clips)} clips: {guesses}.",
            rule(beam_size=EARSHOT_BEAM),
        ]
    )
    print(text)
    ACCURACY_DIR.mkdir(parents=True, exist_ok=True)
    (ACCURACY_DIR / "report.md").write_text(text + "\n", encoding="utf-8")
    every_text = [
        {
            "clip": clip.name,
            "seconds": clip.duration_seconds,
            "reference": clip.reference_text,
            **{name: transcripts[clip.name].text for name, transcripts in heard[each.title].items()},
        }
        for each in sets
        for clip in each.clips
    ]
    path = ACCURACY_DIR / "transcripts.json"
    path.write_text(json.dumps(every_text, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"\nWhat each recognizer heard in each clip: {path}")


def _right_guesses(detected: ScoredSet, transcripts: Transcripts) -> int:
    return sum(
        transcripts[clip.name].language == language
        for clip, language in zip(detected.clips, detected.true_languages, strict=True)
    )


if __name__ == "__main__":
    sys.exit(main())
