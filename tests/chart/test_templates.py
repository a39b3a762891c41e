"""What holds of every pod and every edge, whichever profile is rendered."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from cli.settings import CliSettings
from gateway.settings import GatewaySettings
from postprocess.settings import PostprocessSettings
from speechkit.runtime import metrics
from tests.chart.tools import PROFILES, ROOT, Object, Rendered, containers, pod_labels, pod_specs, rendered
from worker.settings import WorkerSettings

SERVICES: dict[str, type[BaseSettings]] = {
    "gateway": GatewaySettings,
    "worker": WorkerSettings,
    "postprocess": PostprocessSettings,
    "migrate": CliSettings,
}
EVERYBODY = "everybody"
TRITONS_QUEUE = "nv_inference_pending_request_count"
"""Triton's own name: docs/user_guide/metrics.md of triton-inference-server/server."""


@pytest.fixture(params=PROFILES)
def chart(request: pytest.FixtureRequest) -> Rendered:
    return rendered(request.param)


def test_every_pod_keeps_to_the_restricted_standard(chart: Rendered) -> None:
    for name, spec in pod_specs(chart).items():
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in containers(spec):
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True, (name, container["name"])
            assert security["allowPrivilegeEscalation"] is False, (name, container["name"])
            assert security["capabilities"] == {"drop": ["ALL"]}, (name, container["name"])


def test_no_pod_has_a_token_of_the_api(chart: Rendered) -> None:
    for name, spec in pod_specs(chart).items():
        assert spec["automountServiceAccountToken"] is False, name
    for account in chart.of_kind("ServiceAccount"):
        assert account["automountServiceAccountToken"] is False


def test_every_container_says_what_it_takes_and_can_not_take_all_memory(chart: Rendered) -> None:
    for name, spec in pod_specs(chart).items():
        for container in containers(spec):
            resources = container["resources"]
            assert {"cpu", "memory"} <= set(resources["requests"]), (name, container["name"])
            assert {"memory", "nvidia.com/gpu"} & set(resources["limits"]), (name, container["name"])


