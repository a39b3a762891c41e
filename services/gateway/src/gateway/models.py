"""`GET /v1/models` and `GET /v1/models/{model}`: the served names, as OpenAI lists its models."""

from typing import Any

from fastapi import APIRouter, Request

from gateway.http_access import caller_of
from gateway.served_models import MAX_QUOTED_CHARACTERS, ServedModel, ServedModels
from speechkit.domain.errors import ModelNotFound


def models_router(models: ServedModels) -> APIRouter:
    router = APIRouter()

    def describe(model: ServedModel) -> dict[str, Any]:
        return {
            "id": model.id,
            "object": "model",
            "created": models.created_unix_seconds,
            "owned_by": "earshot",
        }

    @router.get("/v1/models")
    async def list_models(request: Request) -> dict[str, Any]:
        allowed = models.open_to(caller_of(request).models)
        return {"object": "list", "data": [describe(model) for model in allowed.all]}

    @router.get("/v1/models/{name:path}")  # a path, because names may hold a slash
    async def retrieve_model(request: Request, name: str) -> dict[str, Any]:
        if model := models.open_to(caller_of(request).models).find(name):
            return describe(model)
        raise ModelNotFound(f"The model '{name[:MAX_QUOTED_CHARACTERS]}' does not exist", param="model")

    return router
