"""Panels as Grafana keeps them, each from a line or two.

In every query § stands for the labels of the installation that was chosen.
"""

from typing import Any

Panel = dict[str, Any]

CHOSEN = 'namespace=~"$namespace", release=~"$release"'
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
QUANTILES = (50, 95, 99)


def panel(
    title: str, unit: str, *targets: tuple[str, str], about: str = "", kind: str = "timeseries", stacked: bool = False
) -> Panel:
    """`targets` are legends, each with its PromQL."""
    drawn = {"fillOpacity": 30 if stacked else 0, "stacking": {"mode": "normal" if stacked else "none"}}
    return {
        "title": title,
        "description": about,
        "type": kind,
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0, "custom": drawn if kind == "timeseries" else {}}},
        "targets": [
            {"refId": "ABCDEFG"[number], "legendFormat": legend, "expr": promql.replace("§", CHOSEN)}
            for number, (legend, promql) in enumerate(targets)
        ],
    }


def stat(title: str, unit: str, promql: str, *, about: str = "") -> Panel:
    return panel(title, unit, ("", promql), about=about, kind="stat")


def quantiles(title: str, unit: str, histogram: str, *, by: str = "", selector: str = "", about: str = "") -> Panel:
    series = rate(f"{histogram}_bucket", f"le, {by}" if by else "le", selector)
    legend = f"{{{{{by}}}}} " if by else ""
    targets = [(f"{legend}p{each}", f"histogram_quantile({each / 100:g}, {series})") for each in QUANTILES]
    return panel(title, unit, *targets, about=about)


def rate(metric: str, by: str = "", selector: str = "") -> str:
    return f"sum{_by(by)} (rate({metric}{{{_labels(selector)}}}[$__rate_interval]))"


def increase(metric: str, by: str) -> str:
    return f"sum{_by(by)} (increase({metric}{{{_labels('')}}}[$__rate_interval]))"


def share(part: str, whole: str) -> str:
    return f"{part} / {whole}"


def _by(labels: str) -> str:
    return f" by ({labels})" if labels else ""


def _labels(selector: str) -> str:
    return f"§, {selector}" if selector else "§"
