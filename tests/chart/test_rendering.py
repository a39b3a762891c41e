"""Every profile of the chart is what Kubernetes takes, and stays as it is until somebody means to change it."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.chart.schemas import location, write_schemas
from tests.chart.tools import CHART, KUBERNETES, PROFILES, program, rendered

SNAPSHOTS = Path(__file__).parent / "snapshots"
REWRITE = bool(os.environ.get("EARSHOT_REWRITE_GOLDEN"))
GENERATED = re.compile(
    r"(postgres-password: |valkey-password: |requirepass |first:|//earshot:|redis://:)[A-Za-z0-9+/=]{32,}"
)


def test_helm_finds_nothing_to_complain_about() -> None:
    done = subprocess.run([program("helm"), "lint", "--strict", CHART], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="session")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    objects = [each for profile in PROFILES for each in rendered(profile).objects]
    write_schemas(folder, {(each["apiVersion"], each["kind"]) for each in objects})
    return folder


@pytest.mark.parametrize("profile", PROFILES)
def test_every_object_is_one_that_kubernetes_knows(profile: str, schemas: Path, tmp_path: Path) -> None:
    manifests = tmp_path / "manifests.yaml"
    manifests.write_text(rendered(profile).text)
    command = [program("kubeconform"), "-strict", "-summary", "-schema-location", location(schemas), str(manifests)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Skipped: 0" in done.stdout


def test_a_misspelt_field_would_be_found(schemas: Path, tmp_path: Path) -> None:
    manifests = tmp_path / "manifests.yaml"
    manifests.write_text(rendered("default").text.replace("readOnlyRootFilesystem", "readOnlyRootFileSystem"))
    command = [program("kubeconform"), "-strict", "-schema-location", location(schemas), str(manifests)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("profile", ["default", "production"])
def test_the_rendered_chart_is_the_one_that_was_read(profile: str) -> None:
    """EARSHOT_REWRITE_GOLDEN=1 writes what it is now; read the diff."""
    kept = SNAPSHOTS / f"{profile}.yaml"
    now = GENERATED.sub(r"\1GENERATED", _without_monitoring(rendered(profile).text))
    if REWRITE:
        kept.write_text(now)
    assert now == kept.read_text()


def test_the_api_server_takes_every_object_of_the_chart() -> None:
    """On the cluster of KUBECONFIG; objects of CRDs that are not there are left out."""
    if not os.environ.get("KUBECONFIG"):
        pytest.skip("KUBECONFIG names no cluster")
    kubectl = program("kubectl")
    for profile in PROFILES:
        builtin = [each for each in rendered(profile).objects if _is_builtin(each["apiVersion"])]
        for each in builtin:
            each["metadata"].setdefault("namespace", "default")
        command = [kubectl, "apply", "--dry-run=server", "--namespace", "default", "-f", "-"]
        documents = yaml.safe_dump_all(builtin)
        done = subprocess.run(command, input=documents, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{profile}: {done.stderr}"


def test_the_oldest_kubernetes_that_is_promised_and_none_before_it() -> None:
    wanted = yaml.safe_load((CHART / "Chart.yaml").read_text())["kubeVersion"]
    assert wanted == ">=1.30.0-0"
    assert KUBERNETES > "1.30"


def _without_monitoring(text: str) -> str:
    """Dashboards and rules have tests of their own; here it is enough that they are there."""
    text = re.sub(r"(?m)^(  [\w-]+\.json: ).*$", r"\1…", text)
    return re.sub(r"(?ms)^(kind: PrometheusRule$.*?^spec:)\s*$.*?(?=^---|\Z)", r"\1 …\n", text)


def _is_builtin(api_version: str) -> bool:
    group = api_version.rpartition("/")[0]
    return "." not in group or (group.endswith(".k8s.io") and not group.startswith("gateway."))
