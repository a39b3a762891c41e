"""Alerts and recording rules: they ask for what there is, do what their tests say, and each alert has a page."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.settings import CHECKOUT
from tests.chart.rules.named_metrics import OF_THE_TARGET, RULES, Named, existing, named_in, rules_of

HERE = Path(__file__).parent
RUNBOOKS = CHECKOUT / "docs" / "runbooks"
TESTS = sorted(HERE.glob("*.yaml"))
ALL = [rule for path in sorted(RULES.glob("*.yaml")) for rule in rules_of(path)]
ALERT_RULES = [rule for rule in ALL if "alert" in rule]
ALERTS = sorted({rule["alert"] for rule in ALERT_RULES})


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("no promtool: apt-get install prometheus")
    return found


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yaml")), ids=lambda path: path.stem)
def test_prometheus_can_read_the_rules(promtool: str, path: Path) -> None:
    checked = subprocess.run([promtool, "check", "rules", path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_the_rules_do_what_their_tests_say(promtool: str, path: Path) -> None:
    tested = subprocess.run([promtool, "test", "rules", path], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_there_are_alerts() -> None:
    assert len(ALERTS) > 10


@pytest.mark.parametrize(
    "rule", ALERT_RULES, ids=lambda rule: "-".join((rule["alert"], *map(str, rule["labels"].values())))
)
def test_every_alert_has_a_test_in_which_it_is_raised(rule: dict[str, Any]) -> None:
    """Each of its windows, and each severity."""
    raised: list[dict[str, str]] = [
        expected["exp_labels"]
        for path in TESTS
        for case in yaml.safe_load(path.read_text())["tests"]
        for each in case.get("alert_rule_test", [])
        for expected in each["exp_alerts"]
        if each["alertname"] == rule["alert"]
    ]
    assert any(rule["labels"].items() <= labels.items() for labels in raised)


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_has_a_runbook_that_begins_with_what_users_notice(alert: str) -> None:
    for rule in (rule for rule in ALL if rule.get("alert") == alert):
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{alert}.md"
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
    headings = re.findall("^#+ (.*)$", (RUNBOOKS / f"{alert}.md").read_text(), re.MULTILINE)
    assert headings[0].startswith(f"{alert}: ")
    assert headings[1:] == ["What users notice", "What it means", "What to do"]


def test_no_runbook_is_without_its_alert() -> None:
    assert sorted(path.stem for path in RUNBOOKS.glob("*.md")) == ALERTS


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.get("alert") or rule["record"])
def test_every_metric_and_label_of_a_rule_exists(rule: dict[str, Any]) -> None:
    known = existing()
    for named in named_in(rule["expr"]):
        assert named.metric in known
        assert named.labels <= known[named.metric] | OF_THE_TARGET


def test_what_an_expression_names_is_found() -> None:
    """Or the test above would find nothing wrong with anything."""
    assert named_in('sum(rate(earshot_jobs_total{state=~"a|b", x!="y"}[5m])) / nv_inference_count > earshot:a:b') == [
        Named("earshot_jobs_total", frozenset({"state", "x"})),
        Named("nv_inference_count"),
        Named("earshot:a:b"),
    ]


def test_prometheus_can_read_the_example_that_the_docs_name(promtool: str) -> None:
    example = CHECKOUT / "examples" / "observability" / "prometheus.yaml"
    checked = subprocess.run([promtool, "check", "config", example], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "2 rule files found" in checked.stdout
