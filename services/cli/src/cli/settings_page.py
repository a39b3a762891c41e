"""`earshot settings`: every variable that Earshot reads, its default, bounds and reason, as the page docs/settings.md.

Taken from the settings classes themselves, so that the page can't say anything else than the code does.
"""

import argparse
import sys
from pathlib import Path

from pydantic.fields import FieldInfo

from cli.settings import CHECKOUT, ServeSettings
from gateway.settings import GatewaySettings
from postprocess.settings import PostprocessSettings
from speechkit.runtime.settings import ENV_PREFIX, JobSettings, KeySettings, RecognitionSettings, Settings
from worker.settings import WorkerSettings

READERS: list[tuple[str, type[Settings]]] = [
    ("Every service", Settings),
    ("The gateway and the worker: recognition", RecognitionSettings),
    ("Every service: keys", KeySettings),
    ("The gateway and the worker: jobs", JobSettings),
    ("The gateway", GatewaySettings),
    ("The worker", WorkerSettings),
    ("Post-processing", PostprocessSettings),
    ("`earshot serve`: all of the above on one machine", ServeSettings),
]


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("settings", help="list every variable that Earshot reads, with its default")
    parser.set_defaults(run=lambda _arguments: print(settings_page(), end=""))


def settings_page() -> str:
    lines = [
        "# Settings",
        "",
        "All of them are environment variables, checked once at start; a wrong one is named in one line and nothing is",
        "served. This page is what `earshot settings` prints.",
    ]
    written: set[str] = set()
    for title, kind in READERS:
        rows = [_row(name, field) for name, field in kind.model_fields.items() if name not in written]
        written |= kind.model_fields.keys()
        lines += ["", f"## {title}", "", "| variable | default | bounds | |", "|---|---|---|---|", *rows]
    return "\n".join(lines) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    variable = str(field.validation_alias or f"{ENV_PREFIX}{name}".upper())
    return f"| `{variable}` | {_default(field)} | {_bounds(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "the machine's"
    value = field.default
    if isinstance(value, Path) and value.is_absolute():
        # Relative to the checkout, or to the environment that runs this: the page is the same on every machine.
        home = CHECKOUT if value.is_relative_to(CHECKOUT) else Path(sys.prefix).parent
        value = value.relative_to(home)
    return "unset" if value is None else f"`{value}`"


def _bounds(field: FieldInfo) -> str:
    signs = {"ge": "≥ ", "gt": "> ", "le": "≤ ", "lt": "< "}
    found = [
        f"{sign}{getattr(rule, key)}" for rule in field.metadata for key, sign in signs.items() if hasattr(rule, key)
    ]
    return ", ".join(found)
