"""`/v1/modes`: the ways in which a tenant's transcripts can be refined.

What is kept of them is the matter of the post-processing service.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.edge.http.callers import caller_of
from gateway.edge.http.routing import route
from gateway.intake.forms import UploadLimits
from gateway.intake.json_body import received_body
from gateway.refinement.answers import list_json, mode_json
from gateway.refinement.bodies import ModeBody, ModePatch
from speechkit.domain.refined import ModeChoice
from speechkit.ports import Modes


@dataclass(frozen=True, kw_only=True)
class ModeRoutes:
    modes: Modes
    limits: UploadLimits

    def routes(self) -> list[Route]:
        return [
            route("/v1/modes", POST=self.create, GET=self.list),
            route("/v1/modes/{mode}", GET=self.retrieve, PATCH=self.update, DELETE=self.delete),
        ]

    async def create(self, request: Request) -> Response:
        body = await received_body(request, ModeBody, limits=self.limits)
        mode = await self.modes.create(body.draft(), tenant=caller_of(request).tenant)
        return JSONResponse(mode_json(mode), status_code=201, headers={"location": f"/v1/modes/{mode.name}"})

    async def list(self, request: Request) -> Response:
        found = await self.modes.all(tenant=caller_of(request).tenant)
        return JSONResponse(list_json([mode_json(mode) for mode in found]))

    async def retrieve(self, request: Request) -> Response:
        return JSONResponse(mode_json(await self.modes.get(_name(request), tenant=caller_of(request).tenant)))

    async def update(self, request: Request) -> Response:
        body = await received_body(request, ModePatch, limits=self.limits)
        changed = await self.modes.update(_name(request), body.changes(), tenant=caller_of(request).tenant)
        return JSONResponse(mode_json(changed))

    async def delete(self, request: Request) -> Response:
        name = _name(request)
        await self.modes.delete(name, tenant=caller_of(request).tenant)
        return JSONResponse({"name": name, "object": "mode", "deleted": True})


def _name(request: Request) -> str:
    """Raises ModeNotFound for what can't be one."""
    return ModeChoice(name=str(request.path_params["mode"])).name
