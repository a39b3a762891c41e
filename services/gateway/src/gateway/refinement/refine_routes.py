"""`/v1/refine`: text in, text out, as a transcript of it would be refined."""

import asyncio
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
from gateway.refinement.answers import refined_json
from gateway.refinement.bodies import RefineBody
from gateway.refinement.choice import mode_in_header
from gateway.refinement.refining import Refining
from speechkit.domain.refined import ModeChoice


@dataclass(frozen=True, kw_only=True)
class RefineRoutes:
    refining: Refining
    access: Access
    limits: UploadLimits
    deadline_seconds: float

    def routes(self) -> list[Route]:
        return [route("/v1/refine", POST=self.refine)]

    async def refine(self, request: Request) -> Response:
        deadline, caller = asyncio.get_running_loop().time() + self.deadline_seconds, caller_of(request)
        async with admitted(request, self.access):
            body = await received_body(request, RefineBody, limits=self.limits)
            asked = body.asked(tenant=caller.tenant, in_header=mode_in_header(request))
            await self.refining.check(ModeChoice(name=asked.mode), tenant=caller.tenant)
            left = max(0.0, deadline - asyncio.get_running_loop().time())
            work = self.refining.refiner.refine(asked, deadline_seconds=left)
            return JSONResponse(refined_json(await unless_client_leaves(request.receive, work)))
