"""`GET /v1/models` and `GET /v1/models/{model}`, and below /api too: the served names, as OpenAI lists its models."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.edge.http.callers import caller_of
from gateway.models.served import MAX_QUOTED_CHARACTERS, ServedModel, ServedModels
from speechkit.domain.errors import ModelNotFound

CREATED_UNIX_SECONDS = 1_663_718_400
"""Of every model: 21 September 2022, when Whisper was published. Triton knows no date of weights, and one of our own
making would differ from replica to replica and from start to start."""


def model_routes(models: ServedModels) -> list[Route]:
    def describe(model: ServedModel) -> dict[str, Any]:
        return {
            "id": model.id,
            "object": "model",
            "created": CREATED_UNIX_SECONDS,
            "owned_by": "earshot",
        }

    async def list_models(request: Request) -> JSONResponse:
        allowed = models.open_to(caller_of(request).models)
        return JSONResponse({"object": "list", "data": [describe(model) for model in allowed.all]})

    async def retrieve_model(request: Request) -> JSONResponse:
        name = request.path_params["model"]
        if model := models.open_to(caller_of(request).models).find(name):
            return JSONResponse(describe(model))
        raise ModelNotFound(f"The model '{name[:MAX_QUOTED_CHARACTERS]}' does not exist", param="model")

    return [
        route
        for base in ("/v1", "/api/v1")
        for route in (
            Route(f"{base}/models", list_models),
            Route(f"{base}/models/{{model:path}}", retrieve_model),  # a path, because names may hold a slash
        )
    ]
