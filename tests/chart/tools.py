"""The programs that `tools/chart-tools` brings, and the chart as they render it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "earshot"
TOOLS = ROOT / "build" / "chart-tools"
KUBERNETES = "1.34.4"

PROFILES: Mapping[str, Path | None] = {"default": None} | {
    path.name.removesuffix("-values.yaml"): path for path in sorted((CHART / "ci").glob("*-values.yaml"))
}
"""What the chart is rendered with: nothing, or one of the files in its folder ci."""

Object = dict[str, Any]


@dataclass(frozen=True)
class Rendered:
    text: str
    objects: tuple[Object, ...]

    def of_kind(self, *kinds: str) -> list[Object]:
        return [each for each in self.objects if each["kind"] in kinds]

    def named(self, kind: str, name: str) -> Object:
        (found,) = [each for each in self.of_kind(kind) if each["metadata"]["name"] == name]
        return found


def program(name: str) -> str:
    path = shutil.which(name, path=f"{TOOLS / 'bin'}{os.pathsep}{os.environ['PATH']}")
    if path is None:
        pytest.fail(f"{name} is missing; `make chart-test` brings it.")
    return path


def helm_template(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        program("helm"),
        "template",
        "earshot",
        str(CHART),
        "--kube-version",
        KUBERNETES,
        "--namespace",
        "speech",
    ]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)


@cache
def rendered(profile: str, *settings: str) -> Rendered:
    """`settings` are those of --set."""
    values = PROFILES[profile]
    chosen = ["--values", str(values)] if values else []
    done = helm_template(*chosen, *(part for setting in settings for part in ("--set", setting)))
    assert done.returncode == 0, done.stderr
    documents = tuple(document for document in yaml.load_all(done.stdout, yaml.CSafeLoader) if document)
    return Rendered(text=done.stdout, objects=documents)


def pod_specs(chart: Rendered) -> dict[str, Object]:
    """Of whatever makes pods, by kind and name."""
    found = {}
    for each in chart.objects:
        spec = each["spec"] if each["kind"] == "Pod" else each.get("spec", {}).get("template", {}).get("spec")
        if spec and "containers" in spec:
            found[f"{each['kind']}/{each['metadata']['name']}"] = spec
    return found


def pod_labels(chart: Rendered) -> dict[str, dict[str, str]]:
    found = {}
    for each in chart.objects:
        pod = each if each["kind"] == "Pod" else each.get("spec", {}).get("template", {})
        if "containers" in pod.get("spec", {}):
            found[f"{each['kind']}/{each['metadata']['name']}"] = pod["metadata"]["labels"]
    return found


def containers(spec: Object) -> list[Object]:
    return [*spec.get("initContainers", ()), *spec["containers"]]
