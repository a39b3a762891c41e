"""Dashboards: every panel asks for metrics and labels that exist, in PromQL that Prometheus can read."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.settings import CHECKOUT
from tests.chart.rules.named_metrics import DASHBOARDS, OF_THE_TARGET, existing, named_in

NAMES = ("jobs", "latency", "models", "overview", "refinement")
UNITS = {"Bps", "none", "percentunit", "reqps", "s", "short", "µs"}
BOARDS = {name: json.loads((DASHBOARDS / f"{name}.json").read_text()) for name in NAMES}
PANELS = [(f"{name}: {panel['title']}", panel) for name, board in BOARDS.items() for panel in board["panels"]]


def test_these_dashboards_are_there_and_no_others() -> None:
    assert sorted(path.stem for path in DASHBOARDS.glob("*.json")) == list(NAMES)


def test_they_are_what_their_script_writes() -> None:
    script = CHECKOUT / "tools" / "dashboards"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=[name for name, _ in PANELS])
def test_every_metric_and_label_of_a_panel_exists(name: str, panel: dict[str, Any]) -> None:
    known = existing()
    for target in panel["targets"]:
        found = named_in(target["expr"])
        assert found, name
        for named in found:
            assert named.metric in known
            assert named.labels <= known[named.metric] | OF_THE_TARGET
            assert {"namespace", "release"} <= named.labels, "else it shows every installation at once"
        grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", target["expr"]) for label in by.split(",")}
        assert grouped <= set.union(*(known[named.metric] for named in found)) | OF_THE_TARGET
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= grouped


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=[name for name, _ in PANELS])
def test_a_quantile_s_unit_is_that_of_its_histogram(name: str, panel: dict[str, Any]) -> None:
    unit = panel["fieldConfig"]["defaults"]["unit"]
    assert unit in UNITS, name
    for query in (target["expr"] for target in panel["targets"] if "histogram_quantile" in target["expr"]):
        assert unit == ("s" if "_seconds_bucket" in query else "none"), name


def test_nothing_lies_on_anything_else() -> None:
    for board in BOARDS.values():
        places = Counter((panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"])
        assert set(places.values()) == {1}
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_prometheus_can_read_every_query(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool: apt-get install prometheus")
    queries = [target["expr"] for _, panel in PANELS for target in panel["targets"]]
    rules = [
        {"record": f"query:{number}", "expr": query.replace("$__rate_interval", "5m")}
        for number, query in enumerate(queries)
    ]
    written = tmp_path / "queries.yaml"
    written.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    checked = subprocess.run([promtool, "check", "rules", written], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
