"""A values file that makes no sense is refused with the place of the mistake; a value that says nothing is no value."""

import copy
import json
import os
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.tools import CHART, PROFILES, ROOT, helm_template, rendered

VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
PRODUCTION = PROFILES["production"]
TENSORRT_LLM = PROFILES["gpu-tensorrt-llm"]


def sections(values: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every mapping that the chart itself writes keys into."""
    yield path
    for key, value in values.items():
        if isinstance(value, dict) and value and key not in FREE:
            yield from sections(value, (*path, key))


FREE = {"annotations", "labels", "requests", "limits", "buildRequests"}
"""Their keys are Kubernetes' or the user's."""


@pytest.mark.parametrize("path", [".".join(path) for path in sections(VALUES)])
def test_a_typo_is_refused_wherever_it_stands(path: str) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    here: Any = schema
    for key in filter(None, path.split(".")):
        here = resolve(here, schema)["properties"][key]
    assert resolve(here, schema).get("additionalProperties") is False


def resolve(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "allOf" in part:
        part = part["allOf"][0]
    name = part.get("$ref", "").removeprefix("#/$defs/")
    return schema["$defs"][name] if name else part


@pytest.mark.parametrize(
    ("values", "settings", "where"),
    [
        (None, ["gateway.replica=2"], "/gateway"),
        (None, ["mode=production"], "/backing/postgresql/enabled"),
        (PRODUCTION, ["backing.kafka.enabled=true"], "/backing/kafka/enabled"),
        (PRODUCTION, ["masterKeys.secretName="], "/masterKeys/secretName"),
        (None, ["backing.postgresql.enabled=false"], "/backing/postgresql/external/secretName"),
        (None, ["backing.kafka.enabled=false"], "/backing/kafka/external/servers"),
        (None, ["backing.valkey.enabled=false"], "/backing/valkey/external/secretName"),
        (None, ["backing.blobs.enabled=false"], "/backing/blobs/external/url"),
        (PRODUCTION, ["backing.kafka.external.secretName="], "/backing/kafka/external/secretName"),
        (None, ["worker.keda.enabled=true", "worker.autoscaling.enabled=true"], "/worker"),
        (None, ["gateway.autoscaling.enabled=true", "gateway.autoscaling.cpuPercent=0"], "/gateway/autoscaling"),
        (None, ["gateway.rollingUpdate.maxSurge=0"], "/gateway/rollingUpdate"),
        (None, ["triton.engine=onnx"], "/triton/engine"),
        (None, ["triton.engine=tensorrt-llm"], "/triton/tensorrtLlm/enginesClaim"),
        (TENSORRT_LLM, ["triton.models={whisper-base,whisper-tiny.en}"], "/triton/models"),
        (None, ["triton.weights.source=volume"], "/triton/weights/existingClaim"),
        (None, ["triton.pools.interactive.enabled=false"], "/triton/pools/interactive"),
        (None, ["routes.http.enabled=true"], "/routes/http/parentRefs"),
        (None, ["routes.ingress.enabled=true"], "/routes/ingress/host"),
        (None, ["gateway.settings.EARSHOT_LOG_LEVEL=debug"], "EARSHOT_LOG_LEVEL"),
        (None, ["triton.sharedMemory=lots"], "/triton/sharedMemory"),
    ],
)
def test_an_impossible_mix_is_refused_with_its_place(values: Path | None, settings: list[str], where: str) -> None:
    chosen = ["--values", str(values)] if values else []
    done = helm_template(*chosen, *(part for setting in settings for part in ("--set", setting)))
    assert done.returncode == 1
    assert where in done.stderr


def leaves(values: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        if isinstance(value, dict) and value and key not in FREE:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


UNSEEN = {("mode",)}
"""Read by the schema and NOTES.txt alone."""

USING = ("default", "production", "gpu-tensorrt-llm", "ingress", "gpu-ctranslate2")
"""Profiles that have use for every value between them."""


@pytest.mark.timeout(600)
def test_every_value_changes_what_is_installed(tmp_path: Path) -> None:
    """All get values that nothing else has, and are looked for; what is not found, as a switch, is turned alone."""
    paths = [path for path in leaves(VALUES) if path not in UNSEEN]
    marked = {path: mark for number, path in enumerate(paths) if (mark := marker(value_at(VALUES, path), number))}
    texts = [render_with(dict(marked), profile, tmp_path) for profile in USING]
    unfound = [path for path in paths if path not in marked or not any(str(marked[path]) in text for text in texts)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        changes = list(pool.map(lambda path: changes_something(path, tmp_path), unfound))
    assert [".".join(path) for path, changed in zip(unfound, changes, strict=True) if not changed] == []


def marker(value: Any, number: int) -> str | int | None:
    """A value of its own for strings that are said nowhere else, and numbers."""
    match value:
        case bool():
            return None
        case int():
            return 71_000 + number
        case str() if value not in CHOICES and not value.endswith(("Mi", "Gi")):
            return f"marked-{number}"
    return None


CHOICES = {
    "fetch": "image", "image": "fetch", "volume": "image",
    "ctranslate2-cpu": "ctranslate2-cuda", "ctranslate2-cuda": "ctranslate2-cpu", "tensorrt-llm": "ctranslate2-cpu",
}  # fmt: skip
"""Of which the templates ask which one it is."""

NAMES = {"pullSecrets", "models", "gpuProducts", "hostnames"}
"""Lists of strings."""


def changes_something(path: tuple[str, ...], folder: Path) -> bool:
    for profile in USING:
        values = copy.deepcopy(VALUES)
        overlay(values, profile_values(profile))
        other = ["other"] if path[-1] in NAMES else another(value_at(values, path))
        if stable(render_with({path: other}, profile, folder)) != stable(rendered(profile).text):
            return True
    return False


def another(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int() | float():
            return value * 2 + 7
        case str():
            return CHOICES.get(value, "9Gi" if value.endswith("i") else "other")
        case list():
            return [*value, {"name": "other", "value": "x"}]
    return {**value, "other": "x"} if set(value) - {"requests", "limits"} or not value else {**value, "cpu": "3"}


def render_with(changed: dict[tuple[str, ...], Any], profile: str, folder: Path) -> str:
    values: dict[str, Any] = {}
    for path, value in changed.items():
        here = values
        for key in path[:-1]:
            here = here.setdefault(key, {})
        here[path[-1]] = value
    file = folder / f"{abs(hash((*changed, profile)))}.yaml"
    file.write_text(yaml.safe_dump(values))
    chosen = ["--values", str(PROFILES[profile])] if PROFILES[profile] else []
    done = helm_template("--skip-schema-validation", *chosen, "--values", str(file))
    assert done.returncode == 0, done.stderr
    return done.stdout


def profile_values(profile: str) -> dict[str, Any]:
    path = PROFILES[profile]
    values: dict[str, Any] = yaml.safe_load(path.read_text()) if path else {}
    return values


def value_at(values: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        values = values[key]
    return values


def overlay(values: dict[str, Any], others: dict[str, Any]) -> None:
    for key, value in others.items():
        if isinstance(value, dict) and isinstance(values.get(key), dict):
            overlay(values[key], value)
        else:
            values[key] = value


def stable(text: str) -> str:
    """Without what is generated anew each time."""
    return re.sub(r"(?ms)^kind: Secret$.*?^---", "", text)


def test_every_value_stands_in_the_readme() -> None:
    """`make chart-readme` writes it from the comments."""
    done = subprocess.run([ROOT / "tools" / "chart-readme", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
