"""A real Triton with the models of models/tensorrtllm, before a stand-in for the engine that needs a GPU."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cli.triton.environment import TritonEnvironment
from cli.triton.launch import plan_launch
from speechkit.runtime.cores import allowed_cores
from tensorrtllm_engine.repository import BACKEND_MODEL, lay_out
from tests.stack.triton import RunningTriton, lay_out_whisper, started_triton, triton_ports

FAILS = "The engine fails."
"""A prompt on which the stand-in does."""
STAND_IN = Path(__file__).with_name("tensorrt_llm_stand_in.py")


@contextmanager
def run_tensorrtllm(
    environment: TritonEnvironment, *, model: str, weights: Path, data_dir: Path, instances: int = 1
) -> Iterator[RunningTriton]:
    files = lay_out_whisper(environment, model=model, weights=weights, data_dir=data_dir)
    shutil.rmtree(files.repository)
    lay_out(files.repository, model=model, weights=weights, engine=Path("/nowhere"), instances=instances)
    _stand_in(files.repository / BACKEND_MODEL, weights / model)
    ports = triton_ports()
    launch = plan_launch(environment, files, model=model, weights=weights, ports=ports, threads=allowed_cores())
    launch = replace(launch, command=(*launch.command, f"--load-model={BACKEND_MODEL}"))
    with started_triton(launch, data_dir=data_dir) as running:
        yield running


def _stand_in(directory: Path, weights: Path) -> None:
    """All of NVIDIA's configuration stays, but for who carries it out."""
    shutil.copyfile(STAND_IN, directory / "1" / "model.py")
    written = (directory / "config.pbtxt").read_text()
    told = {"stand_in_weights": weights, "stand_in_fails": FAILS}
    own = ", ".join(f'{{ key: "{key}" value: {{ string_value: "{value}" }} }}' for key, value in told.items())
    written = written.replace('backend: "tensorrtllm"', 'backend: "python"')
    (directory / "config.pbtxt").write_text(f"{written}parameters [ {own} ]\n")
