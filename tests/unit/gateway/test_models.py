"""The list of models, as OpenAI's clients read it."""

from datetime import UTC, date, datetime

import httpx

from gateway.models.served import ALIASES, ServedModels


async def test_the_model_and_openai_names_for_it_are_listed(client: httpx.AsyncClient) -> None:
    """With a date that is the same at every replica and after every start."""
    body = (await client.get("/v1/models")).json()
    assert body["object"] == "list"
    assert [model["id"] for model in body["data"]] == ["whisper-base", *ALIASES]
    for model in body["data"]:
        assert list(model) == ["id", "object", "created", "owned_by"]
        assert model["object"] == "model"
        assert datetime.fromtimestamp(model["created"], UTC).date() == date(2022, 9, 21)


async def test_one_model_is_described(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/models/whisper-1")).json()["id"] == "whisper-1"


async def test_unknown_names_are_openai_s_404_even_with_a_slash(client: httpx.AsyncClient) -> None:
    """Clients send `org%2Fname`."""
    response = await client.get("/v1/models/openai%2Fwhisper")
    assert response.status_code == 404
    assert response.json()["error"] == {
        "message": "The model 'openai/whisper' does not exist",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }


def test_a_model_named_like_an_alias_is_listed_once() -> None:
    assert [model.id for model in ServedModels.of("whisper-1", aliases=("whisper-1", "other")).all] == [
        "whisper-1",
        "other",
    ]
