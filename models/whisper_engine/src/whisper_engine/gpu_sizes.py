"""How many instances of the CTranslate2 model a GPU holds, and how many windows a batch, by the GPU's memory.

A starting point from arithmetic for the largest model, not from a measurement: weights of large-v3 in float16 take 3.1
GiB, CUDA 1 GiB more, a window's keys and values with a beam of five 1.7 GiB at most. A smaller model has room to spare.
"""

import subprocess
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class GpuSizes:
    from_gib: float
    """A little less than on the label: a card of 24 GB offers 22.5 GiB."""
    instances: int
    max_batch: int


TABLE = (
    GpuSizes(from_gib=139, instances=2, max_batch=32),
    GpuSizes(from_gib=79, instances=2, max_batch=16),
    GpuSizes(from_gib=44, instances=2, max_batch=8),
    GpuSizes(from_gib=39, instances=1, max_batch=16),
    GpuSizes(from_gib=22, instances=1, max_batch=8),
    GpuSizes(from_gib=14, instances=1, max_batch=4),
    GpuSizes(from_gib=0, instances=1, max_batch=1),
)
"""Two instances where they fit: one makes features on the CPU while the other computes."""


class NoGpu(Exception):
    """There is no GPU to ask; the message says what to do."""


def sizes_for(memory_gib: float) -> GpuSizes:
    return next(sizes for sizes in TABLE if memory_gib >= sizes.from_gib)


def smallest_gpu_gib() -> float:
    """The memory of the smallest GPU here, because each gets the same instances; raises NoGpu."""
    query = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, check=True)
        return min(int(line) for line in answer.stdout.splitlines() if line.strip()) / 1024
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        raise NoGpu(f"nvidia-smi finds no GPU ({error}): give the pod one with nvidia.com/gpu: 1") from error
