"""The HTTP application: routes that only translate, wrapped in the layers that every request passes.

What it serves with is built by `bootstrap`.
"""

from fastapi import FastAPI

from gateway.description.document import describe_api
from gateway.description.page import description_routes
from gateway.edge.access import Access
from gateway.edge.http.envelopes import install_error_handlers
from gateway.edge.http.key_gate import KeyGate
from gateway.edge.http.requests import Edge
from gateway.edge.http.unread_bodies import UnreadBodies
from gateway.hispeech.routes import HiSpeech
from gateway.jobs.resumable_routes import ResumableUploads
from gateway.jobs.routes import Jobs
from gateway.models.routes import model_routes
from gateway.refinement.endpoint_routes import EndpointRoutes
from gateway.refinement.mode_routes import ModeRoutes
from gateway.refinement.refine_routes import RefineRoutes
from gateway.speech.routes import Transcriptions
from speechkit.runtime.health import Readiness, health_routes


def build_app(
    *,
    transcriptions: Transcriptions,
    jobs: Jobs,
    uploads: ResumableUploads,
    hispeech: HiSpeech,
    endpoints: EndpointRoutes,
    modes: ModeRoutes,
    refinements: RefineRoutes,
    access: Access,
    readiness: Readiness,
) -> FastAPI:
    app = FastAPI(
        title="Earshot",
        openapi_url=None,  # FastAPI can't see what our routes take: `description.document` says it
        redirect_slashes=False,  # OpenAI answers 404, and a redirected upload would be sent twice
    )
    app.router.routes.extend(transcriptions.routes())
    app.router.routes.extend(jobs.routes())
    app.router.routes.extend(uploads.routes())
    app.router.routes.extend(hispeech.routes())
    app.router.routes.extend(endpoints.routes())
    app.router.routes.extend(modes.routes())
    app.router.routes.extend(refinements.routes())
    app.router.routes.extend(model_routes(transcriptions.models))
    app.router.routes.extend(health_routes(readiness))
    description = describe_api(limits=transcriptions.limits, job_limits=jobs.limits, keys_required=access.keys_required)
    app.router.routes.extend(description_routes(description))
    install_error_handlers(app)
    app.add_middleware(KeyGate, access=access)
    app.add_middleware(Edge, routes=app.router.routes)
    app.add_middleware(UnreadBodies)  # outermost: answers of every kind may come before the upload was read
    return app
