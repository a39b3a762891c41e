"""JSON schemas for kubeconform, which can fetch none here: from Kubernetes' OpenAPI files and from CRDs.

Both lie in Go modules. Objects are closed, so that a misspelt field is an error as it is for `kubectl --validate`.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tests.chart.tools import TOOLS

CRDS = (
    "gateway-api/config/crd/standard/*_[gh]*routes.yaml",
    "prometheus-operator/example/prometheus-operator-crd/*_podmonitors.yaml",
    "prometheus-operator/example/prometheus-operator-crd/*_prometheusrules.yaml",
    "keda/config/crd/bases/keda.sh_scaledobjects.yaml",
)
REFERENCE = "#/components/schemas/"


def write_schemas(folder: Path, kinds: Iterable[tuple[str, str]]) -> None:
    """For each apiVersion and kind, a file of the name that `location` tells kubeconform."""
    crds = _crds()
    for api_version, kind in kinds:
        schema = crds.get((api_version, kind)) or _builtin(api_version, kind)
        group, _, version = api_version.rpartition("/")
        # The core group has no name; kubeconform calls it by its version.
        (folder / f"{group or version}-{version}-{kind.lower()}.json").write_text(json.dumps(_closed(schema)))


def location(folder: Path) -> str:
    return f"{folder}/{{{{.Group}}}}-{{{{.ResourceAPIVersion}}}}-{{{{.ResourceKind}}}}.json"


def _builtin(api_version: str, kind: str) -> dict[str, Any]:
    group, _, version = api_version.rpartition("/")
    name = f"apis__{group}__{version}" if group else f"api__{version}"
    specification = TOOLS / "modules" / "kubernetes" / "api" / "openapi-spec" / "v3" / f"{name}_openapi.json"
    schemas = json.loads(specification.read_text())["components"]["schemas"]
    wanted = {"group": group, "version": version, "kind": kind}
    (found,) = [each for each in schemas.values() if wanted in each.get("x-kubernetes-group-version-kind", ())]
    schema: dict[str, Any] = _inlined(found, schemas)
    return schema


def _inlined(schema: Any, schemas: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(each, schemas) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        return _inlined(schemas[reference.removeprefix(REFERENCE)], schemas)
    if list(schema.get("allOf", ())) and len(schema["allOf"]) == 1:
        return _inlined(schema["allOf"][0], schemas)
    return {key: _inlined(value, schemas) for key, value in schema.items() if key != "default"}


def _crds() -> dict[tuple[str, str], Any]:
    found = {}
    for pattern in CRDS:
        for path in (TOOLS / "modules").glob(pattern):
            for document in yaml.load_all(path.read_text(), yaml.CSafeLoader):
                if not document or document["kind"] != "CustomResourceDefinition":
                    continue
                spec = document["spec"]
                for version in spec["versions"]:
                    name = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                    found[name] = version["schema"]["openAPIV3Schema"]
    return found


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    # Quantities and ports: a number or a string.
    if closed.get("x-kubernetes-int-or-string") or closed.get("format") == "int-or-string":
        closed.pop("type", None)
    return closed
