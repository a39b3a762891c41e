"""`/v1/endpoints`: the chat endpoints that a tenant's transcripts are refined by.

What is kept of them, and how they are asked, is the matter of the post-processing service.
"""

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.edge.access import Access
from gateway.edge.http.callers import admitted, caller_of
from gateway.edge.http.disconnects import unless_client_leaves
from gateway.edge.http.routing import route
from gateway.intake.forms import UploadLimits
from gateway.intake.json_body import received_body
from gateway.refinement.answers import deleted_endpoint_json, endpoint_json, list_json, models_json, test_json
from gateway.refinement.bodies import Duplicate, EndpointBody, EndpointPatch
from speechkit.domain.endpoints import Endpoint
from speechkit.domain.errors import EndpointNotFound
from speechkit.ports import Endpoints

ID_FORM = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, kw_only=True)
class EndpointRoutes:
    endpoints: Endpoints
    access: Access
    limits: UploadLimits

    def routes(self) -> list[Route]:
        return [
            route("/v1/endpoints", POST=self.create, GET=self.list),
            route("/v1/endpoints/test", POST=self.test_draft),
            route("/v1/endpoints/models", POST=self.models_of_draft),
            route("/v1/endpoints/{endpoint_id}", GET=self.retrieve, PATCH=self.update, DELETE=self.delete),
            route("/v1/endpoints/{endpoint_id}/duplicate", POST=self.duplicate),
            route("/v1/endpoints/{endpoint_id}/test", POST=self.test),
            route("/v1/endpoints/{endpoint_id}/models", GET=self.models),
        ]

    async def create(self, request: Request) -> Response:
        body = await received_body(request, EndpointBody, limits=self.limits)
        return _made(await self.endpoints.create(body.draft(), tenant=caller_of(request).tenant))

    async def list(self, request: Request) -> Response:
        found = await self.endpoints.all(tenant=caller_of(request).tenant)
        return JSONResponse(list_json([endpoint_json(endpoint) for endpoint in found]))

    async def retrieve(self, request: Request) -> Response:
        return JSONResponse(endpoint_json(await self.endpoints.get(_id(request), tenant=caller_of(request).tenant)))

    async def update(self, request: Request) -> Response:
        body = await received_body(request, EndpointPatch, limits=self.limits)
        changed = await self.endpoints.update(_id(request), body.changes(), tenant=caller_of(request).tenant)
        return JSONResponse(endpoint_json(changed))

    async def delete(self, request: Request) -> Response:
        in_need = await self.endpoints.delete(_id(request), tenant=caller_of(request).tenant)
        return JSONResponse(deleted_endpoint_json(_id(request), in_need))

    async def duplicate(self, request: Request) -> Response:
        body = await received_body(request, Duplicate, limits=self.limits, may_be_empty=True)
        return _made(await self.endpoints.duplicate(_id(request), tenant=caller_of(request).tenant, name=body.name))

    async def test(self, request: Request) -> Response:
        async with admitted(request, self.access):
            asking = self.endpoints.test(_id(request), tenant=caller_of(request).tenant)
            return JSONResponse(test_json(await unless_client_leaves(request.receive, asking)))

    async def test_draft(self, request: Request) -> Response:
        async with admitted(request, self.access):
            draft = (await received_body(request, EndpointBody, limits=self.limits)).draft()
            asking = self.endpoints.test(draft, tenant=caller_of(request).tenant)
            return JSONResponse(test_json(await unless_client_leaves(request.receive, asking)))

    async def models(self, request: Request) -> Response:
        async with admitted(request, self.access):
            asking = self.endpoints.models(_id(request), tenant=caller_of(request).tenant)
            return JSONResponse(models_json(await unless_client_leaves(request.receive, asking)))

    async def models_of_draft(self, request: Request) -> Response:
        async with admitted(request, self.access):
            draft = (await received_body(request, EndpointBody, limits=self.limits)).draft()
            asking = self.endpoints.models(draft, tenant=caller_of(request).tenant)
            return JSONResponse(models_json(await unless_client_leaves(request.receive, asking)))


def _made(endpoint: Endpoint) -> Response:
    headers = {"location": f"/v1/endpoints/{endpoint.id}"}
    return JSONResponse(endpoint_json(endpoint), status_code=201, headers=headers)


def _id(request: Request) -> str:
    """As ids are made: databases fail over NUL, instead of finding nothing."""
    asked = str(request.path_params["endpoint_id"])
    if not ID_FORM.fullmatch(asked):
        raise EndpointNotFound("There is no such endpoint: ids have letters, digits, `-` and `_` alone.")
    return asked
