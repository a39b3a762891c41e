"""Routes whose methods share a path."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def route(path: str, **handlers: Callable[[Request], Awaitable[Response]]) -> Route:
    """One for all methods of a path, or `allow` would name those of one route alone."""

    async def answer(request: Request) -> Response:
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, answer, methods=list(handlers))
