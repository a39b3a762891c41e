"""Which recognizers are measured, on which weights, with how many threads.

Loading them is left to `tests.peers.engines` and `tests.peers.earshot`.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cli.weights.lock import read_lock
from cli.weights.store import BundleStore
from speechkit.domain.options import TranscriptionOptions
from speechkit.runtime.cores import allowed_cores
from tests.peers.earshot import EarshotOverHttp, EarshotStack
from tests.peers.engines import Engine, EngineSpec
from tests.peers.ggml import Precision, write_ggml
from tests.peers.process import MEASURE_DIR, REPOSITORY

MODEL = "whisper-base"
COMPUTE_TYPE = "int8"
SEQUENTIAL, BATCHED = "faster-whisper, sequential", "faster-whisper, batched"
FASTER_WHISPER = (SEQUENTIAL, BATCHED)
CPP_F16, CPP_Q8 = "whisper.cpp, f16", "whisper.cpp, q8_0"
WHISPER_CPP = (CPP_F16, CPP_Q8)
"""How tables call them; whisper.cpp knows no int8, and q8_0 is its nearest."""
AT_ONCE = 2
"""Files that a peer works on side by side, with all threads each: on two cores, what serves eight clients soonest."""
EARSHOT_BEAM = TranscriptionOptions(model=MODEL).beam_size
"""Peers run with Earshot's own default beam, or the comparison would be between settings, not systems."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    threads: int
    data_dir: Path

    @cached_property
    def weights(self) -> Path:
        """The very files that Earshot serves, fetched as it fetches them when they are not here yet."""
        bundle = read_lock(REPOSITORY / "models" / "models.lock").models[MODEL]
        return BundleStore(self.data_dir / "models").ensure(bundle)

    def faster_whisper(self, *, beam_size: int = EARSHOT_BEAM, vad_filter: bool = False) -> EngineSpec:
        return EngineSpec(
            engine=Engine.FASTER_WHISPER,
            weights=str(self.weights),
            threads=self.threads,
            precision=COMPUTE_TYPE,
            at_once=AT_ONCE,
            beam_size=beam_size,
            vad_filter=vad_filter,
        )

    def faster_whisper_batched(self) -> EngineSpec:
        return EngineSpec(
            engine=Engine.FASTER_WHISPER_BATCHED,
            weights=str(self.weights),
            threads=self.threads,
            precision=COMPUTE_TYPE,
            at_once=AT_ONCE,
            beam_size=EARSHOT_BEAM,
            vad_filter=True,
        )

    def whisper_cpp(self, precision: Precision) -> EngineSpec:
        """Its model file is written from the same weights, once."""
        source = self.weights / "model.bin"
        file = MEASURE_DIR / f"ggml-{MODEL}-{precision}.bin"
        if not file.exists() or file.stat().st_mtime < source.stat().st_mtime:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_ggml(self.weights, file, precision=precision)
        return EngineSpec(
            engine=Engine.WHISPER_CPP,
            weights=str(file),
            threads=self.threads,
            precision=precision,
            at_once=AT_ONCE,
            beam_size=EARSHOT_BEAM,
        )

    def earshot(self, url: str) -> EarshotOverHttp:
        """The one at this address, or a stack of our own where none is given."""
        if url:
            return EarshotOverHttp(url, model=MODEL)
        return EarshotStack(model=MODEL, threads=self.threads, data_dir=self.data_dir)


def setup_from_environment() -> Setup:
    return Setup(
        threads=int(os.environ.get("EARSHOT_THREADS") or allowed_cores()),
        data_dir=Path(os.environ.get("EARSHOT_DATA_DIR") or REPOSITORY / "var"),
    )
