"""The worker's HTTP door: health and metrics, for probes and scrapers alone."""

from starlette.applications import Starlette

from speechkit.runtime.health import Readiness, health_routes


def build_app(*, readiness: Readiness) -> Starlette:
    return Starlette(routes=health_routes(readiness))
