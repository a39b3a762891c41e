"""Which metrics a PromQL expression names, with the labels it asks of each, and which there are to be named."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import Histogram
from prometheus_client.metrics import MetricWrapperBase

from cli.settings import CHECKOUT
from speechkit.runtime import metrics

RULES = CHECKOUT / "charts" / "earshot" / "rules"
DASHBOARDS = CHECKOUT / "charts" / "earshot" / "dashboards"
WHISPER_METRICS = CHECKOUT / "models" / "whisper_engine" / "src" / "whisper_triton" / "metrics.py"

OF_THE_TARGET = frozenset({"namespace", "release", "component", "pod", "instance", "le"})
"""What whoever collects adds to every metric; `le` is a histogram's own."""

OF_TRITON = {
    "nv_inference_count": {"model", "version"},
    "nv_inference_exec_count": {"model", "version"},
    "nv_inference_queue_duration_us": {"model", "version"},
    "nv_inference_request_success": {"model", "version"},
    "nv_inference_request_failure": {"model", "version", "reason"},
    "nv_gpu_utilization": {"gpu_uuid"},
    "nv_gpu_memory_used_bytes": {"gpu_uuid"},
    "nv_gpu_memory_total_bytes": {"gpu_uuid"},
}
OF_THE_CLUSTER = {
    "certmanager_certificate_expiration_timestamp_seconds": {"name"},
    "probe_ssl_earliest_cert_expiry": set[str](),
    "kubelet_volume_stats_available_bytes": {"persistentvolumeclaim"},
    "kubelet_volume_stats_capacity_bytes": {"persistentvolumeclaim"},
}

_NAMED = re.compile(r"\b((?:earshot|nv|kubelet|certmanager|probe)[_:][a-zA-Z0-9_:]+)(?:\{([^}]*)\})?")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")


@dataclass(frozen=True)
class Named:
    metric: str
    labels: frozenset[str] = field(default_factory=frozenset)


def named_in(promql: str) -> list[Named]:
    return [Named(metric, frozenset(_LABEL.findall(labels or ""))) for metric, labels in _NAMED.findall(promql)]


def existing() -> dict[str, set[str]]:
    """The labels of every metric that the code, Triton, the cluster or a recording rule has."""
    return _of_the_services() | _of_the_model() | OF_TRITON | OF_THE_CLUSTER | _recorded()


def rules_of(path: Path) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def _of_the_services() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            names = {sample.name for family in metric.collect() for sample in family.samples} | _names(metric)
            found |= {name: set(metric._labelnames) for name in names}
    return found


def _names(metric: MetricWrapperBase) -> set[str]:
    """Also of a metric whose labels nobody has used so far."""
    [family] = metric.collect()
    if isinstance(metric, Histogram):
        return {f"{family.name}_{part}" for part in ("bucket", "sum", "count")}
    return {f"{family.name}_total" if family.type == "counter" else family.name}


def _of_the_model() -> dict[str, set[str]]:
    names = re.findall(r'= metric\(\s*"(\w+)"', WHISPER_METRICS.read_text())
    return {f"earshot_whisper_{name}": {"model"} for name in names}


def _recorded() -> dict[str, set[str]]:
    return {rule["record"]: {"model"} for rule in rules_of(RULES / "recording.yaml")}