def test_services_are_started_watched_and_ended_in_order(chart: Rendered) -> None:
    for deployment in chart.of_kind("Deployment"):
        spec = deployment["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
        told = {each["name"]: each.get("value") for each in container["env"]}
        grace_seconds = int(told["EARSHOT_SHUTDOWN_GRACE_SECONDS"])
        before_seconds = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert spec["terminationGracePeriodSeconds"] > grace_seconds + before_seconds


def test_tritons_readiness_is_a_window_through_the_model(chart: Rendered) -> None:
    for deployment in chart.of_kind("Deployment"):
        if "triton" in deployment["metadata"]["name"]:
            (container,) = deployment["spec"]["template"]["spec"]["containers"]
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                assert "/opt/triton/canary.py" in container[probe]["exec"]["command"]
                assert container[probe]["timeoutSeconds"] > int(container[probe]["exec"]["command"][-1])


def test_audio_reaches_no_disk_by_way_of_a_temporary_folder(chart: Rendered) -> None:
    for deployment in chart.of_kind("Deployment"):
        volumes = {each["name"]: each for each in deployment["spec"]["template"]["spec"]["volumes"]}
        assert volumes["scratch"]["emptyDir"]["medium"] == "Memory"
        if "triton" in deployment["metadata"]["name"]:
            assert volumes["shm"]["emptyDir"]["medium"] == "Memory"


def test_every_variable_is_a_setting_of_its_service(chart: Rendered) -> None:
    for name, spec in pod_specs(chart).items():
        service = next((each for each in SERVICES if name.endswith(f"-{each}")), None)
        if service is None:
            continue
        known = {f"EARSHOT_{field}".upper() for field in SERVICES[service].model_fields} | {"EARSHOT_POD"}
        for container in spec["containers"]:
            told = {each["name"] for each in container["env"] if each["name"].startswith("EARSHOT_")}
            assert told <= known, f"{name}: {told - known}"


def test_every_secret_and_volume_that_is_named_is_there_or_asked_of_the_user(chart: Rendered) -> None:
    made = {each["metadata"]["name"]: set(each["stringData"]) for each in chart.of_kind("Secret")}
    maps = {each["metadata"]["name"] for each in chart.of_kind("ConfigMap")}
    for name, spec in pod_specs(chart).items():
        for container in containers(spec):
            for variable in container.get("env", ()):
                reference = variable.get("valueFrom", {}).get("secretKeyRef")
                if reference and reference["name"].startswith("earshot-generated"):
                    assert reference["key"] in made[reference["name"]], (name, variable["name"])
            mounts = {mount["name"] for mount in container.get("volumeMounts", ())}
            volumes = {volume["name"] for volume in spec.get("volumes", ())}
            claims = {"data"} if name.startswith("StatefulSet/") else set()
            assert mounts <= volumes | claims, (name, container["name"])
        for volume in spec.get("volumes", ()):
            if "configMap" in volume:
                assert volume["configMap"]["name"] in maps, name


def test_every_service_and_budget_finds_its_pods(chart: Rendered) -> None:
    labels = [*pod_labels(chart).values()]
    for each in chart.of_kind("Service"):
        assert any(each["spec"]["selector"].items() <= found.items() for found in labels), each["metadata"]["name"]
    for each in chart.of_kind("PodDisruptionBudget", "PodMonitor"):
        wanted = each["spec"]["selector"]["matchLabels"]
        assert any(wanted.items() <= found.items() for found in labels), each["metadata"]["name"]


def test_each_kind_of_scaling_has_its_deployment_to_itself(chart: Rendered) -> None:
    scaled = [
        each["spec"]["scaleTargetRef"]["name"] for each in chart.of_kind("HorizontalPodAutoscaler", "ScaledObject")
    ]
    assert len(scaled) == len(set(scaled))
    for name in scaled:
        assert "replicas" not in chart.named("Deployment", name)["spec"], "an upgrade would reset what was scaled"


def test_what_is_scaled_on_is_counted_in_the_code(chart: Rendered) -> None:
    known = {name for each in vars(metrics).values() if (name := getattr(each, "_name", None))} | {TRITONS_QUEUE}
    for autoscaler in chart.of_kind("HorizontalPodAutoscaler"):
        for metric in autoscaler["spec"]["metrics"]:
            if metric["type"] == "External":
                assert metric["external"]["metric"]["name"] in known


def test_each_pool_of_triton_is_scaled_on_its_own_queue() -> None:
    """Work for those who wait queues in the gateway; workers send theirs to Triton, where a window counts as 30 s."""

    def queue(pool: str) -> tuple[str, str, str | None]:
        (metric,) = rendered("production").named("HorizontalPodAutoscaler", f"earshot-triton-{pool}")["spec"]["metrics"]
        scaled = metric["external"]["metric"]
        each = metric["external"]["target"]["averageValue"]
        return scaled["name"], each, scaled["selector"]["matchLabels"].get("component")

    assert queue("interactive") == ("earshot_queued_audio_seconds", "60", None)
    assert queue("jobs") == (TRITONS_QUEUE, "20", "triton-jobs")


def edges(chart: Rendered) -> Iterator[tuple[str, str, int]]:
    """From, to and port, of those that both ends let through."""
    policies = {
        each["spec"]["podSelector"]["matchLabels"].get("app.kubernetes.io/component"): each["spec"]
        for each in chart.of_kind("NetworkPolicy")
    }
    for to, spec in policies.items():
        for rule in spec.get("ingress") or ():
            for port in rule["ports"]:
                for peer in rule.get("from", [None]):
                    source = component(peer)
                    leaving = policies.get(source, {}).get("egress") or ()
                    if source == EVERYBODY or any(goes(out, to, port["port"]) for out in leaving):
                        yield source, to, port["port"]


def component(peer: Object | None) -> str:
    labels: dict[str, str] = ((peer or {}).get("podSelector") or {}).get("matchLabels", {})
    return labels.get("app.kubernetes.io/component", EVERYBODY)


def goes(rule: Object, to: str, port: int) -> bool:
    reaches = any(component(peer) == to for peer in rule.get("to", ()))
    return reaches and any(each["port"] == port for each in rule.get("ports", ()))


def test_only_these_edges_are_open() -> None:
    inside = {(source, to, port) for source, to, port in edges(rendered("default")) if source != EVERYBODY}
    triton = "triton-interactive"
    assert inside == {
        ("check", "gateway", 8080), ("check", "gateway", 8090), ("check", "postgresql", 5432),
        ("gateway", triton, 8001), ("gateway", "postprocess", 8091), ("gateway", "kafka", 9092),
        ("gateway", "postgresql", 5432), ("gateway", "valkey", 6379),
        ("worker", triton, 8001), ("worker", "postprocess", 8091), ("worker", "kafka", 9092),
        ("worker", "postgresql", 5432), ("worker", "valkey", 6379),
        ("postprocess", "postgresql", 5432), ("migrate", "postgresql", 5432), ("kafka", "kafka", 9092),
    }  # fmt: skip


def test_every_pod_is_under_the_default_denial(chart: Rendered) -> None:
    denial = chart.named("NetworkPolicy", "earshot-default-deny")["spec"]
    assert denial["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in denial
    for name, labels in pod_labels(chart).items():
        assert denial["podSelector"]["matchLabels"].items() <= labels.items(), name


def test_jobs_have_pods_of_triton_to_themselves_where_the_pool_is_on() -> None:
    def host(service: str, chart: Rendered) -> Any:
        (container,) = chart.named("Deployment", f"earshot-{service}")["spec"]["template"]["spec"]["containers"]
        return next(each["value"] for each in container["env"] if each["name"] == "EARSHOT_TRITON_HOST")

    shared, apart = rendered("default"), rendered("default", "triton.pools.jobs.enabled=true")
    assert host("gateway", shared) == host("worker", shared) == "earshot-triton-interactive"
    assert (host("gateway", apart), host("worker", apart)) == ("earshot-triton-interactive", "earshot-triton-jobs")
    for name in ("interactive", "jobs"):
        assert apart.named("Service", f"earshot-triton-{name}")["spec"]["clusterIP"] == "None"


def test_a_changed_gpu_product_is_another_job_and_an_unchanged_one_is_the_same() -> None:
    before = {each["metadata"]["name"] for each in rendered("gpu-tensorrt-llm").of_kind("Job")}
    again = {each["metadata"]["name"] for each in rendered("gpu-tensorrt-llm", "gateway.replicas=5").of_kind("Job")}
    other = rendered("gpu-tensorrt-llm", "triton.tensorrtLlm.gpuProducts={NVIDIA-L40S}").of_kind("Job")
    assert before == again
    assert len(before & {each["metadata"]["name"] for each in other}) == 1, "the migration's alone"


def test_compose_tells_services_only_what_they_know() -> None:
    text = (ROOT / "compose.yaml").read_text()
    known = {f"EARSHOT_{field}".upper() for kind in SERVICES.values() for field in kind.model_fields}
    known |= {"EARSHOT_MODELS", "EARSHOT_WEIGHTS_DIR"}
    assert set(re.findall(r"EARSHOT_[A-Z_]+", text)) <= known
