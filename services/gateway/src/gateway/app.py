"""The HTTP application: routes that only translate, wrapped in the layers that every request passes.

What it serves with is built by `bootstrap`.
"""

from fastapi import FastAPI

from gateway.access import Access
from gateway.api_description import describe_api
from gateway.docs_page import description_routes
from gateway.edge import Edge
from gateway.envelopes import install_error_handlers
from gateway.hispeech import HiSpeech
from gateway.jobs import Jobs
from gateway.key_gate import KeyGate
from gateway.models import model_routes
from gateway.resumable_uploads import ResumableUploads
from gateway.transcriptions import Transcriptions
from gateway.unread_bodies import UnreadBodies
from speechkit.runtime.health import Readiness, health_routes


def build_app(
    *,
    transcriptions: Transcriptions,
    jobs: Jobs,
    uploads: ResumableUploads,
    hispeech: HiSpeech,
    access: Access,
    readiness: Readiness,
) -> FastAPI:
    app = FastAPI(
        title="Earshot",
        openapi_url=None,  # FastAPI can't see what our routes take: `api_description` says it
        redirect_slashes=False,  # OpenAI answers 404, and a redirected upload would be sent twice
    )
    app.router.routes.extend(transcriptions.routes())
    app.router.routes.extend(jobs.routes())
    app.router.routes.extend(uploads.routes())
    app.router.routes.extend(hispeech.routes())
    app.router.routes.extend(model_routes(transcriptions.models))
    app.router.routes.extend(health_routes(readiness))
    description = describe_api(limits=transcriptions.limits, job_limits=jobs.limits, keys_required=access.keys_required)
    app.router.routes.extend(description_routes(description))
    install_error_handlers(app)
    app.add_middleware(KeyGate, access=access)
    app.add_middleware(Edge, routes=app.router.routes)
    app.add_middleware(UnreadBodies)  # outermost: answers of every kind may come before the upload was read
    return app
