"""docs/metrics.md as the code has it: the services' metrics from their module, the model's from its source."""

import re
from pathlib import Path

from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from cli.settings import CHECKOUT
from speechkit.runtime import metrics

SERVICES = Path(metrics.__file__)
MODEL = CHECKOUT / "models" / "whisper_engine" / "src" / "whisper_triton" / "metrics.py"
HEAD = """# Metrics

Each pod is one process, and its numbers are at `/metrics` of its HTTP port. All of them are defined in one module,
`speechkit/runtime/metrics.py`, and those of the model in `whisper_triton/metrics.py`, which this page is made from:
`make golden` rewrites it. [Observability](observability.md) says what to do with them.

A counter is what has happened since the process began, to be read with `rate` or `increase`; a gauge is what is so now;
a histogram counts how many observations were at most as large as each of its bounds. No label has values that callers
choose freely, so that nobody can make up new series.
"""
MODEL_HEAD = """
## The model, at Triton's metrics port

Beside Triton's own `nv_…`, of which dashboards use `nv_inference_count` and `nv_inference_exec_count` (windows and
batches), `nv_inference_queue_duration_us`, `nv_inference_request_failure` and `nv_gpu_…`. Each has the label `model`.
There is `earshot_cost_per_hour`, too, as of every pod.

| metric | kind | |
|---|---|---|
"""


def metrics_page() -> str:
    return HEAD + "".join(_sections()) + MODEL_HEAD + "".join(_model_rows())


def _sections() -> list[str]:
    """By the comments of the module, in its order."""
    lines = []
    for heading, name in re.findall(
        r"^# (.*)\n|^([A-Z_]+) = (?:Counter|Gauge|Histogram)\(", SERVICES.read_text(), re.MULTILINE
    ):
        if heading and not heading.endswith("."):
            lines.append(f"\n## {heading}\n\n| metric | kind | labels | |\n|---|---|---|---|\n")
        elif name:
            lines.append(_row(getattr(metrics, name)))
    return lines


def _row(metric: MetricWrapperBase) -> str:
    [family] = metric.collect()
    name = f"{family.name}_total" if isinstance(metric, Counter) else family.name
    labels = ", ".join(f"`{label}`" for label in metric._labelnames)
    return f"| `{name}` | {family.type} | {labels} | {family.documentation}{_bounds(metric)} |\n"


def _bounds(metric: MetricWrapperBase) -> str:
    if not isinstance(metric, Histogram):
        return ""
    bounds = [f"{bound:g}" for bound in metric._upper_bounds if bound != float("inf")]
    return f" Bounds: {', '.join(bounds)}."


def _model_rows() -> list[str]:
    found = re.findall(r'= metric\(\s*"(\w+)", "([^"]+)"(, pb_utils.MetricFamily.GAUGE)?', MODEL.read_text())
    return [
        f"| `earshot_whisper_{name}` | {'gauge' if gauge else 'counter'} | {about}. |\n" for name, about, gauge in found
    ]
