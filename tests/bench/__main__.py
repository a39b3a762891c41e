"""`python -m tests.bench`: measures Earshot beside faster-whisper and whisper.cpp and prints the tables.

Same files, threads, weights and beam for all. The scenarios, the method and the figures stand in the modules beside
this one.
"""

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict

from cli.weights.errors import FetchError
from tests.bench.bars import verdicts
from tests.bench.machine import facts, is_quiet
from tests.bench.measuring import Measurements, measure
from tests.bench.report import report
from tests.bench.scenarios import FULL, QUICK, Size, scenarios
from tests.peers.ggml import Precision
from tests.peers.lineup import (
    BATCHED,
    COMPUTE_TYPE,
    CPP_F16,
    CPP_Q8,
    EARSHOT_BEAM,
    MODEL,
    SEQUENTIAL,
    Setup,
    setup_from_environment,
)
from tests.peers.process import REPOSITORY, Absent, Failed, PeerProcess, System
from tests.speech.install import InstallError, install
from tests.speech.packages import Tier

BENCH_DIR = REPOSITORY / "build" / "bench"
BUSY = "WARNING: other processes were using this machine; these figures say nothing"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few minutes, for a first impression")
    parser.add_argument("--url", default="", help="a running Earshot (its memory is not measured)")
    arguments = parser.parse_args()
    try:
        install(tier=Tier.WIDE)
        _bench(QUICK if arguments.quick else FULL, url=arguments.url)
    except (InstallError, FetchError, Absent, Failed) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def _bench(size: Size, *, url: str) -> None:
    setup = setup_from_environment()
    settings = (
        f"{MODEL}, {COMPUTE_TYPE} except where another type is named, beam {EARSHOT_BEAM}, {setup.threads} threads"
    )
    about = [*facts(), settings, f"rounds: {size.rounds}"]
    if not is_quiet():
        about.append(BUSY)
        print(f"bench: {BUSY}", file=sys.stderr)
    asked = scenarios(size)
    absent: dict[str, str] = {}
    with ExitStack() as stack:
        systems: list[System] = [stack.enter_context(closing(setup.earshot(url)))]
        for name, start in _peers(setup).items():
            try:
                systems.append(stack.enter_context(closing(start(name))))
            except Absent as reason:
                absent[name] = str(reason)
        measured = measure(systems, asked, rounds=size.rounds)
    names = [system.name for system in systems]
    held = verdicts(measured, asked, earshot=names[0], weights_bytes=(setup.weights / "model.bin").stat().st_size)
    text = report(measured, asked, names=names, absent=absent, facts=about, verdicts=held)
    print(text)
    _keep(text, measured)


def _peers(setup: Setup) -> dict[str, Callable[[str], PeerProcess]]:
    return {
        SEQUENTIAL: lambda name: PeerProcess(name, setup.faster_whisper()),
        BATCHED: lambda name: PeerProcess(name, setup.faster_whisper_batched()),
        CPP_F16: lambda name: PeerProcess(name, setup.whisper_cpp(Precision.F16)),
        CPP_Q8: lambda name: PeerProcess(name, setup.whisper_cpp(Precision.Q8_0)),
    }


def _keep(text: str, measured: Measurements) -> None:
    BENCH_DIR.mkdir(parents=True, exist_ok=True)
    (BENCH_DIR / "report.md").write_text(text + "\n", encoding="utf-8")
    raw = [{"scenario": title, "system": name, **asdict(each)} for (title, name), each in measured.items()]
    (BENCH_DIR / "runs.json").write_text(json.dumps(raw, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"\nAlso in {BENCH_DIR}/report.md; every request and text in runs.json beside it.")


if __name__ == "__main__":
    sys.exit(main())
