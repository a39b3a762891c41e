"""Writes charts/earshot/dashboards/*.json: a panel is a line or two in `boards`, and forty there.

python3 tools/dashboards            write them
python3 tools/dashboards --check    only whether they are as they would be written
"""

import json
import sys
from pathlib import Path
from typing import Any

from boards import DASHBOARDS
from panels import DATASOURCE, Panel

FOLDER = Path(__file__).resolve().parents[2] / "charts" / "earshot" / "dashboards"
COLUMNS, WIDTH, HEIGHT = 3, 8, 8


def main() -> None:
    stale = []
    for name, (title, panels) in DASHBOARDS.items():
        path = FOLDER / f"{name}.json"
        written = json.dumps(_dashboard(name, title, panels), indent=2, ensure_ascii=False) + "\n"
        if "--check" not in sys.argv:
            path.write_text(written)
        elif not path.exists() or path.read_text() != written:
            stale.append(path.name)
    if stale:
        sys.exit(f"Stale: {', '.join(stale)}. Run python3 tools/dashboards.")


def _dashboard(name: str, title: str, panels: list[Panel]) -> dict[str, Any]:
    return {
        "uid": f"earshot-{name}",
        "title": title,
        "tags": ["earshot"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "links": [{"type": "dashboards", "tags": ["earshot"], "title": "Earshot", "keepTime": True}],
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus"},
                _chosen_by("namespace"),
                _chosen_by("release"),
            ]
        },
        "panels": [{"id": place + 1, **panel, "gridPos": _grid(place)} for place, panel in enumerate(panels)],
    }


def _chosen_by(label: str) -> dict[str, Any]:
    query = f"label_values(earshot_ready, {label})"
    return {
        "name": label,
        "label": label,
        "type": "query",
        "query": query,
        "definition": query,
        "datasource": DATASOURCE,
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _grid(place: int) -> dict[str, int]:
    return {"x": place % COLUMNS * WIDTH, "y": place // COLUMNS * HEIGHT, "w": WIDTH, "h": HEIGHT}


if __name__ == "__main__":
    main()
