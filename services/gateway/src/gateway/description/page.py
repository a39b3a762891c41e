"""`/docs`: the API's description as one page that needs nothing from elsewhere, neither scripts nor the internet.

What it says is taken from `document`, which `/openapi.json` gives to programs.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 3rem } code, h2 { font-family: ui-monospace, monospace }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .3rem .6rem }
tr { border-bottom: 1px solid #8884 }
"""


def description_routes(description: dict[str, Any]) -> list[Route]:
    page = docs_page(description)

    async def openapi(_: Request) -> Response:
        return JSONResponse(description)

    async def docs(_: Request) -> Response:
        return HTMLResponse(page)

    return [Route("/openapi.json", openapi), Route("/docs", docs)]


def docs_page(description: dict[str, Any]) -> str:
    info = description["info"]
    body = [f"<h1>{escape(info['title'])}</h1>", f"<p>{escape(info['description'])}</p>"]
    body.append('<p>For programs, and to generate clients from: <a href="openapi.json">openapi.json</a>.</p>')
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            body += _operation(f"{method.upper()} {path}", operation, description)
    body.append("<h1>What is sent and answered</h1>")
    for name, schema in description["components"]["schemas"].items():
        body.append(f'<h2 id="{escape(name)}">{escape(name)}</h2><p>{_prose(schema)}</p>')
        body += _table(schema)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style>{''.join(body)}</html>"
    )


def _operation(title: str, operation: dict[str, Any], description: dict[str, Any]) -> Iterator[str]:
    yield f"<h2>{escape(title)}</h2><p>{escape(operation['summary'])}. {_prose(operation)}</p>"
    yield from _parameters(operation.get("parameters", ()))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from _table(_resolved(content["schema"], description))
    yield "<table><tr><th>status</th><th></th><th>body</th></tr>"
    for status, named in operation["responses"].items():
        answer = _resolved(named, description)
        kinds = " · ".join(f"{escape(kind)}: {_kind(each['schema'])}" for kind, each in _contents(answer))
        yield f"<tr><td>{status}</td><td>{_prose(answer)}</td><td>{kinds}</td></tr>"
    yield "</table>"


def _parameters(parameters: Sequence[dict[str, Any]]) -> Iterator[str]:
    if not parameters:
        return
    yield "<table><tr><th>parameter</th><th></th><th></th></tr>"
    for each in parameters:
        kind = f"in the {each['in']}, {_kind(each['schema'])}{'' if each['required'] else ', optional'}"
        yield f"<tr><td><code>{escape(each['name'])}</code></td><td>{kind}</td><td>{_prose(each['schema'])}</td></tr>"
    yield "</table>"


def _contents(answer: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    contents: dict[str, dict[str, Any]] = answer.get("content", {})
    return contents.items()


def _resolved(node: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to, or the node itself."""
    if "$ref" not in node:
        return node
    kind, name = node["$ref"].split("/")[-2:]
    resolved: dict[str, Any] = description["components"][kind][name]
    return resolved


def _table(schema: dict[str, Any]) -> Iterator[str]:
    if "properties" not in schema:
        yield f"<p>{_kind(schema)}</p>"
        return
    yield "<table>"
    for name, member in schema["properties"].items():
        needed = "" if name in schema.get("required", ()) else ", optional"
        yield f"<tr><td><code>{escape(name)}</code></td><td>{_kind(member)}{needed}</td><td>{_prose(member)}</td></tr>"
    yield "</table>"


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if one := schema.get("oneOf") or schema.get("anyOf"):
        return " or ".join(map(_kind, one))
    if one := schema.get("allOf"):
        return " and ".join(map(_kind, one))
    if schema["type"] == "array":
        return f"array of {_kind(schema['items'])}"
    if "enum" in schema:
        return " | ".join(f"<code>{escape(value)}</code>" for value in schema["enum"])
    return "file" if schema.get("format") == "binary" else escape(schema["type"])


def _prose(schema: dict[str, Any]) -> str:
    return escape(schema.get("description", ""))
